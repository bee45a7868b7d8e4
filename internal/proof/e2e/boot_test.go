//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// tell tells a story inside the namespaces.
func tell(t *testing.T, build string, story func(*suite) error) {
	t.Helper()
	var found programs
	if err := json.Unmarshal([]byte(os.Getenv(programsEnv)), &found); err != nil {
		t.Fatal(err)
	}
	if err := settleInside(t.Context()); err != nil {
		t.Fatal(err)
	}
	p, err := newProof(t.Context(), build, found)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOPS_AGE_KEY_FILE", filepath.Join(p.work, "operator.agekey"))
	t.Cleanup(func() {
		if err := p.tidy(); err != nil {
			t.Error(err)
		}
		t.Log("\n" + p.report.markdown())
	})
	if err := story(p); err != nil {
		t.Errorf("%v\n%s", err, tails(p.logs))
	}
}
