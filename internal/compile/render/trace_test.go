package render

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/compile/plan"
)

// TestTrace: with the last layer on top, the first and the last node of every golden cluster have what a build gives it. One level of the
// spec stands for what the plan has merged.
func TestTrace(t *testing.T) {
	dirs, err := os.ReadDir(clusters)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		t.Run(d.Name(), func(t *testing.T) {
			layers := layer.Stack{os.DirFS(filepath.Join(clusters, d.Name())), harender.Assets}
			p := planOf(t, layers)
			whole, list := Render(p, layers, Here(layers))
			if list.HasErrors() {
				t.Fatal(list)
			}
			for _, n := range []plan.Node{p.Nodes[0], p.Nodes[len(p.Nodes)-1]} {
				checkTrace(t, p, n, layers, whole)
			}
		})
	}
}

func checkTrace(t *testing.T, p plan.Plan, n plan.Node, layers layer.Stack, whole Output) {
	t.Helper()
	levels := []cluster.Level{{Field: "spec.extraArgs", Args: n.Cluster.Args}}
	steps, list := Trace(p, n.Cluster.Name, levels, layers, Here(layers))
	if list.HasErrors() || len(steps) < 3 {
		t.Fatalf("%s: %d steps, %v", n.Cluster.Name, len(steps), list)
	}
	if last := steps[len(steps)-1]; !reflect.DeepEqual(last.Files, whole.Nodes[n.Cluster.Name]) {
		t.Errorf("%s: the last of %d layers leaves other files than a build", n.Cluster.Name, len(steps))
	}
}
