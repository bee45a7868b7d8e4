//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// readiness is what the API said of nodes, look by look.
type readiness struct {
	// now are the nodes that were not ready at the last look.
	now  map[string]unready
	past []unready
}

// unready is a time in which no look found a node ready.
type unready struct {
	node     string
	from, to time.Time
	said     []string
}

func (r *readiness) look(at time.Time, nodes map[string]nodeObject) {
	for name, n := range nodes {
		u, was := r.now[name]
		u.to = at
		switch {
		case isReady(n.Status.Conditions):
			if was {
				r.past = append(r.past, u)
				delete(r.now, name)
			}
			continue
		case !was:
			u.node, u.from = name, at
		}
		if said := saidOfReady(n.Status.Conditions); !slices.Contains(u.said, said) {
			u.said = append(u.said, said)
		}
		r.now[name] = u
	}
}

// all are in the order in which they began.
func (r *readiness) all() []unready {
	out := slices.Clone(r.past)
	for _, u := range r.now {
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b unready) int { return a.from.Compare(b.from) })
	return out
}

// starting is what a kubelet says that has no answer about its CSINode yet. Its first word about the node races with that answer,
// also where an apiserver answers all along, and it speaks again after 10 seconds (pkg/volume/csi/csi_plugin.go and
// kubelet_node_status.go of Kubernetes).
const (
	starting    = "CSINode is not yet initialized"
	startsUntil = 15 * time.Second
)

// starts reports whether a kubelet was only starting.
func (u unready) starts() bool {
	return u.to.Sub(u.from) <= startsUntil && !slices.ContainsFunc(u.said, func(s string) bool { return !strings.Contains(s, starting) })
}

func (u unready) String() string {
	return fmt.Sprintf("%s for %.0f s: %s", u.node, u.to.Sub(u.from).Seconds(), strings.Join(u.said, "; "))
}
