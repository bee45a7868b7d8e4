// Package members says how each member of etcd begins. What a member is told of the others counts until it has data, and
// etcd starts again when its flags change: so a member keeps what it began with, and that is what the output of the last
// build says. A member that the output does not have joins those that it has.
package members

import (
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strings"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

// States of the cluster that a member begins in, as etcd's flag has them.
const (
	fresh    = "new"
	existing = "existing"
)

const peerPort = 2380

// Peer is a member as the flag --initial-cluster has it.
func Peer(n cluster.Node) string {
	return n.Name + "=https://" + netip.AddrPortFrom(n.Address(), peerPort).String()
}

// Begin works out the start of each member. state is what the spec asks for, if it does: with new, what the output says is
// passed over. The warnings name those that join others.
func Begin(c cluster.Cluster, state string, output fs.FS) (cluster.Cluster, diag.List) {
	if c.Kubeadm && c.Stacked() {
		return c, nil // kubeadm writes these flags.
	}
	c.Nodes = slices.Clone(c.Nodes)
	all, kept, joining := []string{}, []string{}, []int{}
	for i, n := range c.Nodes {
		if !n.Has(cluster.RoleEtcd) {
			continue
		}
		all = append(all, Peer(n))
		if start, there := began(output, n); there && state != fresh {
			c.Nodes[i].Start = start
			kept = append(kept, n.Name)
		} else {
			joining = append(joining, i)
		}
	}
	if len(kept) == 0 {
		if state == "" {
			state = fresh
		}
		for _, i := range joining {
			c.Nodes[i].Start = cluster.Start{State: state, Peers: all}
		}
		return c, nil
	}
	return c, join(c, kept, joining)
}

// join has members join those that are there, one after the other, each told of those that came before it.
func join(c cluster.Cluster, kept []string, joining []int) diag.List {
	there := slices.Clone(kept)
	var names []string
	for _, i := range joining {
		there = append(there, c.Nodes[i].Name)
		names = append(names, c.Nodes[i].Name)
		var peers []string
		for _, n := range c.Nodes {
			if slices.Contains(there, n.Name) {
				peers = append(peers, Peer(n))
			}
		}
		c.Nodes[i].Start = cluster.Start{State: existing, Peers: peers}
	}
	if len(names) == 0 {
		return nil
	}
	verb := "joins"
	if len(names) > 1 {
		verb = "join"
	}
	return diag.List{{
		Severity: diag.Warning, Field: c.Nodes[joining[0]].Field,
		Summary: fmt.Sprintf("%s %s the etcd of %s", strings.Join(names, ", "), verb, strings.Join(kept, ", ")),
		Detail:  "In " + layout.Rendered + "/, it has these members and not those, or on other machines. Those begin with --initial-cluster-state=existing, on empty disks; nothing restarts for it.",
		Hint:    "harender diff has the steps, in which etcd lets them in before they start; if no machine of the cluster has started yet, build with --rebuilt, and all begin together",
	}}
}

// began is how a node's member began, as the output has it; not there for one that comes, or comes on another machine: with
// another word for it, or at another address, which a member does not take from its flags.
func began(output fs.FS, n cluster.Node) (cluster.Start, bool) {
	text, err := bounded.ReadFile(output, n.Name+layout.Index, bounded.Index)
	if err != nil {
		return cluster.Start{}, false
	}
	x, err := tree.ReadIndex(n.Name+layout.Index, text)
	if err != nil || x.Machine != n.Machine {
		return cluster.Start{}, false
	}
	start, there := recorded(output, x)
	return start, there && slices.Contains(start.Peers, Peer(n))
}

// recorded is what an index says of the member or, where an older harender wrote it, what starts the member.
func recorded(output fs.FS, x tree.Index) (cluster.Start, bool) {
	if x.Etcd != nil {
		return cluster.Start{State: x.Etcd.State, Peers: x.Etcd.Peers}, true
	}
	for _, name := range []string{layout.Manifests + "etcd.yaml", layout.Units + "etcd.service"} {
		if text, err := bounded.ReadFile(output, x.Node+"/"+name, bounded.File); err == nil {
			return flags(string(text))
		}
	}
	return cluster.Start{}, false
}

// flags finds the two in a manifest or a unit.
func flags(text string) (cluster.Start, bool) {
	var out cluster.Start
	for word := range strings.FieldsSeq(text) {
		if value, found := strings.CutPrefix(word, "--initial-cluster="); found {
			out.Peers = strings.Split(value, ",")
		}
		if value, found := strings.CutPrefix(word, "--initial-cluster-state="); found {
			out.State = value
		}
	}
	return out, out.State == fresh || out.State == existing
}
