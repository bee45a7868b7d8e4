package cluster_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	checker "github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/jsonnet"
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

var update = flag.Bool("update", false, "write the golden files again")

const specs = "../../../testdata/specs"

func known() cluster.Releases {
	return cluster.Releases{
		"1.9": {Patch: "1.9.11"}, "1.32": {Patch: "1.32.2"}, "1.33": {Patch: "1.33.13"}, "1.34": {Patch: "1.34.4"}, "1.35": {Patch: "1.35.4"},
		"1.36": {Patch: "1.36.3"},
	}
}

// resolve reads and resolves as the program does: a spec with errors goes no further.
func resolve(fsys fs.FS) (cluster.Cluster, diag.List) {
	doc, list := spec.Read(fsys, func(fsys fs.FS, name string) ([]byte, diag.List) {
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, diag.List{{Summary: err.Error()}}
		}
		return jsonnet.Evaluate(fsys, name, string(src), nil)
	})
	if list.HasErrors() {
		return cluster.Cluster{}, list
	}
	c, more := cluster.New(doc.Cluster, known())
	return c, append(list, doc.Complete(more)...)
}

// TestValid: every spec here resolves without a word to what stands in resolved/, and the JSON Schema takes it.
func TestValid(t *testing.T) {
	schema := compileSchema(t)
	for _, file := range corpus(t, "valid/*") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			fsys := fstest.MapFS{"cluster" + filepath.Ext(file): {Data: source}}
			c, list := resolve(fsys)
			if len(list) > 0 {
				t.Error(printed(t, list))
			}
			checkResolved(t, filepath.Base(file), c)
			if filepath.Ext(file) == ".jsonnet" {
				return
			}
			if err := schema.Validate(instance(t, source)); err != nil {
				t.Errorf("the schema refuses it: %v", err)
			}
		})
	}
}

func checkResolved(t *testing.T, name string, c cluster.Cluster) {
	t.Helper()
	got, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join(specs, "resolved", name+".json")
	if *update {
		if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(append(got, '\n'), want) {
		t.Errorf("resolved:\n%s\nwant:\n%s", got, want)
	}
}

// TestInvalid: every archive holds a repository and, as want.txt, what harender says about it. Its first line tells
// whether the JSON Schema alone would refuse the spec.
func TestInvalid(t *testing.T) {
	schema := compileSchema(t)
	for _, file := range corpus(t, "invalid/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			fsys, want := unpack(archive)
			_, list := resolve(fsys)
			checkPlaces(t, fsys, list)
			got := printed(t, list)
			comment := verdict(t, schema, fsys)
			if *update {
				rewrite(t, file, archive, comment, got)
				return
			}
			if got != want {
				t.Errorf("diagnostics:\n%s\nwant:\n%s", got, want)
			}
			if string(archive.Comment) != comment {
				t.Errorf("comment %q, want %q", archive.Comment, comment)
			}
		})
	}
}

func corpus(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(specs, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no file matches %s (%v)", pattern, err)
	}
	return files
}

func unpack(archive *txtar.Archive) (fsys fstest.MapFS, want string) {
	fsys = fstest.MapFS{}
	for _, f := range archive.Files {
		if f.Name == "want.txt" {
			want = string(f.Data)
			continue
		}
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return fsys, want
}

func rewrite(t *testing.T, file string, archive *txtar.Archive, comment, want string) {
	t.Helper()
	archive.Comment = []byte(comment)
	last := len(archive.Files) - 1
	if last < 0 || archive.Files[last].Name != "want.txt" {
		archive.Files = append(archive.Files, txtar.File{Name: "want.txt"})
		last++
	}
	archive.Files[last].Data = []byte(want)
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// checkPlaces: whatever is wrong in YAML or JSON has a line, a column and an excerpt.
func checkPlaces(t *testing.T, fsys fstest.MapFS, list diag.List) {
	t.Helper()
	if len(list) == 0 {
		t.Error("harender has nothing to say about it")
	}
	if fsys["cluster.yaml"] == nil && fsys["cluster.json"] == nil {
		return
	}
	for _, d := range list {
		if d.Pos.File == "" || d.Pos.Line == 0 || d.Pos.Col == 0 {
			t.Errorf("no place: %+v", d)
		}
		if d.Hint == "" {
			t.Errorf("no hint: %+v", d)
		}
	}
}

func printed(t *testing.T, list diag.List) string {
	t.Helper()
	var b bytes.Buffer
	if err := diag.Print(&b, list, false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func compileSchema(t *testing.T) *checker.Schema {
	t.Helper()
	doc, err := checker.UnmarshalJSON(bytes.NewReader(spec.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := checker.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// instance reads a document as an editor does; JSON is YAML.
func instance(t *testing.T, source []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(source, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// verdict says what an editor with the schema would find.
func verdict(t *testing.T, schema *checker.Schema, fsys fstest.MapFS) string {
	t.Helper()
	file := fsys["cluster.yaml"]
	if file == nil {
		return ""
	}
	var v any
	if yaml.Unmarshal(file.Data, &v) != nil {
		return "schema: no YAML\n"
	}
	if schema.Validate(v) != nil {
		return "schema: refuses\n"
	}
	return "schema: takes\n"
}
