// Package testtool builds the programs that tests take as witnesses, such as stock sops, from the modules that go.mod
// pins.
package testtool

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"testing"

	"github.com/gofrs/flock"
)

// Build gives the path of the main package pkg of this module or of one of its dependencies, built. The binary stays in
// the user's cache folder, where the next test finds it; go build sees whether it is up to date.
func Build(t testing.TB, pkg string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatalf("building %s: %v", pkg, err)
	}
	dir := filepath.Join(cache, "harender-test")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatalf("building %s: %v", pkg, err)
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	if err := lock.Lock(); err != nil {
		t.Fatalf("building %s: %v", pkg, err)
	}
	defer func() { _ = lock.Unlock() }()
	binary := filepath.Join(dir, path.Base(pkg))
	build := exec.Command("go", "build", "-o", binary, pkg) // #nosec G204 -- a test names the package
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", pkg, err, out)
	}
	return binary
}
