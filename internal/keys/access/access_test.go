package access_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/access"
	"github.com/harender/harender/internal/keys/vault"
	"github.com/harender/harender/internal/layout"
)

// policy lets one operator open everything, beside the node.
type policy struct{ operator string }

func (p policy) PlannedKeys(_ string, node []string) (vault.Keys, error) {
	return vault.Keys{Groups: [][]string{append([]string{p.operator}, node...)}, Threshold: 1}, nil
}

func (policy) RuleOf(string) diag.Pos { return diag.Pos{File: ".sops.yaml", Line: 2} }

// sealed is a file of that secret, as far as it can be read without a key.
func sealed(id string, recipients ...string) *fstest.MapFile {
	var keys []string
	for _, r := range recipients {
		keys = append(keys, fmt.Sprintf(`{"recipient": %q, "enc": ""}`, r))
	}
	return &fstest.MapFile{Data: []byte(fmt.Sprintf(
		`{"data": "ENC[AES256_GCM,data:,iv:,tag:,type:str]", "id_unencrypted": %q, "sops": {"age": [%s], "lastmodified": "2026-11-01T00:00:00Z"}}`,
		id, strings.Join(keys, ",")))}
}

// workers is a cluster of a master and so many workers.
func workers(n int) plan.Plan {
	node := func(name string, role cluster.Role) cluster.Node {
		return cluster.Node{Name: name, Roles: []cluster.Role{role}, Recipients: []string{"age1" + name}, Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.1")}}
	}
	c := cluster.Cluster{Name: "c", Nodes: []cluster.Node{node("m1", cluster.RoleControlPlane)}}
	c.APIServer.Tokens = []cluster.Account{{User: "x.next", UID: "1"}, {User: "it's", UID: "2"}}
	for i := range n {
		c.Nodes = append(c.Nodes, node(fmt.Sprintf("w%d", i+1), cluster.RoleWorker))
	}
	return plan.Make(c)
}

// TestKinds tells files by their place.
func TestKinds(t *testing.T) {
	files := fstest.MapFS{}
	want := map[string]access.Kind{
		"cluster/etcd-ca.key.sops":                    access.Authority,
		"cluster/etcd-ca.next.key.sops":               access.Authority,
		"cluster/service-account.previous.key.sops":   access.ServiceAccount,
		"cluster/encryption.next.yaml.sops":           access.Encryption,
		"cluster/tokens/x.next.token.sops":            access.Token,
		"cluster/tokens/x.token.sops":                 access.Unused,
		"nodes/w1/kubelet-client.key.sops":            access.Certificate,
		"nodes/m1/known-tokens.csv.sops":              access.Copy,
		"nodes/m1/encryption.yaml.sops":               access.Copy,
		"nodes/w1/apiserver.key.sops":                 access.Unused,
		"nodes/w9/kubelet-client.key.sops":            access.Departed,
		"pending/nodes/w1/kubelet-client.key.sops":    access.Pending,
		"retired/nodes/w1/kubelet-client-5f.key.sops": access.Retired,
		"retired/cluster/etcd-ca-5f.key.sops":         access.Retired,
		"mine/notes.sops":                             access.Other,
		"cluster/vpn.key.sops":                        access.Other,
	}
	for name := range want {
		files[name] = sealed("", "age1operator")
	}
	found, list := access.Files(workers(1), files, policy{"age1operator"})
	if len(list) > 0 || len(found) != len(want) {
		t.Fatal(list, len(found))
	}
	for _, f := range found {
		if name := strings.TrimPrefix(f.Path, layout.Secrets); f.Kind != want[name] {
			t.Errorf("%s is %s, not %s", name, f.Kind, want[name])
		}
	}
}

// TestFold keeps a thousand nodes on one line, and tells apart the one that opens more.
func TestFold(t *testing.T) {
	p := workers(1000)
	files := fstest.MapFS{"cluster/etcd-ca.key.sops": sealed("cluster/etcd-ca", "age1operator")}
	for _, c := range p.Certificates {
		files[c.ID+".key.sops"] = sealed(c.ID, append([]string{"age1operator"}, c.Recipients...)...)
	}
	files["nodes/w2/kubelet-client.key.sops"] = sealed("nodes/w2/kubelet-client", "age1operator", "age1w2", "age1w3")
	found, list := access.Files(p, files, policy{"age1operator"})
	if len(list) > 0 {
		t.Fatal(list)
	}
	holders := access.Holders(p, found, policy{"age1operator"})
	rows := access.Summarize(p, holders)
	var who []string
	for _, r := range rows {
		who = append(who, r.Who)
	}
	if want := []string{"operator (.sops.yaml:2)", "m1", "w1, w2, w4 and 996 more nodes", "w3"}; !slices.Equal(who, want) {
		t.Errorf("rows: %q", who)
	}
	drift := access.Drift(holders, found)
	if len(drift) != 2 || !strings.HasPrefix(drift[0].Summary, "w3 (age1w3) can open what neither") || drift[0].Detail != "secrets/nodes/w2/kubelet-client.key.sops" ||
		!strings.HasPrefix(drift[1].Summary, "a single key opens") {
		t.Errorf("%+v", drift)
	}
	compromise, list := access.Compromised(p, "w3", found, files, time.Now())
	if len(list) > 0 || !slices.ContainsFunc(compromise.Exposed, func(l access.ExposedFile) bool {
		return l.Path == "secrets/nodes/w2/kubelet-client.key.sops" && l.ByKey && l.OnDisk == ""
	}) {
		t.Errorf("%+v, %v", compromise.Exposed, list)
	}
}

// TestGroups: a key opens alone what takes one of its groups, and the same key may be in several.
func TestGroups(t *testing.T) {
	k := vault.Keys{Groups: [][]string{{"a", "b"}, {"b", "c"}, {"d"}}, Threshold: 2}
	for held, want := range map[string]bool{"a": false, "b": true, "c": false, "a c": true, "a b": true, "c d": true, "d": false, "": false} {
		if got := k.Opens(strings.Fields(held)...); got != want {
			t.Errorf("%q opens: %v", held, got)
		}
	}
}

// TestUsersAreQuoted keeps a user's name from ending a command that somebody pastes.
func TestUsersAreQuoted(t *testing.T) {
	p := workers(0)
	files := fstest.MapFS{"nodes/m1/known-tokens.csv.sops": sealed("nodes/m1/known-tokens", "age1m1")}
	found, _ := access.Files(p, files, policy{"age1operator"})
	compromise, _ := access.Compromised(p, "m1", found, files, time.Now())
	var commands []string
	for _, s := range compromise.Steps {
		commands = append(commands, s.Commands...)
	}
	if want := `harender secrets renew --user x.next --user 'it'\''s'`; !slices.Contains(commands, want) {
		t.Errorf("%q has no %s", commands, want)
	}
}
