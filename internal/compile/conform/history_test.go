package conform_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/deliver/tree"
)

// invented are minors of the future: flags and gates of a scheduler that come and go between them. There is nothing
// known between 1.50 and 1.52.
func invented(t *testing.T) fs.FS {
	t.Helper()
	data, err := fs.ReadFile(harender.Assets, "lib/versions/1.36.json")
	if err != nil {
		t.Fatal(err)
	}
	const flag, gate = `{"kube-scheduler": {"version": "MINOR", "flags": {FLAGS}}}`, `{"kube-scheduler": {GATES}}`
	files := fstest.MapFS{}
	for minor, has := range map[string][2]string{
		"1.50": {`"long": {"type": "int"}, "feature-gates": {"type": "mapStringBool"}`, `"Long": {"stage": "beta", "default": true}`},
		"1.52": {`"old": {"type": "int"}, "feature-gates": {"type": "mapStringBool"}`, `"Old": {"stage": "ga", "default": true}`},
		"1.53": {
			`"old": {"type": "int", "deprecated": "Write --new."}, "feature-gates": {"type": "mapStringBool"}`, `"Old": {"stage": "deprecated", "default": true}`,
		},
		"1.54": {`"feature-gates": {"type": "mapStringBool"}`, `"Other": {"stage": "beta", "default": true}`},
		"1.55": {`"new": {"type": "int"}, "feature-gates": {"type": "mapStringBool"}`, `"New": {"stage": "beta", "default": true}`},
	} {
		for name, text := range map[string]string{
			".json":           strings.ReplaceAll(string(data), "1.36.3", minor+".0"),
			"/flags.json":     strings.NewReplacer("MINOR", minor, "FLAGS", has[0]).Replace(flag),
			"/gates.json":     strings.Replace(gate, "GATES", has[1], 1),
			"/admission.json": `{"plugins": [], "default": []}`,
			"/apis.json":      `{}`,
		} {
			files["lib/versions/"+minor+name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return layer.Stack{files, harender.Assets}
}

// TestPast: when a thing came and went is told from the data of the minors around it, where these follow each other.
func TestPast(t *testing.T) {
	layers := invented(t)
	for _, c := range []struct{ minor, arg, want string }{
		{"1.54", "--old=1", "It was removed in 1.54.\nWrite --new."},
		{"1.54", "--new=1", "It came with 1.55."},
		{"1.53", "--new=1", "It came with 1.55."},
		{"1.54", "--long=1", "1.50 had it."},
		{"1.50", "--old=1", "1.52 has it."},
		{"1.50", "--new=1", "It came with 1.55."},
		{"1.54", "--none=1", "It stands in"},
		{"1.54", "--feature-gates=Old=true", "It was removed in 1.54."},
		{"1.54", "--feature-gates=New=true", "It came with 1.55."},
		{"1.54", "--feature-gates=Long=true", "1.50 had it."},
	} {
		version, _ := cluster.ParseVersion(c.minor + ".0")
		n := cluster.Node{Name: "m1", Field: "spec.nodes[0]", Version: version}
		p := plan.Plan{Cluster: cluster.Cluster{Version: version}, Nodes: []plan.Node{{Cluster: n}}}
		files := map[string][]tree.File{"m1": {{Path: "etc/kubernetes/pods/p.yaml", Content: tree.Clear([]byte(manifest("kube-scheduler", c.arg)))}}}
		list := checkFiles(p, spec.Spec{Nodes: []spec.Node{{Name: "m1"}}}, files, layers)
		if len(list) != 1 || !strings.HasPrefix(list[0].Detail, c.want) {
			t.Errorf("%s of %s: got %+v, want %q", c.arg, c.minor, list, c.want)
		}
	}
}

// TestDeprecatedSince: a warning says since when.
func TestDeprecatedSince(t *testing.T) {
	version, _ := cluster.ParseVersion("1.53.0")
	n := cluster.Node{Name: "m1", Field: "spec.nodes[0]", Version: version}
	p := plan.Plan{Cluster: cluster.Cluster{Version: version}, Nodes: []plan.Node{{Cluster: n}}}
	for arg, flag := range map[string]string{"--old=1": "old", "--feature-gates=Old=true": "feature-gates"} {
		_, value, _ := strings.Cut(arg, "=")
		s := spec.Spec{ExtraArgs: spec.ExtraArgs{"kube-scheduler": {flag: {value}}}, Nodes: []spec.Node{{Name: "m1"}}}
		files := map[string][]tree.File{"m1": {{Path: "etc/kubernetes/pods/p.yaml", Content: tree.Clear([]byte(manifest("kube-scheduler", arg)))}}}
		list := checkFiles(p, s, files, invented(t))
		if len(list) != 1 || list.HasErrors() || !strings.HasPrefix(list[0].Detail, "Deprecated since 1.53.") {
			t.Errorf("%s: got %+v", arg, list)
		}
	}
}
