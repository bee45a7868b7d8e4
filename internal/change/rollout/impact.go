package rollout

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/layout"
)

// What happens to a pod or a unit.
const (
	restarts = "restarts"
	starts   = "starts"
	stops    = "stops"
)

func (t planner) impact() Impact {
	out := Impact{Restarts: t.restarts(), Minors: []string{}, Replaced: append([]string{}, t.replaced...), Dangers: t.dangers()}
	before, after := t.those(t.was, diff.Directory.Member), t.those(t.now, diff.Directory.Member)
	stay := t.remaining()
	out.Members = Members{Before: before, After: after, Added: without(after, stay), Removed: without(before, stay)}
	for _, v := range t.diff.Versions {
		was, known := cluster.ParseVersion(v.Old)
		is, also := cluster.ParseVersion(v.New)
		if step := was.Series() + " -> " + is.Series(); known && also && was.Series() != is.Series() && !slices.Contains(out.Minors, step) {
			out.Minors = append(out.Minors, step)
		}
	}
	for i, r := range out.Restarts {
		out.Restarts[i].Effect = t.effect(r)
	}
	out.Risks = t.risks(out)
	return out
}

// restarts are those of the nodes that stay, each kind of happening once.
func (t planner) restarts() []Restart {
	type what struct{ name, happens string }
	nodes := map[what]map[string]bool{}
	for _, node := range t.everyNode() {
		for name, happens := range t.actions(node) {
			w := what{name, happens}
			if nodes[w] == nil {
				nodes[w] = map[string]bool{}
			}
			nodes[w][node] = true
		}
	}
	out := []Restart{}
	for w, on := range nodes {
		var names []string
		for _, n := range t.everyNode() {
			if on[n] {
				names = append(names, n)
			}
		}
		out = append(out, Restart{Name: w.name, Happens: w.happens, Nodes: names})
	}
	slices.SortFunc(out, func(a, b Restart) int {
		return strings.Compare(a.Name+" "+a.Happens, b.Name+" "+b.Happens)
	})
	return out
}

// actions is what happens on a node, by pod or unit. A manifest that comes starts its pod, whatever else is read by it, and so
// does a unit that comes; where files that it reads were there before, the unit was the package's.
func (t planner) actions(node string) map[string]string {
	out := map[string]string{}
	for _, c := range t.diff.Changes {
		if !slices.Contains(c.Nodes, node) {
			continue
		}
		for _, name := range c.Restarts {
			pod, unit := c.Path == layout.Manifests+name+".yaml", c.Path == layout.Units+name
			switch {
			case c.Action == diff.Added && (pod || unit && !reads(t.old.Directories[node], name)):
				out[name] = starts
			case c.Action == diff.Removed && (pod || unit && !reads(t.now.Directories[node], name)):
				out[name] = stops
			case out[name] == "":
				out[name] = restarts
			}
		}
	}
	return out
}

// reads reports whether a pod or a unit reads one of the files.
func reads(d diff.Directory, name string) bool {
	for _, f := range d.Files {
		if slices.Contains(f.Restarts, name) {
			return true
		}
	}
	return false
}

// present are the members of etcd that are there while others restart.
func (t planner) present() []string {
	if t.joinsFirst() {
		return t.those(t.now, diff.Directory.Member)
	}
	return t.remaining()
}

// effect is what it disturbs that something restarts.
func (t planner) effect(r Restart) string {
	if r.Happens == starts {
		return "" // Nobody was there who could miss it.
	}
	name := strings.TrimSuffix(strings.TrimSuffix(r.Name, ".service"), ".timer")
	switch name {
	case "etcd":
		return quorum(t.present())
	case "kube-apiserver":
		if len(t.those(t.now, diff.Directory.APIServer)) == 1 {
			return "the only apiserver: the endpoint does not answer meanwhile"
		}
		return "its clients and watches move to another apiserver"
	case "kube-controller-manager", "kube-scheduler", "cluster-autoscaler":
		return "where it leads, another one is elected, which takes as long as its lease"
	case "kubelet":
		return "pods run on; logs, exec and the status of the node wait"
	case "kube-proxy":
		return "rules stay in the kernel; changes of Services wait"
	case "keepalived", "kube-vip":
		return "where it has the virtual IP, the IP moves, and connections through it break"
	case "haproxy":
		return "connections through it break"
	}
	return ""
}

func quorum(members []string) string {
	switch {
	case len(members) == 0:
		return "the cluster forms again"
	case len(members) == 1:
		return "the only member: no quorum while it restarts, and the apiservers wait"
	case spare(members) == 0:
		return fmt.Sprintf("no quorum while it restarts: of %d members none can be away, and the apiservers wait", len(members))
	}
	return fmt.Sprintf("one member at a time: of %d, %d can be away", len(members), spare(members))
}

func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// touched are the nodes that stay and whose files change.
func (t planner) touched() map[string]bool {
	out := map[string]bool{}
	for _, c := range t.diff.Changes {
		for _, n := range c.Nodes {
			out[n] = true
		}
	}
	for _, v := range t.diff.Versions {
		for _, n := range v.Nodes {
			out[n] = true
		}
	}
	maps.DeleteFunc(out, func(n string, _ bool) bool { return n == tree.Addons || n == tree.Cloud })
	return out
}
