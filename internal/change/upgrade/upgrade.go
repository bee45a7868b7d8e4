// Package upgrade says what a change of versions asks of those who make it: what has to run before, what hosts need, and
// which defaults become others.
package upgrade

import (
	"slices"
	"strconv"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/release"
)

// Files gives the content of a file of the old side or the new one; nothing where there is none.
type Files func(path string) []byte

// Node is one that is on both sides.
type Node struct {
	Name string
	// Was and Is are its releases of Kubernetes; the zero version where one is not known.
	Was, Is  cluster.Version
	Old, New Files
}

// Notice is one thing to see to before the first node takes its files. Equal ones of many nodes are one.
type Notice struct {
	Summary string `json:"summary"`
	Detail  string `json:"detail"`
	Hint    string `json:"hint"`
	// Source is where that is written down.
	Source string `json:"source"`
	// Nodes that it is about, in the order of the spec.
	Nodes []string `json:"nodes"`
	// Barred: the nodes cannot take that step from where they are.
	Barred bool `json:"barred"`
	// AtLeast is the version of etcd that every member must run before; empty for what is not about etcd.
	AtLeast string `json:"atLeast,omitempty"`
}

// Notices are those of the steps that the nodes would take, etcd first. The addons have the configuration of a kube-proxy that
// runs as a DaemonSet.
func Notices(nodes []Node, steps release.Steps, oldAddons, newAddons Files) []Notice {
	out := []Notice{}
	add := func(name string, n Notice) {
		for i := range out {
			if out[i].Summary == n.Summary {
				out[i].Nodes = append(out[i].Nodes, name)
				return
			}
		}
		n.Nodes = []string{name}
		out = append(out, n)
	}
	for _, n := range nodes {
		if notice, ok := etcdNotice(n, steps.Etcd); ok {
			add(n.Name, notice)
		}
	}
	for _, n := range nodes {
		for _, f := range passed(n, steps.Kubernetes) {
			if matters(f, joined(n.Old, oldAddons), joined(n.New, newAddons)) {
				add(n.Name, Notice{Summary: f.Summary, Detail: f.Detail, Hint: f.Hint, Source: f.Source})
			}
		}
	}
	return out
}

// passed are the facts of every minor on the way of a node, up to that which it reaches.
func passed(n Node, facts map[string][]release.Fact) []release.Fact {
	var out []release.Fact
	if n.Was.Major != n.Is.Major {
		return nil
	}
	for minor := n.Was.Minor + 1; minor <= n.Is.Minor; minor++ {
		out = append(out, facts[strconv.Itoa(n.Is.Major)+"."+strconv.Itoa(minor)]...)
	}
	return slices.Clip(out)
}

// joined looks at a node first.
func joined(node, addons Files) Files {
	return func(path string) []byte {
		if content := node(path); content != nil {
			return content
		}
		return addons(path)
	}
}
