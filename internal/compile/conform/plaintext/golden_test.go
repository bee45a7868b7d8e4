package plaintext_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/harender/harender/internal/compile/conform/plaintext"
	"github.com/harender/harender/internal/compile/release"
)

const root = "../../../../"

// words of the program that reads a file.
func words(t *testing.T, name string) release.Words {
	t.Helper()
	program := "systemd"
	switch filepath.Base(name) {
	case "haproxy.cfg":
		program = "haproxy"
	case "keepalived.conf":
		program = "keepalived"
	case "Corefile":
		program = "coredns"
	}
	w, list := release.ReadWords(os.DirFS(root), program)
	if len(list) > 0 {
		t.Fatal(list)
	}
	return w
}

// TestGolden: what harender renders has no mistake.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob(root + "testdata/clusters/*/rendered.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	seen := map[string]bool{}
	judged := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			_, rest, _ := strings.Cut(f.Name, ": ")
			name, _, _ := strings.Cut(rest, " ")
			if !plaintext.Knows(name) || seen[name+string(f.Data)] {
				continue
			}
			seen[name+string(f.Data)] = true
			judged++
			for _, finding := range plaintext.Judge(name, string(f.Data), words(t, name)) {
				t.Errorf("%s: %s line %d: %s (%s)", file, name, finding.Line, finding.Summary, finding.Hint)
			}
		}
	}
	if judged < 50 {
		t.Errorf("only %d files were judged", judged)
	}
}
