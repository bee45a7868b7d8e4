package verify

import (
	"slices"
	"testing"

	"github.com/harender/harender/internal/deliver/machine"
	"github.com/harender/harender/internal/deliver/tree"
)

func wanted(path, owner, sum string, sealed bool) Wanted {
	return Wanted{IndexFile: tree.IndexFile{Path: path, Mode: 0o600, Owner: owner, Group: "root", SHA256: sum, Sealed: sealed}}
}

func TestAskedOf(t *testing.T) {
	a := AskedOf([]Wanted{wanted("srv/kubernetes/a", "root", "1", false), wanted("etc/b", "root", "2", true)})
	for _, want := range []string{"etc/kubernetes/manifests", "srv/kubernetes", "run/systemd/system/harender-unseal.service.d", "etc/systemd/system/harender-.service.d"} {
		if !slices.Contains(a.Folders, want) {
			t.Errorf("no %s in %q", want, a.Folders)
		}
	}
	if !a.Files["etc/b.sops"] || !a.Files["srv/kubernetes/a"] {
		t.Errorf("%+v", a.Files)
	}
	if a := AskedOf([]Wanted{wanted("etc/kubernetes/kubeadm.yaml", "root", "1", false)}); a.Folders != nil {
		t.Errorf("kubeadm has files of its own in %v", a.Folders)
	}
}

// TestNode is about what cannot be told; what is different stands in the script of the command.
func TestNode(t *testing.T) {
	want := []Wanted{
		wanted("etc/a", "etcd", "1", false), wanted("etc/b", "root", "2", true), wanted("etc/c", "root", "3", false), wanted("etc/d", "root", "4", false),
		wanted("etc/e", "root", "5", true),
	}
	have := machine.Machine{Files: map[string]machine.File{
		"etc/a": {Mode: 0o600, Owner: machine.Account{ID: 7}, SHA256: "1"},
		"etc/b": {Mode: 0o600, Unread: "permission denied"},
		"etc/c": {Mode: 0o600, Unread: "permission denied"},
		"etc/d": {Unread: "permission denied"},
		"etc/e": {Mode: 0, SHA256: "x"}, "etc/e.sops": {Mode: 0o600, SHA256: "5"},
	}}
	got := Node(want, have)
	if !slices.Equal(got.Unread, []string{"/etc/c: permission denied", "/etc/d: permission denied"}) {
		t.Errorf("unread: %q", got.Unread)
	}
	if !slices.Equal(got.NotCompared, []string{"contents of sealed files, without --open: 2", "the owner of files, without the node's accounts: 1"}) {
		t.Errorf("not compared: %q", got.NotCompared)
	}
	if len(got.Findings) != 1 || got.Findings[0].Kind != WrongMode || got.Findings[0].Detail != "it is 0000, not 0600" {
		t.Errorf("findings: %+v", got.Findings)
	}
}
