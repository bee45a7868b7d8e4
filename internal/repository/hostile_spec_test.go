package repository_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/proof/testtool"
)

// document is a valid spec.
type document struct {
	name string
	doc  any
}

// own documents of this test, with the fields that no golden cluster has, and those that take wild text.
const own = 3

// wild text is more than a word.
var wild = regexp.MustCompile("[^-A-Za-z0-9._:/@]")

// specDocuments are those of the golden clusters, after the test's own.
func specDocuments(t *testing.T) []document {
	t.Helper()
	names, err := filepath.Glob(clusters + "/*/cluster.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var out []document
	for _, name := range append([]string{"testdata/hostile.yaml", "testdata/hostile-old.yaml"}, names...) {
		for text := range strings.SplitSeq(string(read(t, name)), "\n---\n") {
			var doc any
			if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
				t.Fatal(name, err)
			}
			out = append(out, document{name, doc})
		}
	}
	return out
}

// leafIn is a leaf of the document with that number.
type leafIn struct {
	leaf
	document int
}

// oneEach is a leaf for each field of the spec's types, in the first document that has it. A new field needs a document.
func oneEach(t *testing.T, all []document) []leafIn {
	t.Helper()
	var out []leafIn
	seen := map[string]bool{}
	for i, d := range all {
		for _, l := range leavesOf(d.doc, reflect.TypeFor[spec.Cluster](), "", nil) {
			if !seen[l.field] {
				seen[l.field] = true
				out = append(out, leafIn{l, i})
			}
		}
	}
	for _, field := range fieldsOf(reflect.TypeFor[spec.Cluster](), "") {
		if !seen[field] {
			t.Errorf("no cluster of the tests has %s: write it into internal/repository/testdata/hostile.yaml", field)
		}
	}
	return out
}

// thorough is whether to try all values in all fields, as make fuzz does, and not a part of them.
const thorough = "HARENDER_THOROUGH"

// share is what part of values a field is tried with, and rounds is how many clusters are rendered of each document.
func share(t *testing.T) (share, rounds int) {
	t.Helper()
	if os.Getenv(thorough) != "" {
		return 1, 60
	}
	return 12, 3
}

// TestHostileSpec puts strings that act somewhere into every field of the spec. Either the field refuses the string, with a hint, or what
// is rendered has it as a value: the same files, keys and lines as without it, and in one of these the string itself.
func TestHostileSpec(t *testing.T) {
	all := specDocuments(t)
	known, list := release.Known(harender.Assets)
	if list.HasErrors() {
		t.Fatal(list)
	}
	every, rounds := share(t)
	values := testtool.Hostile("/CANARY")
	names := slices.Sorted(maps.Keys(values))
	taken := map[int][]choices{}
	tried, refused, fields := 0, 0, oneEach(t, all)
	for n, l := range fields {
		c := choices{leafIn: l}
		for i, name := range names {
			if (i+n)%every > 0 {
				continue
			}
			for _, text := range []string{values[name], l.text(all[l.document].doc) + values[name]} {
				tried++
				found := judged(t, l.with(all[l.document].doc, text), known)
				if !found.HasErrors() {
					c.texts = append(c.texts, text)
					continue
				}
				refused++
				if i := slices.IndexFunc(found, func(d diag.Diagnostic) bool { return d.Severity == diag.Error && d.Hint == "" }); i >= 0 {
					t.Errorf("%s, %q: no hint: %s", l.field, text, found[i].Summary)
				}
			}
		}
		switch {
		case len(c.texts) > 0 && l.document < own:
			taken[l.document] = append(taken[l.document], c)
		case slices.ContainsFunc(c.texts, wild.MatchString):
			t.Errorf("%s takes text of any kind: write it into one of the two specs of this test, whose values are rendered", l.field)
		}
	}
	rendered, dropped := 0, 0
	for _, i := range slices.Sorted(maps.Keys(taken)) {
		plain := compiledJSON(t, all[i].doc)
		for round := range rounds {
			r, d := renderHostile(t, all[i], taken[i], plain, round)
			rendered, dropped = rendered+r, dropped+d
		}
	}
	t.Logf("%d fields, %d strings tried, %d refused; of the rest %d rendered and read back, %d refused by who renders", len(fields), tried, refused, rendered, dropped)
	if rendered < 60 {
		t.Error("so few prove nothing")
	}
}

