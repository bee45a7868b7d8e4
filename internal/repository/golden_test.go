package repository_test

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/deliver/tree"
)

// checkGolden holds a cluster to its rendered.txtar: what is rendered, each file once with the nodes that have it, and
// what the plan wants from secrets/. Run with -update, and review the difference.
func checkGolden(t *testing.T, c compile.Compiled) {
	name := c.Plan.Cluster.Name
	got := txtar.Format(&txtar.Archive{
		Comment: []byte("What harender renders for cluster.yaml. Made by go test ./internal/repository -run TestClusters -update.\n"),
		Files:   slices.Concat(planned(c.Plan), files(c)),
	})
	compareGolden(t, filepath.Join(clusters, name, "rendered.txtar"), got)
}

func compareGolden(t *testing.T, golden string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(golden, want, "got", got); d != nil {
		t.Errorf("%s", d)
	}
}

// planned lists certificates and sealed files, which differ from build to build and are not rendered.
func planned(p plan.Plan) []txtar.File {
	var certificates bytes.Buffer
	for _, c := range p.Certificates {
		fmt.Fprintf(&certificates, "%s: %s by %s, CN=%s O=%s %s\n", c.ID, c.Profile, c.Authority, c.CommonName,
			strings.Join(c.Organization, ","), strings.Join(c.Hosts, " "))
	}
	out := []txtar.File{{Name: "certificates", Data: certificates.Bytes()}}
	shared := grouping{}
	for _, n := range p.Nodes {
		var b bytes.Buffer
		for _, m := range n.Material {
			source := strings.Replace(m.Source, "nodes/"+n.Cluster.Name+"/", "nodes/NODE/", 1)
			fmt.Fprintf(&b, "%04o %s%s <- %s restarts %v\n", m.Mode, m.Path, suffix(" of the group ", m.Group), source, m.Restarts)
		}
		shared.add(n.Cluster.Name, "material", b.Bytes())
	}
	return append(out, shared.files...)
}

func suffix(words, name string) string {
	if name == "" {
		return ""
	}
	return words + name
}

// files are those of all nodes, each once, then those of the cluster itself.
func files(c compile.Compiled) []txtar.File {
	shared := grouping{}
	for _, n := range c.Plan.Nodes {
		for _, f := range c.Rendered.Nodes[n.Cluster.Name] {
			shared.add(n.Cluster.Name, header(f), f.Content.Bytes())
		}
	}
	slices.SortStableFunc(shared.files, func(a, b txtar.File) int { return cmp.Compare(afterNodes(a), afterNodes(b)) })
	for _, f := range c.Rendered.Shared.Addons {
		shared.add(tree.Addons, header(f), f.Content.Bytes())
	}
	for _, f := range c.Rendered.Shared.Cloud {
		shared.add(tree.Cloud, header(f), f.Content.Bytes())
	}
	return shared.files
}

func afterNodes(f txtar.File) string {
	_, header, _ := strings.Cut(f.Name, ": ")
	return header
}

func header(f tree.File) string {
	h := fmt.Sprintf("%s %04o %s:%s", f.Path, f.Mode, f.Owner, f.Group)
	if len(f.Restarts) > 0 {
		h += " restarts " + strings.Join(f.Restarts, ",")
	}
	return h
}

// grouping keeps equal texts once, under the names of all that have them: "m1 m2: header".
type grouping struct{ files []txtar.File }

func (g *grouping) add(node, header string, data []byte) {
	for i, f := range g.files {
		nodes, same := strings.CutSuffix(f.Name, ": "+header)
		if same && bytes.Equal(f.Data, data) {
			g.files[i].Name = nodes + " " + node + ": " + header
			return
		}
	}
	g.files = append(g.files, txtar.File{Name: node + ": " + header, Data: data})
}
