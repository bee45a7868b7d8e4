package members_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/members"
	"github.com/harender/harender/internal/deliver/tree"
)

// of makes a cluster of members: NAME, NAME@ADDRESS, NAME#MACHINE.
func of(words ...string) cluster.Cluster {
	var out cluster.Cluster
	for _, w := range words {
		rest, word, _ := strings.Cut(w, "#")
		name, address, there := strings.Cut(rest, "@")
		if !there {
			address = "10.0.0.1" + name[1:]
		}
		n := cluster.Node{Name: name, Machine: word, Addresses: []netip.Addr{netip.MustParseAddr(address)}, Roles: []cluster.Role{cluster.RoleEtcd}}
		if name[0] == 'w' {
			n.Roles = []cluster.Role{cluster.RoleWorker}
		}
		out.Nodes = append(out.Nodes, n)
	}
	return out
}

// build is what a build leaves of a cluster.
func build(t *testing.T, c cluster.Cluster) fstest.MapFS {
	t.Helper()
	files, nodes := map[string][]tree.File{}, map[string]tree.Node{}
	for _, n := range c.Nodes {
		files[n.Name] = []tree.File{{Path: "etc/x", Mode: 0o644, Owner: "root", Group: "root", Content: tree.Clear([]byte("x"))}}
		x := tree.Node{Machine: n.Machine}
		if len(n.Start.Peers) > 0 {
			x.Etcd = &tree.Start{State: n.Start.State, Peers: n.Start.Peers}
		}
		nodes[n.Name] = x
	}
	made, err := tree.New(files, tree.Shared{})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := made.With(nodes).Entries()
	if err != nil {
		t.Fatal(err)
	}
	out := fstest.MapFS{}
	for _, e := range entries {
		out[e.Path] = &fstest.MapFile{Data: e.Content}
	}
	return out
}

// starts are those of the members: NAME STATE and the names that it begins with.
func starts(c cluster.Cluster) string {
	var out []string
	for _, n := range c.Nodes {
		words := []string{n.Name, n.Start.State}
		for _, p := range n.Start.Peers {
			name, _, _ := strings.Cut(p, "=")
			words = append(words, name)
		}
		if n.Has(cluster.RoleEtcd) {
			out = append(out, strings.Join(words, " "))
		}
	}
	return strings.Join(out, "; ")
}

