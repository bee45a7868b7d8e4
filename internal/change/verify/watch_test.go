package verify

import (
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/deliver/machine"
)

// TestLoadPaths has systemd say where it looks.
func TestLoadPaths(t *testing.T) {
	out, err := exec.Command("systemd-analyze", "unit-paths").Output()
	if err != nil {
		t.Fatalf("systemd-analyze (install systemd): %v", err)
	}
	administrators, packages := loadPaths()
	for line := range strings.Lines(string(out)) {
		// Generators write at each boot, and /lib is a link to /usr/lib.
		name := strings.TrimPrefix(strings.TrimSpace(line), "/")
		if strings.Contains(name, "generator") || strings.HasPrefix(name, "lib/") {
			continue
		}
		if !slices.Contains(append(administrators, packages), name) {
			t.Errorf("systemd looks into %s too", name)
		}
	}
}

func TestExtending(t *testing.T) {
	for unit, want := range map[string][]string{
		"kubelet.service":      {"kubelet.service.d"},
		"etcd-snapshot.timer":  {"etcd-snapshot.timer.d", "etcd-.timer.d"},
		"a-b-c.service":        {"a-b-c.service.d", "a-.service.d", "a-b-.service.d"},
		"vpn-x@de-1.service":   {"vpn-x@de-1.service.d", "vpn-x@.service.d", "vpn-.service.d"},
		"var-lib-etcd.mount":   {"var-lib-etcd.mount.d", "var-.mount.d", "var-lib-.mount.d"},
		"-.mount":              {"-.mount.d"},
		"apiserver-vip.target": {"apiserver-vip.target.d", "apiserver-.target.d"},
	} {
		got := slices.DeleteFunc(extending(unit), func(s string) bool { return path.Ext(s) != ".d" })
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, not %q", unit, got, want)
		}
	}
}