// choices are what a field took.
type choices struct {
	leafIn
	texts []string
}

// judged reads a spec and resolves it.
func judged(t *testing.T, doc any, known cluster.Releases) diag.List {
	t.Helper()
	read, list := spec.Read(specFiles(t, doc), func(fs.FS, string) ([]byte, diag.List) { return nil, nil })
	if list.HasErrors() {
		return list
	}
	_, list = cluster.New(read.Cluster, known)
	return list
}

func specFiles(t *testing.T, doc any) fstest.MapFS {
	t.Helper()
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{"cluster.json": {Data: text}}
}

func compiledJSON(t *testing.T, doc any) compile.Compiled {
	t.Helper()
	return compileRepository(t, specFiles(t, doc))
}

// put is a string in a field, and what stood there before.
type put struct {
	leaf
	text, before string
}

// renderHostile gives each field of a document another string, takes back those that are refused, and looks at what is rendered.
func renderHostile(t *testing.T, d document, fields []choices, plain compile.Compiled, round int) (rendered, refused int) {
	t.Helper()
	var puts []put
	for i, c := range fields {
		if slices.Contains(relations(), c.field) {
			continue
		}
		puts = append(puts, put{c.leaf, c.texts[(i+round)%len(c.texts)], c.text(d.doc)})
	}
	for len(puts) > 0 {
		doc := d.doc
		for _, p := range keysLast(puts) {
			doc = p.with(doc, p.text)
		}
		c, list := compile.Compile(specFiles(t, doc), harender.Assets, render.Here)
		if !list.HasErrors() {
			compareHostile(t, d.name, puts, plain, c)
			return len(puts), refused
		}
		before := len(puts)
		puts = slices.DeleteFunc(puts, func(p put) bool {
			return slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return blames(d, p) })
		})
		if refused += before - len(puts); len(puts) == before {
			t.Errorf("%s: nobody is to blame for %s", d.name, printed(t, list))
			return 0, refused
		}
	}
	return 0, refused
}

// relations are fields of words by which others find what they belong to: another word makes another cluster.
func relations() []string {
	return []string{"spec.pools{key}", "spec.nodes[].pool", "spec.roles{key}", "spec.pools{}.storage.raid[].name", "spec.nodes[].storage.raid[].name", "spec.nodes[].storage.mounts[].path", "spec.pools{}.storage.mounts[].path"}
}

// keysLast: the path of a value goes through the key that is there before.
func keysLast(puts []put) []put {
	out := slices.Clone(puts)
	slices.SortStableFunc(out, func(a, b put) int {
		switch {
		case a.key == b.key:
			return len(b.at) - len(a.at)
		case a.key:
			return 1
		}
		return -1
	})
	return out
}

// blames reports whether a finding is about what was put there, or about something that it is a part of.
func blames(d diag.Diagnostic, p put) bool {
	if d.Severity != diag.Error || d.Field == "" {
		return false
	}
	path := pathOf(p.at)
	renamed := path
	if p.key {
		renamed = pathOf(p.at[:len(p.at)-1]).Key(p.text)
	}
	at := d.Field
	return strings.HasPrefix(string(path), at) || strings.HasPrefix(string(renamed), at) || strings.HasPrefix(at, string(path)) || strings.HasPrefix(at, string(renamed))
}

// pathOf is a place as findings name it.
func pathOf(at place) diag.Path {
	path := diag.Path("")
	for _, step := range at {
		switch s := step.(type) {
		case string:
			path = path.Key(s)
		case int:
			path = path.Index(s)
		}
	}
	return path
}
