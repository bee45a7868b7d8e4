package cluster

import (
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// Level is a place of the spec that gives extra arguments.
type Level struct {
	// Field is that of the arguments, such as spec.roles.etcd.extraArgs.
	Field diag.Path
	Args  Args
}

// NewLevel is the level of the spec at a path, such as spec.roles.etcd.
func NewLevel(at diag.Path, args spec.ExtraArgs) Level {
	return Level{Field: at.Key("extraArgs"), Args: clusterArgs(args)}
}

// TopLevel is that of the whole cluster.
func TopLevel(s spec.Spec) Level { return NewLevel("spec", s.ExtraArgs) }

// Levels of the node, which is s.Nodes[i], the lowest first: the later wins.
func (n Node) Levels(s spec.Spec, i int) []Level {
	const root = diag.Path("spec")
	all := []Level{TopLevel(s)}
	for _, role := range n.Roles {
		all = append(all, NewLevel(root.Key("roles").Key(string(role)), s.Roles[string(role)].ExtraArgs))
	}
	return append(all,
		NewLevel(root.Key("pools").Key(n.Pool), s.Pools[n.Pool].ExtraArgs),
		NewLevel(nodesField.Index(i), s.Nodes[i].ExtraArgs))
}
