package repository

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/keys/secret"
)

// join puts what was rendered and what was issued into one tree. Ciphertext is copied, never made again.
func join(p plan.Plan, r render.Output, made issue.Result) (tree.Tree, error) {
	nodes := make(map[string][]tree.File, len(p.Nodes))
	for _, n := range p.Nodes {
		files := slices.Clone(r.Nodes[n.Cluster.Name])
		for _, m := range n.Material {
			content, ok := made.Source(m.Source)
			if !ok {
				return tree.Tree{}, fmt.Errorf("secrets/%s was neither found nor issued", m.Source)
			}
			files = append(files, materialFile(m, content))
		}
		nodes[n.Cluster.Name] = files
	}
	t, err := tree.New(nodes, r.Shared)
	return placed(t, p), err
}

// placed tells the indexes of the nodes what the plan says of them, for all who make the tree: a build or a comparison with
// one.
func placed(t tree.Tree, p plan.Plan) tree.Tree {
	out := make(map[string]tree.Node, len(p.Nodes))
	for _, n := range p.Nodes {
		out[n.Cluster.Name] = indexed(n.Cluster)
	}
	return t.With(out)
}

// indexed is what the index of a node says of it.
func indexed(n cluster.Node) tree.Node {
	out := tree.Node{Kubernetes: n.Version.String(), Pool: n.Pool, Machine: n.Machine}
	if start := n.Start; len(start.Peers) > 0 {
		out.Etcd = &tree.Start{State: start.State, Peers: start.Peers}
	}
	return out
}

func materialFile(m plan.SecretFile, content []byte) tree.File {
	f := tree.File{
		Path: m.Path, Mode: fs.FileMode(m.Mode), Owner: render.Owner, Group: cmp.Or(m.Group, render.Owner),
		Content: tree.Clear(content), Restarts: m.Restarts,
	}
	if m.Sealed {
		f.Content = tree.Sealed(secret.Sealed(content))
	}
	return f
}
