package repository_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/repository"
)

const (
	refused = "../../testdata/layers"
	// recipient is the public half of a key that was made for these tests and thrown away.
	recipient = "age1m7jf24wf72jndy3up638nq477m2spjmf8wl3pjqlq54m2sj7l9gswacrgm"
)

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
	root := t.TempDir()
	given := slices.DeleteFunc(slices.Clone(archive.Files), func(f txtar.File) bool { return f.Name == "want.txt" })
	policy := txtar.File{Name: ".sops.yaml", Data: []byte("creation_rules:\n  - age: " + recipient + "\n")}
	whole := &txtar.Archive{Files: append(given, policy)}
	if !slices.ContainsFunc(given, func(f txtar.File) bool { return f.Name == "cluster.yaml" }) {
		whole.Files = append(whole.Files, txtar.File{Name: "cluster.yaml", Data: base})
	}
	if err := txtar.Write(whole, root); err != nil {
		t.Fatal(err)
	}
	_, list := repository.Check(root, repository.Environment{Builtin: harender.Assets, Now: time.Now, LookupEnv: os.LookupEnv})
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
