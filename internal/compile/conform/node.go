package conform

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

// checkManifests judges what no file shows by itself: the static pods of a node, and what its files say of each other. Nodes
// whose files are the same are one.
func (js Judges) checkManifests(nodes map[string][]tree.File, tell func(diag.Diagnostic, bool)) {
	judged := map[string][]problem{}
	for i, n := range js.plan.Nodes {
		files, j := nodes[n.Cluster.Name], js.of(n.Cluster.Version)
		key := likeness(n, files)
		problems, ok := judged[key]
		if !ok {
			pods := manifests(files, js.pods)
			problems = append(j.staticPods(n, pods), j.paths(n, files, pods, js.spec.CloudProvider.ConfigFile)...)
			problems = locatedAnywhere(problems, js.layers, n.Cluster.Overlays)
			judged[key] = problems
		}
		for _, wrong := range problems {
			tell(j.place(wrong, layout.Manifests+wrong.subject.component+".yaml", specField(n.Cluster.Levels(js.spec, i), wrong)))
		}
	}
}

// locatedAnywhere also looks into layers that do not name the component: a patch may have every pod for its target.
func locatedAnywhere(problems []problem, layers fs.FS, overlays []string) []problem {
	for i, wrong := range located(problems, layers, overlays) {
		if wrong.layer.File == "" {
			wrong.subject.component = ""
			problems[i].layer = lastUse(layers, overlays, wrong)
		}
	}
	return problems
}

// likeness is equal for nodes whose manifests and units are the same, and that have the same files.
func likeness(n plan.Node, files []tree.File) string {
	var b strings.Builder
	fmt.Fprint(&b, n.Cluster.Version, n.Cluster.Overlays, n.Pods, n.Kubeadm)
	for _, f := range files {
		b.WriteString(f.Path)
		if content := f.Content.Bytes(); len(content) > 0 && judgeable(f) {
			fmt.Fprintf(&b, " %p", &content[0])
		}
		b.WriteByte('\n')
	}
	for _, m := range n.Material {
		b.WriteString(m.Path + "\n")
	}
	return b.String()
}
