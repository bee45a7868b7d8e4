package repository_test

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// TestExamples compiles every example of a spec in the guides of single fields.
func TestExamples(t *testing.T) {
	base := string(read(t, filepath.Join(guideFiles, "cluster.yaml")))
	for _, name := range []string{"cloud", "components", "storage"} {
		found := examples(string(read(t, "../../docs/"+name+".md")))
		if len(found) == 0 {
			t.Errorf("docs/%s.md has no example", name)
		}
		for _, e := range found {
			t.Run(name+"/"+strings.ReplaceAll(e.heading, " ", "-"), func(t *testing.T) {
				compileRepository(t, fstest.MapFS{"cluster.yaml": {Data: merged(t, base, e.spec)}})
			})
		}
	}
}
