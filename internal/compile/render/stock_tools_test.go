package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/compile/members"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

const clusters = "../../../testdata/clusters"

// TestStockTools lays the layers of every golden cluster on the disk, runs the command lines of jsonnet and kustomize over
// them as a user would, and wants what the program made in one process, without the disk.
func TestStockTools(t *testing.T) {
	bin := stockTools(t)
	dirs, err := os.ReadDir(clusters)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		t.Run(d.Name(), func(t *testing.T) {
			layers := layer.Stack{os.DirFS(filepath.Join(clusters, d.Name())), harender.Assets}
			p := planOf(t, layers)
			out, list := Render(p, layers, Here(layers))
			if list.HasErrors() {
				t.Fatal(list)
			}
			w := stockTool{bin: bin, dir: laid(t, layers)}
			releases, _ := readReleases(p, layers)
			all, err := groups(p, releases)
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range all {
				w.checkGroup(t, layers, g, out)
			}
			w.checkAddons(t, out.Shared.Addons)
		})
	}
}

// stockTools are built by a module of their own.
func stockTools(t *testing.T) string {
	t.Helper()
	script := exec.Command("../../../testdata/realbin.sh", "tools")
	script.Stderr = os.Stderr
	out, err := script.Output()
	if err != nil {
		t.Fatalf("building the command lines of jsonnet and kustomize: %v", err)
	}
	return strings.TrimSpace(string(out))
}

func planOf(t *testing.T, layers layer.Stack) plan.Plan {
	t.Helper()
	doc, list := spec.Read(layers[0], func(fs.FS, string) ([]byte, diag.List) { return nil, nil })
	known, found := release.Known(layers)
	c, more := cluster.New(doc.Cluster, known)
	if list = slices.Concat(list, found, more); list.HasErrors() {
		t.Fatal(list)
	}
	c, _ = members.Begin(c, doc.Cluster.Spec.Etcd.InitialClusterState, layer.Stack{}) // Its warnings are about an output, and there is none.
	return plan.Make(c)
}

// laid copies the union of the layers to a folder.
func laid(t *testing.T, layers fs.FS) string {
	t.Helper()
	dir := t.TempDir()
	for _, root := range []string{"lib", "base", "overlays"} {
		sub, err := fs.Sub(layers, root)
		if err == nil {
			err = os.CopyFS(filepath.Join(dir, root), sub)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

type stockTool struct{ bin, dir string }

func (w stockTool) run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(filepath.Join(w.bin, name), args...) // #nosec G204 -- a witness of this test
	cmd.Dir = w.dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, stderr.String())
	}
	return out
}

func (w stockTool) write(t *testing.T, name string, content []byte) {
	t.Helper()
	file := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// checkGroup compares what jsonnet computes, and then the manifests.
func (w stockTool) checkGroup(t *testing.T, layers fs.FS, g group, out Output) {
	t.Helper()
	mine, list := compute(layers, Here(layers), g)
	if list.HasErrors() {
		t.Fatal(list)
	}
	in, err := json.Marshal(g.input)
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, "input.json", in)
	stack := "(import 'lib/main.libsonnet') + { input:: import 'input.json' }"
	for _, name := range g.mixins {
		if _, err := fs.Stat(layers, "overlays/"+name+"/overlay.libsonnet"); err == nil {
			stack += " + (import 'overlays/" + name + "/overlay.libsonnet')"
		}
	}
	var theirs computed
	if err := json.Unmarshal(w.run(t, "jsonnet", "-J", "lib", "-e", "local l = "+stack+"; { pods: l.pods, files: l.files, nodeFiles: l.nodeFiles, addons: l.addons, resources: l.resources }"), &theirs); err != nil {
		t.Fatal(err)
	}
	same(t, "pods", mine.Pods, theirs.Pods)
	same(t, "files", mine.Files, theirs.Files)
	same(t, "node files", mine.NodeFiles, theirs.NodeFiles)
	same(t, "addons", mine.Addons, theirs.Addons)
	same(t, "resources", mine.Resources, theirs.Resources)
	w.checkManifests(t, g, theirs, out)
}

// checkManifests stacks the layers as the design says: base, computed, Components.
func (w stockTool) checkManifests(t *testing.T, g group, c computed, out Output) {
	t.Helper()
	lower := "resources: [" + strings.Join(inBase(g.input.Pods), ", ") + "]\npatches:\n"
	for _, name := range slices.Sorted(maps.Keys(c.Pods)) {
		w.write(t, "computed/"+name+".json", c.Pods[name])
		lower += "- path: " + name + ".json\n"
	}
	w.write(t, "computed/kustomization.yaml", []byte(lower))
	var components []string
	for _, name := range g.components {
		if _, err := os.Stat(filepath.Join(w.dir, "overlays", name, "kustomization.yaml")); err == nil {
			components = append(components, "../overlays/"+name)
		}
	}
	w.write(t, "overlaid/kustomization.yaml", fmt.Appendf(nil, "resources: [../computed]\ncomponents: [%s]\n", strings.Join(components, ", ")))
	want := documents(t, w.run(t, "kustomize", "build", "overlaid"))
	for _, n := range g.input.Nodes {
		got := map[string]any{}
		for _, f := range out.Nodes[n.Name] {
			if strings.HasPrefix(f.Path, manifests) {
				maps.Copy(got, documents(t, f.Content.Bytes()))
			}
		}
		same(t, n.Name, got, want)
	}
}

// checkAddons builds rendered/addons/ as kubectl apply -k would.
func (w stockTool) checkAddons(t *testing.T, files []tree.File) {
	t.Helper()
	got := map[string]any{}
	for _, f := range files {
		w.write(t, "rendered/"+f.Path, f.Content.Bytes())
		if f.Path != kustomization {
			maps.Copy(got, documents(t, f.Content.Bytes()))
		}
	}
	same(t, "addons", got, documents(t, w.run(t, "kustomize", "build", "rendered")))
}

// documents are objects by kind, namespace and name.
func documents(t *testing.T, text []byte) map[string]any {
	t.Helper()
	out := map[string]any{}
	for _, doc := range strings.Split(string(text), "\n---\n") {
		if doc == "" {
			continue // A node without pods.
		}
		var o map[string]any
		if err := yaml.UnmarshalStrict([]byte(doc), &o); err != nil {
			t.Fatal(err)
		}
		if o == nil { // A node without pods.
			continue
		}
		meta, _ := o["metadata"].(map[string]any)
		key := fmt.Sprint(o["kind"], meta["namespace"], meta["name"])
		if out[key] != nil {
			t.Errorf("%s is there twice", key)
		}
		out[key] = o
	}
	return out
}

func inBase(names []string) []string {
	var out []string
	for _, n := range names {
		out = append(out, "../base/"+n)
	}
	return out
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	a, errA := json.MarshalIndent(got, "", " ")
	b, errB := json.MarshalIndent(want, "", " ")
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if !bytes.Equal(canonical(t, a), canonical(t, b)) {
		t.Errorf("%s:\n%s\nthe witness:\n%s", what, a, b)
	}
}

// canonical sorts the keys inside raw JSON too.
func canonical(t *testing.T, data []byte) []byte {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
