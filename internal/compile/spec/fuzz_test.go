package spec_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// FuzzRead: whatever the bytes, Read ends with a document or with diagnostics that name the file, and their text is
// safe to print.
func FuzzRead(f *testing.F) {
	for _, file := range globAll(f, "../../../testdata/specs/valid/*", "../../../testdata/specs/invalid/*.txtar") {
		source, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, inside := range txtar.Parse(source).Files {
			source = inside.Data
			break
		}
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		given := func(fs.FS, string) ([]byte, diag.List) { return source, nil }
		for _, name := range []string{"cluster.yaml", "cluster.json", "cluster.jsonnet"} {
			doc, list := spec.Read(fstest.MapFS{name: {Data: source}}, given)
			for _, d := range list {
				checkFinding(t, name, d)
				doc.Locate(d.Field)
			}
			if !list.HasErrors() && doc.Cluster.Kind == "" && !bytes.Contains(source, []byte("kind")) {
				t.Errorf("%s: accepted without a kind", name)
			}
			var out bytes.Buffer
			if err := diag.Print(&out, list, false); err != nil {
				t.Fatal(err)
			}
			if i := bytes.IndexFunc(out.Bytes(), func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f || r == 0x202e }); i >= 0 {
				t.Errorf("%s: %q is printed", name, out.Bytes()[i])
			}
		}
	})
}

func checkFinding(t *testing.T, name string, d diag.Diagnostic) {
	t.Helper()
	if d.Pos.File != name || d.Hint == "" {
		t.Errorf("no file or hint: %+v", d)
	}
	if name != "cluster.jsonnet" && (d.Pos.Line == 0 || d.Pos.Col == 0) {
		t.Errorf("no place: %+v", d)
	}
	if _, err := diag.Path(d.Field).Steps(); err != nil {
		t.Error(err)
	}
}

func globAll(f *testing.F, patterns ...string) []string {
	f.Helper()
	var all []string
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("no file matches %s (%v)", pattern, err)
		}
		all = append(all, files...)
	}
	return all
}
