package repository_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/render"
)

// TestOwnFlags: the library and the built-in overlays set nothing that the components do not have, and what they set of
// deprecated flags is not put down to the user.
func TestOwnFlags(t *testing.T) {
	dirs, err := os.ReadDir(clusters)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		repository := os.DirFS(clusters + "/" + d.Name())
		_, list := compile.Compile(repository, harender.Assets, render.Here)
		for _, found := range list {
			if _, err := fs.Stat(repository, found.Pos.File); err == nil {
				continue // The cluster's own doing.
			}
			if strings.Contains(found.Summary, "flag") || strings.Contains(found.Summary, "deprecated") {
				t.Errorf("%s: %s", d.Name(), found.Summary)
			}
		}
	}
}

func TestUnknownFlagsOfAVersion(t *testing.T) {
	same := func(s string) string { return s }
	for _, c := range []struct {
		name, flags, want string
		errors            bool
	}{
		{"none", "", "add lib/versions/1.99/flags.json", false},
		{"broken", `{"etcd": {"flagz": {}}}`, "lib/versions/1.99/flags.json is not the data of a version", true},
		{"other", `{"etcd": {"version": "3.9", "flags": {"name": {"type": "string"}}}}`, "etcd 3.9 has no flag --data-dir", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			repository := withVersion(t, same)
			if c.flags != "" {
				repository["lib/versions/1.99/flags.json"] = &fstest.MapFile{Data: []byte(c.flags)}
			}
			_, list := compile.Compile(repository, harender.Assets, render.Here)
			if text := printed(t, list); list.HasErrors() != c.errors || !strings.Contains(text, c.want) {
				t.Errorf("got\n%s", text)
			}
		})
	}
}
