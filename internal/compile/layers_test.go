package compile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile"
)

const refused = "../../testdata/layers"

// TestRefused: every archive holds layers that are wrong and, as want.txt, what harender says about them.
func TestRefused(t *testing.T) {
	base := read(t, filepath.Join(refused, "cluster.yaml"))
	files, err := filepath.Glob(filepath.Join(refused, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives in %s (%v)", refused, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := refusal(t, base, archive)
			last := len(archive.Files) - 1
			if archive.Files[last].Name != "want.txt" {
				archive.Files = append(archive.Files, txtar.File{Name: "want.txt"})
				last++
			}
			archive.Files[last].Data = []byte(got)
			compareGolden(t, file, txtar.Format(archive))
		})
	}
}

func refusal(t *testing.T, base []byte, archive *txtar.Archive) string {
	t.Helper()
	repository := fstest.MapFS{"cluster.yaml": {Data: base}}
	for _, f := range archive.Files {
		if f.Name != "want.txt" {
			repository[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	_, list := compile.Compile(repository, harender.Assets)
	if len(list) == 0 {
		t.Error("harender has nothing to say about it")
	}
	for _, d := range list {
		if d.Hint == "" {
			t.Errorf("no hint: %s", d.Summary)
		}
	}
	return printed(t, list)
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file) // #nosec G304 -- a test's own file
	if err != nil {
		t.Fatal(err)
	}
	return data
}
