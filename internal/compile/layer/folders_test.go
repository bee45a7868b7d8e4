package layer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/harender/harender/internal/compile/layer"
)

func TestCheckFolders(t *testing.T) {
	for name, c := range map[string]struct {
		make func(root string) error
		want string
	}{
		"nothing":           {func(string) error { return nil }, ""},
		"folders":           {func(root string) error { return os.MkdirAll(filepath.Join(root, "overlays/x"), 0o750) }, ""},
		"link for overlays": {link("overlays", "real"), "overlays is a symbolic link, and layers are plain folders"},
		"link for lib":      {link("lib", "/etc"), "lib is a symbolic link, and layers are plain folders"},
		"link for base":     {link("base", "nowhere"), "base is a symbolic link, and layers are plain folders"},
		"link for overlay":  {link("overlays/x", "y"), "overlays/x is a symbolic link, and layers are plain folders"},
		"link to nothing":   {link("overlays/x", "../elsewhere/x"), "overlays/x is a symbolic link, and layers are plain folders"},
		"link to a file":    {link("overlays/README", "../cluster.yaml"), ""},
		"file for overlays": {func(root string) error { return os.WriteFile(filepath.Join(root, "overlays"), nil, 0o600) }, "overlays is a file, and layers are folders"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for _, dir := range []string{"real", "overlays-of/y"} {
				if err := os.MkdirAll(filepath.Join(root, dir), 0o750); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(root, "cluster.yaml"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := c.make(root); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range layer.CheckFolders(os.DirFS(root)) {
				got = append(got, d.Summary)
				if d.Hint == "" {
					t.Error("no hint")
				}
			}
			if strings.Join(got, "\n") != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func link(name, target string) func(string) error {
	return func(root string) error {
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o750); err != nil {
			return err
		}
		return os.Symlink(target, at)
	}
}

// Editors and git add marks on some systems that say nothing: what is read has none of them.
func TestSourceWithoutMarks(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"a.libsonnet": "\ufeff{\r\n}\r\n", "b.sh": "\ufeffa\r\n", "c.yaml": "a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> other\n", "d.sh": "<<<<<<< HEAD\n>>>>>>> other\n",
		"e.txt": "<<<<<<< HEAD\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"a.libsonnet": "{\n}\n", "b.sh": "\ufeffa\r\n", "e.txt": "<<<<<<< HEAD\n", "c.yaml": "merge conflict", "d.sh": "merge conflict"} {
		got, err := layer.Stack{os.DirFS(root)}.ReadFile(name)
		if err != nil && !strings.Contains(err.Error(), want) || err == nil && string(got) != want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
	}
}
