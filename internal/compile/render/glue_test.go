package render

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile/layer"
)

var update = flag.Bool("update", false, "write what the test compares with")

// TestGlueInput keeps what the bench's glue hands to the library in step with what harender hands to it. With -update it
// writes it.
func TestGlueInput(t *testing.T) {
	const file = "../../proof/bench/glue/input.json"
	layers := layer.Stack{os.DirFS(filepath.Join(clusters, "stacked")), harender.Assets}
	p := planOf(t, layers)
	releases, list := readReleases(p, layers)
	if list.HasErrors() {
		t.Fatal(list)
	}
	all, err := groups(p, releases)
	if err != nil || len(all) != 2 {
		t.Fatalf("%d groups, %v", len(all), err)
	}
	for i := range all {
		all[i].input.Release = json.RawMessage("null") // The glue reads the version's data by itself.
	}
	want, err := json.MarshalIndent(map[string]input{"master": all[0].input, "worker": all[1].input}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile(file, want, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Errorf("%s is not what the library takes: run go test ./internal/compile/render -run GlueInput -update", file)
	}
}