// TestForeign puts one more file into a machine that is as it should be.
func TestForeign(t *testing.T) {
	static := []Wanted{
		wanted("etc/systemd/system/kubelet.service.d/20-harender.conf", "root", "1", false), wanted("etc/systemd/system/etcd-snapshot.timer", "root", "1", false),
		wanted("etc/systemd/system/haproxy.service.d/20-harender.conf", "root", "1", false), wanted("etc/systemd/system/var-lib-etcd.mount", "root", "1", false),
		wanted("etc/cni/net.d/10-own.conflist", "root", "1", false), wanted("etc/kubernetes/pki/kubelet/server.key", "root", "1", true),
	}
	kubeadm := append(slices.Clone(static), wanted(kubeadmFile, "root", "1", false))
	named := []string{"etc/kubernetes/kubelet.d", "srv/pods"}
	for name, want := range map[string]struct{ static, kubeadm bool }{
		"etc/systemd/system/kubelet.service.d/99-x.conf":                      {true, true},
		"etc/systemd/system/kubelet.service.d/override.conf":                  {true, true},
		"run/systemd/system/kubelet.service.d/99-x.conf":                      {true, true},
		"usr/lib/systemd/system/kubelet.service.d/99-x.conf":                  {true, true},
		"usr/local/lib/systemd/system/kubelet.service.d/99-x.conf":            {true, true},
		"etc/systemd/system.control/kubelet.service.d/50-CPUQuota.conf":       {true, true},
		"run/systemd/transient/kubelet.service":                               {true, true},
		"run/systemd/system/etcd-snapshot.timer":                              {true, true},
		"etc/systemd/system/service.d/x.conf":                                 {true, true},
		"etc/systemd/system/etcd-.timer.d/x.conf":                             {true, true},
		"etc/systemd/system.conf.d/x.conf":                                    {true, true},
		"run/systemd/system.conf.d/x.conf":                                    {true, true},
		"etc/systemd/system-generators/x":                                     {true, true},
		"usr/local/lib/systemd/system-environment-generators/x":               {true, true},
		"run/systemd/generator/kubelet.service.d/x.conf":                      {true, true},
		"run/systemd/generator.late/etcd-snapshot.timer.wants/x.service":      {true, true},
		"run/systemd/generator.early/kubelet.service":                         {true, true},
		"run/systemd/generator.late/kubelet.service":                          {false, false},
		"run/systemd/generator/var-lib-etcd.mount":                            {false, false},
		"run/systemd/generator/var-lib-etcd.mount.requires/x.service":         {false, false},
		"usr/lib/systemd/system-generators/x":                                 {false, false},
		"usr/lib/systemd/system.conf.d/x.conf":                                {false, false},
		"etc/haproxy/conf.d/x.cfg":                                            {true, true},
		"etc/systemd/system/kubelet.service.wants/evil.service":               {true, true},
		"usr/lib/systemd/system/kubelet.service.requires/evil.service":        {true, true},
		"etc/systemd/system/harender-unseal.service.d/x.conf":                 {true, true},
		"etc/cni/net.d/00-evil.conflist":                                      {true, true},
		"etc/kubernetes/kubelet.d/99-x.conf":                                  {true, false},
		"srv/pods/evil.yaml":                                                  {true, true},
		"etc/kubernetes/manifests/evil.yaml":                                  {true, false},
		"etc/kubernetes/pki/apiserver.crt":                                    {true, false},
		"etc/systemd/system/kubelet.service.d/10-kubeadm.conf":                {true, false},
		"usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf":            {false, false},
		"etc/systemd/system/kubelet.service.requires/harender-unseal.service": {false, false},
		"usr/lib/systemd/system/service.d/10-timeout-abort.conf":              {false, false},
		"usr/lib/systemd/system/kubelet.service":                              {false, false},
		"etc/systemd/system/multi-user.target.wants/kubelet.service":          {false, false},
		"etc/systemd/system/sshd.service.d/x.conf":                            {false, false},
		"etc/containerd/conf.d/x.toml":                                        {false, false},
	} {
		for where, wanted := range map[string][]Wanted{"static pods": static, "kubeadm": kubeadm} {
			asked := AskedOf(wanted, named...)
			have := machine.Machine{Files: map[string]machine.File{}, HashesOnly: true}
			for _, w := range wanted {
				have.Files[w.Path] = machine.File{SHA256: w.SHA256}
			}
			if asked.Files[name] || slices.ContainsFunc(asked.Folders, func(f string) bool { return strings.HasPrefix(name, f+"/") }) {
				have.Files[name] = machine.File{SHA256: "2"}
			}
			found := slices.ContainsFunc(Node(wanted, have).Findings, func(f Finding) bool { return f.Kind == Foreign && f.Path == "/"+name })
			if expected := map[string]bool{"static pods": want.static, "kubeadm": want.kubeadm}[where]; found != expected {
				t.Errorf("%s, %s: foreign %v", where, name, found)
			}
		}
	}
}

func TestFoldersNamed(t *testing.T) {
	for _, c := range []struct{ file, text, want string }{
		{"etc/systemd/system/kubelet.service.d/20-harender.conf", "ExecStart=\nExecStart=/usr/bin/kubelet --config-dir=/etc/kubernetes/kubelet.d --v=3\n", "etc/kubernetes/kubelet.d"},
		{"etc/systemd/system/kubelet.service", `ExecStart=/usr/bin/kubelet "--pod-manifest-path=/srv/pods/"`, "srv/pods"},
		{"var/lib/kubelet/config.yaml", "kind: KubeletConfiguration\nstaticPodPath: /etc/kubernetes/../pods\n", "etc/pods"},
		{"etc/other.conf", "--config-dir=/etc/x", ""},
		{"var/lib/kubelet/config.yaml", "staticPodURL: http://x/y\n", ""},
	} {
		if got := strings.Join(FoldersNamed(c.file, []byte(c.text)), " "); got != c.want {
			t.Errorf("%s %q: %q, not %q", c.file, c.text, got, c.want)
		}
	}
}
