// Package testtool finds the programs that tests compare with, such as stock sops, and makes keys for them.
package testtool

import (
	"bytes"
	"os/exec"
	"path"
	"path/filepath"
	"testing"
)

// Build gives the path of the main package pkg, one of the tools of the module testdata/tools. The first call of all
// builds every one of them, which takes minutes; they are kept from then on.
func Build(t testing.TB, pkg string) string {
	t.Helper()
	return filepath.Join(Set(t, "tools"), path.Base(pkg))
}

// Set gives the folder of the programs of a module beside testdata/realbin.sh. The set versions is there for each minor of
// Kubernetes.
func Set(t testing.TB, name string, minor ...string) string {
	t.Helper()
	return run(t, "sh", append([]string{filepath.Join(Testdata(t), "realbin.sh"), name}, minor...)...)
}

// Testdata gives the path of the repository's folder of that name.
func Testdata(t testing.TB) string {
	t.Helper()
	return filepath.Join(filepath.Dir(run(t, "go", "env", "GOMOD")), "testdata")
}

// Git runs git in a folder, as somebody, and gives what it prints.
func Git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	return run(t, "git", append([]string{"-C", dir, "-c", "user.name=n", "-c", "user.email=e"}, args...)...)
}

func run(t testing.TB, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...) // #nosec G204 -- the calls above
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, &complaints)
	}
	return string(bytes.TrimSpace(out))
}
