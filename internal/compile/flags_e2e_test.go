//go:build e2e

package compile_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// TestFlags holds every flag that a golden cluster gives to a component to those that the real program lists. It needs the
// real programs, which take minutes to build, and so runs with the boot proof.
func TestFlags(t *testing.T) {
	kubernetes := realPrograms(t, "kubernetes")
	programs := map[string]string{"etcd": filepath.Join(realPrograms(t, "etcd"), "etcd")}
	for _, name := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet"} {
		programs[name] = filepath.Join(kubernetes, name)
	}
	known := map[string]map[string]bool{}
	for name, program := range programs {
		known[name] = helped(t, program)
	}
	dirs, err := os.ReadDir(clusters)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		for _, m := range machines(t, compileCluster(t, d.Name())) {
			for name := range programs {
				for flag := range m.flags(name) {
					if !known[name][flag] {
						t.Errorf("%s: %s: %s has no flag --%s", d.Name(), m.Cluster.Name, name, flag)
					}
				}
			}
		}
	}
}

var inHelp = regexp.MustCompile(`(?m)^\s+(?:-\w, )?--([a-z0-9-]+)`)

func helped(t *testing.T, program string) map[string]bool {
	t.Helper()
	out, err := exec.Command(program, "--help").CombinedOutput() // #nosec G204 -- a witness of this test
	if err != nil {
		t.Fatalf("%s --help: %v", program, err)
	}
	flags := map[string]bool{}
	for _, m := range inHelp.FindAllSubmatch(out, -1) {
		flags[string(m[1])] = true
	}
	if len(flags) < 20 {
		t.Fatalf("%s lists %d flags:\n%s", program, len(flags), out)
	}
	return flags
}
