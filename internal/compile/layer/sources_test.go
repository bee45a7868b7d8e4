package layer_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/harender/harender/internal/compile/layer"
)

// TestSources: of a repository, layers read the spec and three folders, and nothing that is hidden there; no link in
// these leads to anything else.
func TestSources(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{
		"cluster.jsonnet", "lib/a.libsonnet", "lib/.hidden", "lib/.git/config", "base/a.yaml", "overlays/o/overlay.libsonnet",
		"overlays/o/.env", ".env", ".git/config", "admin.conf", "secrets/x", "rendered/x", "library/x", "nodes.json",
	} {
		file := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte("{}\n"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{
		"lib/good": "a.libsonnet", "lib/up": "../overlays", "lib/env": "../.env", "lib/git": "../.git", "lib/conf": "../admin.conf",
		"lib/all": "..", "lib/own": ".hidden", "lib/loop": "loop", "lib/abs": "/etc/passwd", "lib/out": "../../x", "lib/two": "conf",
	} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	dir, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }()
	stack := layer.Stack{layer.Sources(dir.FS(), "cluster.jsonnet")}
	for _, name := range []string{
		"cluster.jsonnet", "lib/a.libsonnet", "base/a.yaml", "overlays/o/overlay.libsonnet", "lib/good", "lib/up/o/overlay.libsonnet",
	} {
		if _, err := fs.ReadFile(stack, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{
		"lib/.hidden", "lib/.git/config", "overlays/o/.env", ".env", ".git/config", "admin.conf", "secrets/x", "rendered/x", "library/x",
		"nodes.json", "lib/env", "lib/git/config", "lib/conf", "lib/all/.env", "lib/all/admin.conf", "lib/own", "lib/loop", "lib/abs", "lib/out", "lib/two",
	} {
		if _, err := fs.ReadFile(stack, name); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	entries, err := fs.ReadDir(stack, "overlays/o")
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// TestText: source code is what it shows.
func TestText(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "lib"), 0o700); err != nil {
		t.Fatal(err)
	}
	for ext, checked := range map[string]bool{".yaml": true, ".yml": true, ".json": true, ".jsonnet": true, ".libsonnet": true, ".txt": false} {
		if err := os.WriteFile(filepath.Join(root, "lib/x"+ext), []byte("a\n# é\u2028b: c\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := layer.Stack{os.DirFS(root)}.ReadFile("lib/x" + ext)
		if told := err != nil && strings.HasPrefix(err.Error(), "lib/x"+ext+":2:4 it has U+2028"); told != checked {
			t.Errorf("%s: %v", ext, err)
		}
	}
}
