package rollout_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDrain runs the command that empties a node that leaves, with a kubectl that says what there is: pods of a machine that is
// dead or gone cannot end, and an apiserver that does not answer is no such machine.
func TestDrain(t *testing.T) {
	w := newWorld()
	delete(w.now.Directories, "w2")
	w.facts.Fleet.Nodes = w.facts.Fleet.Nodes[:4]
	_, plan := w.make()
	before := plan.Steps[len(plan.Steps)-1].Before
	if len(before) != 2 || !strings.HasSuffix(before[1].Run, " delete node w2 --ignore-not-found") {
		t.Fatalf("%+v", before)
	}
	for _, c := range []struct {
		name, get      string
		drained, fails bool
	}{
		{"ready", "printf True", true, false},
		{"dead", "printf Unknown", false, false},
		{"not ready", "printf False", false, false},
		{"gone", ":", false, false},
		{"no apiserver", "exit 1", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			script := "#!/bin/sh\ncase $2 in get) " + c.get + " ;; drain) touch " + filepath.Join(dir, "drained") + " ;; *) exit 1 ;; esac\n"
			if err := os.WriteFile(filepath.Join(dir, "kubectl"), []byte(script), 0o700); err != nil { // #nosec G306 -- a program
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "sh", "-c", before[0].Run) // #nosec G204 -- a command of the plan
			cmd.Env = append(os.Environ(), "PATH="+dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
			out, err := cmd.CombinedOutput()
			_, missing := os.Stat(filepath.Join(dir, "drained"))
			if (err != nil) != c.fails || (missing == nil) != c.drained {
				t.Errorf("%v, drained: %v\n%s", err, missing == nil, out)
			}
		})
	}
}
