package spec_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// TestTooMany: what is compared with each other has a limit, which the finding names.
func TestTooMany(t *testing.T) {
	many := func(n int, line string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, line+"\n", i)
		}
		return b.String()
	}
	for text, field := range map[string]string{
		"  pools:\n" + many(2001, "    p%d: {}"):                                "spec.pools",
		"  extraArgs:\n    kube-apiserver:\n" + many(2001, "      v%d: a"):      "spec.extraArgs.kube-apiserver",
		"  overlays:\n" + many(2001, "  - o%d"):                                 "spec.overlays",
		"  nodes:\n" + many(20_001, "  - {name: n%d}"):                          "spec.nodes",
		"  nodes:\n  - name: n\n    recipients:\n" + many(2001, "    - age1%d"): "spec.nodes[0].recipients",
	} {
		source := "apiVersion: " + spec.APIVersion + "\nkind: Cluster\nmetadata: {name: a}\nspec:\n" + text
		_, list := spec.Read(fstest.MapFS{"cluster.yaml": {Data: []byte(source)}}, nil)
		found := false
		for _, d := range list {
			found = found || d.Field == field && strings.Contains(d.Summary, "more than the 20") && d.Hint != "" && d.Pos.Line > 0
		}
		if !found {
			t.Errorf("%s: %v", field, list[:min(3, len(list))])
		}
	}
}

// TestHidden: what ends a line for a parser and not for people is refused in every kind of spec, with its place.
func TestHidden(t *testing.T) {
	given := func(fs.FS, string) ([]byte, diag.List) { return []byte("{}"), nil }
	for _, name := range spec.Files() {
		for _, hidden := range []string{"\u2028", "\u2029", "\u0085", "\r", "\u202e", "\u2066", "\u200f"} {
			source := "a: b\n# comment" + hidden + "c: d\n"
			_, list := spec.Read(fstest.MapFS{name: {Data: []byte(source)}}, given)
			if len(list) != 1 || list[0].Pos != (diag.Pos{File: name, Line: 2, Col: 10}) || list[0].Hint == "" {
				t.Errorf("%s, %q: %+v", name, hidden, list)
			}
		}
	}
}
