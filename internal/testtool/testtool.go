// Package testtool finds the programs that tests take as witnesses, such as stock sops.
package testtool

import (
	"bytes"
	"os/exec"
	"path"
	"path/filepath"
	"testing"
)

// Build gives the path of the main package pkg, one of the tools of the module testdata/witnesses. The first call of all
// builds every one of them, which takes minutes; they are kept from then on.
func Build(t testing.TB, pkg string) string {
	t.Helper()
	module := run(t, "go", "env", "GOMOD")
	folder := run(t, "sh", filepath.Join(filepath.Dir(module), "testdata", "realbin.sh"), "witnesses")
	return filepath.Join(folder, path.Base(pkg))
}

func run(t testing.TB, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...) // #nosec G204 -- the two calls above
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, &complaints)
	}
	return string(bytes.TrimSpace(out))
}
