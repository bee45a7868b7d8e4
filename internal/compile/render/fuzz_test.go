package render

import (
	"testing"
	"testing/fstest"
)

// FuzzInspect: whatever a layer says, looking at it ends, and each finding has a place and a hint.
func FuzzInspect(f *testing.F) {
	for _, text := range []string{
		"apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- target: {kind: Pod}\n  patch: |\n    - {op: add, path: /a, value: b}\n",
		"resources: [https://example.invalid/x, ../../x, a.yaml]\n", "a: &a [*a]\n", "a: b\na: c\n", "patches: [{path: {}}, x]\n",
		"configMapGenerator: [{files: [a=b, ../x], envs: x}]\n", "{", "- a\n", "replacements: [{path: x}]\n", "helmCharts: []\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		layers := fstest.MapFS{
			"overlays/x/kustomization.yaml": {Data: text}, "overlays/x/a.yaml": {Data: text}, "overlays/x/a.json": {Data: text},
		}
		for _, d := range Here(layers).Inspect() {
			if d.Hint == "" || d.Pos.File == "" {
				t.Errorf("%+v", d)
			}
		}
	})
}
