package repository

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"

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
func placed(t tree.Tree, p plan.Plan) tree.Tree { return t.Running(running(p)).Pooled(pools(p)) }

// running are the releases of Kubernetes by node.
func running(p plan.Plan) map[string]string {
	out := make(map[string]string, len(p.Nodes))
	for _, n := range p.Nodes {
		out[n.Cluster.Name] = n.Cluster.Version.String()
	}
	return out
}

// pools are those of the nodes that are in one, by node.
func pools(p plan.Plan) map[string]string {
	out := map[string]string{}
	for _, n := range p.Nodes {
		if n.Cluster.Pool != "" {
			out[n.Cluster.Name] = n.Cluster.Pool
		}
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