// TestBegin builds clusters one after the other, each twice: the second build changes nothing, and warns of nothing.
func TestBegin(t *testing.T) {
	const three = "m1 new m1 m2 m3; m2 new m1 m2 m3; m3 new m1 m2 m3"
	for name, c := range map[string]struct {
		state, now string
		was        []string
		is         cluster.Cluster
		warns      string
	}{
		"new":     {is: of("m1", "m2", "m3", "w4"), now: three},
		"adopted": {is: of("m1"), state: "existing", now: "m1 existing m1"},
		"grows": {
			was: []string{"m1 m2 m3"}, is: of("m1", "m2", "m3", "m4", "m5"),
			now:   three + "; m4 existing m1 m2 m3 m4; m5 existing m1 m2 m3 m4 m5",
			warns: "m4, m5 join the etcd of m1, m2, m3",
		},
		"grows in the middle": {
			was: []string{"m1 m3"}, is: of("m1", "m2", "m3"), now: "m1 new m1 m3; m2 existing m1 m2 m3; m3 new m1 m3", warns: "m2 joins the etcd of m1, m3",
		},
		"grows step by step": {
			was: []string{"m1", "m1 m2", "m1 m2 m3"}, is: of("m1", "m2", "m3"), now: "m1 new m1; m2 existing m1 m2; m3 existing m1 m2 m3",
		},
		"shrinks": {was: []string{"m1 m2 m3 m4 m5"}, is: of("m1", "m2", "m3"), now: strings.ReplaceAll(three, "m1 m2 m3", "m1 m2 m3 m4 m5")},
		"another name": {
			was: []string{"m1 m2 m3"}, is: of("m1", "m2", "m4"), now: "m1 new m1 m2 m3; m2 new m1 m2 m3; m4 existing m1 m2 m4", warns: "m4 joins the etcd of m1, m2",
		},
		"another machine": {
			was: []string{"m1 m2 m3"}, is: of("m1", "m2", "m3#SN-2"), now: "m1 new m1 m2 m3; m2 new m1 m2 m3; m3 existing m1 m2 m3", warns: "m3 joins the etcd of m1, m2",
		},
		"and another one": {
			was: []string{"m1 m2 m3", "m1 m2 m3#SN-2", "m1 m2 m3#SN-3"}, is: of("m1", "m2#x", "m3#SN-3"),
			now: "m1 new m1 m2 m3; m2 existing m1 m2 m3; m3 existing m1 m2 m3", warns: "m2 joins the etcd of m1, m3",
		},
		"another address": {
			was: []string{"m1 m2 m3"}, is: of("m1", "m2", "m3@10.0.0.77"), now: "m1 new m1 m2 m3; m2 new m1 m2 m3; m3 existing m1 m2 m3", warns: "m3 joins the etcd of m1, m2",
		},
		"every machine": {was: []string{"m1 m2 m3"}, is: of("m1#a", "m2#a", "m3#a"), now: three},
		"not started yet": {
			was: []string{"m1 m2 m3"}, is: of("m1", "m2", "m3", "m4"), state: "new", now: strings.ReplaceAll(three, "m3;", "m3 m4;") + " m4; m4 new m1 m2 m3 m4",
		},
		"existing says no more": {was: []string{"m1 m2 m3"}, is: of("m1", "m2", "m3"), state: "existing", now: three},
		"a member moves in":     {was: []string{"m1 w2"}, is: of("m1", "m2"), now: "m1 new m1; m2 existing m1 m2", warns: "m2 joins the etcd of m1"},
	} {
		t.Run(name, func(t *testing.T) {
			output := fstest.MapFS{}
			for _, words := range c.was {
				was, _ := members.Begin(of(strings.Fields(words)...), "", output)
				output = build(t, was)
			}
			is, list := members.Begin(c.is, c.state, output)
			if got := starts(is); got != c.now {
				t.Errorf("got  %s\nwant %s", got, c.now)
			}
			if len(list) > 1 || len(list) == 1 && (list[0].Summary != c.warns || list[0].Hint == "") || len(list) == 0 && c.warns != "" {
				t.Errorf("%+v", list)
			}
			again, list := members.Begin(c.is, c.state, build(t, is))
			if starts(again) != starts(is) || len(list) > 0 {
				t.Errorf("again %s, %v", starts(again), list)
			}
		})
	}
}

// TestOlder reads what an older harender left: no index says how a member began.
func TestOlder(t *testing.T) {
	const list = "m1=https://10.0.0.11:2380,m2=https://[fd00::2]:2380,m3=https://10.0.0.13:2380"
	c := of("m1", "m2@fd00::2", "m3")
	output := build(t, c)
	output["m1/etc/kubernetes/manifests/etcd.yaml"] = &fstest.MapFile{Data: []byte("    - --initial-cluster=" + list + "\n    - --initial-cluster-state=existing\n")}
	output["m2/etc/systemd/system/etcd.service"] = &fstest.MapFile{Data: []byte("ExecStart=/usr/local/bin/etcd --initial-cluster=" + list + " --initial-cluster-state=new --x\n")}
	output["m3/etc/kubernetes/manifests/etcd.yaml"] = &fstest.MapFile{Data: []byte("    - --initial-cluster-state=new\n")}
	is, _ := members.Begin(c, "", output)
	if got := starts(is); got != "m1 existing m1 m2 m3; m2 new m1 m2 m3; m3 existing m1 m2 m3" || strings.Join(is.Nodes[1].Start.Peers, ",") != list {
		t.Errorf("%s, %v", got, is.Nodes[1].Start)
	}
	if slices.Contains(is.Nodes[2].Start.Peers, "") {
		t.Error(is.Nodes[2].Start)
	}
}
