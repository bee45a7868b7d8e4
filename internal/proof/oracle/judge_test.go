package oracle

import (
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/conform"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

// newOracle of a cluster.
func newOracle(t *testing.T, c compile.Compiled, minor string, programs Programs) oracle {
	t.Helper()
	facts, list := release.ReadFacts(c.Layers, minor)
	if list.HasErrors() || facts.Types == nil {
		t.Fatal(list)
	}
	return oracle{
		c: c, minor: minor, programs: programs, box: newSandbox(t, c), seen: map[string]bool{}, fields: NewFields(*facts.Types),
		judges: map[string]conform.Judges{},
	}
}

// judgement is what harender says to a file in the place of another; addons are a node without a name.
func (o *oracle) judgement(t *testing.T, node string, f tree.File) string {
	t.Helper()
	files := o.c.Rendered.Nodes[node]
	if node == "" {
		files = o.c.Rendered.Shared.Addons
	}
	files = slices.Clone(files)
	files[slices.IndexFunc(files, func(x tree.File) bool { return x.Path == f.Path })] = f
	nodes, addons := map[string][]tree.File{node: files}, []tree.File(nil)
	if node == "" {
		nodes, addons = nil, files
	}
	judges := o.judgesOf(t, node)
	var said []string
	for _, d := range append(judges.CheckFiles(nodes, addons), judges.CheckNodes(nodes, addons)...) {
		if d.Severity == diag.Error {
			said = append(said, d.Summary)
		}
	}
	return strings.Join(said, "; ")
}

// judgesOf a node, as if the cluster had no other; they are made once.
func (o *oracle) judgesOf(t *testing.T, node string) conform.Judges {
	t.Helper()
	if judges, ok := o.judges[node]; ok {
		return judges
	}
	alone := o.c.Plan
	alone.Nodes = slices.DeleteFunc(slices.Clone(alone.Nodes), func(n plan.Node) bool { return n.Cluster.Name != node })
	judges, list := conform.NewJudges(alone, o.c.Document.Cluster.Spec, o.c.Layers)
	if list.HasErrors() {
		t.Fatal(list)
	}
	o.judges[node] = judges
	return judges
}
