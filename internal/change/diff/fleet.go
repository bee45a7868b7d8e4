package diff

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/compile/cluster"
)

// Fleet are the nodes of a cluster, for naming many at once.
type Fleet struct {
	// Nodes in the order of the spec.
	Nodes []string
	// Pools by node.
	Pools map[string]string
}

// FleetOf are all nodes of a cluster.
func FleetOf(c cluster.Cluster) Fleet {
	out := Fleet{Pools: map[string]string{}}
	for _, n := range c.Nodes {
		out.Nodes = append(out.Nodes, n.Name)
		out.Pools[n.Name] = n.Pool
	}
	return out
}

// few is how many nodes of a pool are better named than counted.
const few = 3

// Name is some nodes in few words: "m1-m3", "pool web, 250 nodes", "all 5 nodes".
func (f Fleet) Name(nodes []string) string {
	if len(nodes) > few && len(nodes) == len(f.Nodes) && len(lacking(f.Nodes, nodes)) == 0 {
		return fmt.Sprintf("all %d nodes", len(nodes))
	}
	rest := slices.Clone(nodes)
	var out []string
	for _, pool := range f.pools() {
		members := slices.DeleteFunc(slices.Clone(f.Nodes), func(n string) bool { return f.Pools[n] != pool })
		if len(members) > few && len(lacking(members, rest)) == 0 {
			out = append(out, fmt.Sprintf("pool %s, %d nodes", pool, len(members)))
			rest = lacking(rest, members)
		}
	}
	return strings.Join(append(ranges(rest), out...), "; ")
}

// pools in the order of their first nodes.
func (f Fleet) pools() []string {
	var out []string
	for _, n := range f.Nodes {
		if p := f.Pools[n]; p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// ranges joins names that count up: m1, m2, m3 are m1-m3.
func ranges(names []string) []string {
	var runs [][]string
	for _, n := range names {
		if last := len(runs) - 1; last >= 0 && follows(runs[last][len(runs[last])-1], n) {
			runs[last] = append(runs[last], n)
			continue
		}
		runs = append(runs, []string{n})
	}
	var out []string
	for _, r := range runs {
		if len(r) > 2 {
			r = []string{r[0] + "-" + r[len(r)-1]}
		}
		out = append(out, r...)
	}
	if len(out) == 0 {
		return nil
	}
	return []string{strings.Join(out, ", ")}
}

// follows reports whether b is a with the next number at its end.
func follows(a, b string) bool {
	stem := strings.TrimRight(a, "0123456789")
	n, err := strconv.Atoi(a[len(stem):])
	if err != nil {
		return false
	}
	return b == stem+fmt.Sprintf("%0*d", len(a)-len(stem), n+1)
}

// order sorts nodes as the spec has them; those that it has no more come last.
func (f Fleet) order(nodes []string) {
	place := map[string]int{}
	for i, n := range f.Nodes {
		place[n] = i + 1
	}
	slices.SortStableFunc(nodes, func(a, b string) int {
		x, y := place[a], place[b]
		if x == 0 || y == 0 {
			return y - x
		}
		return x - y
	})
}

// Sorted puts the nodes of each change in the order of the spec.
func (f Fleet) Sorted(d Diff) Diff {
	for _, v := range d.Versions {
		f.order(v.Nodes)
	}
	for _, c := range d.Changes {
		f.order(c.Nodes)
	}
	return d
}
