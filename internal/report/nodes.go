package report

import (
	"strings"

	"github.com/harender/harender/internal/compile/cluster"
)

// Node is one machine, or several of one pool that are alike.
type Node struct {
	Name, Roles, Pool, Version string
	Count                      int
}

// Nodes has one row for each node, and one for the workers of a pool that are alike.
func Nodes(all []cluster.Node) []Node {
	var out []Node
	at := map[Node]int{}
	for _, n := range all {
		var roles []string
		for _, r := range n.Roles {
			roles = append(roles, string(r))
		}
		row := Node{Roles: strings.Join(roles, ", "), Pool: n.Pool, Version: n.Version.String()}
		if i, ok := at[row]; ok && row.Pool != "" {
			out[i].Count++
			out[i].Name = "pool " + n.Pool
			continue
		}
		at[row] = len(out)
		row.Name, row.Count = n.Name, 1
		out = append(out, row)
	}
	return out
}
