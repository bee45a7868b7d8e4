//go:build e2e

package e2e

import (
	"cmp"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// programsEnv hands the second process the folders of the programs: it has no network to build any.
const programsEnv = "HARENDER_E2E_PROGRAMS"

// TestBoot is the boot proof.
func TestBoot(t *testing.T) { prove(t, ".build", (*suite).story) }

// TestKubeadm brings a cluster up with kubeadm, by the commands of docs/kubeadm.md.
func TestKubeadm(t *testing.T) { prove(t, ".build/kubeadm", (*suite).kubeadmStory) }

// prove tells a story. Its hosts live in namespaces that end with it; see runInside.
func prove(t *testing.T, build string, story func(*suite) error) {
	t.Helper()
	repository, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	if inside() {
		tell(t, filepath.Join(repository, build), story)
		return
	}
	if os.Geteuid() != 0 {
		t.Fatal("the boot proof makes namespaces and mounts: run it as root")
	}
	found, err := json.Marshal(buildPrograms(t, repository))
	if err != nil {
		t.Fatal(err)
	}
	if err := runInside(t.Name(), timeLeft(t), []string{programsEnv + "=" + string(found)}); err != nil {
		t.Fatalf("the test inside: %v", err)
	}
}

// timeLeft leaves the process inside time to say what is wrong before this one ends.
func timeLeft(t *testing.T) time.Duration {
	deadline, limited := t.Deadline()
	if !limited {
		return 0
	}
	return time.Until(deadline) - 30*time.Second
}

// buildPrograms builds what the images hold, unless an earlier run has.
func buildPrograms(t *testing.T, repository string) programs {
	t.Helper()
	pod := filepath.Join(repository, ".build", "e2e-pod")
	build := exec.Command("go", "build", "-trimpath", "-o", pod, "./pod")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if _, err := run(build); err != nil {
		t.Fatal(err)
	}
	return programs{
		Harender:   cmp.Or(os.Getenv("HARENDER"), filepath.Join(repository, ".build/bin/harender")),
		Kubernetes: realPrograms(t, repository, "kubernetes"),
		Etcd:       realPrograms(t, repository, "etcd"),
		CoreDNS:    realPrograms(t, repository, "coredns"),
		Tools:      realPrograms(t, repository, "tools"),
		Pod:        pod,
	}
}

// realPrograms builds one of the modules of testdata, unless an earlier run has, and gives the folder.
func realPrograms(t *testing.T, repository, name string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(repository, "testdata/realbin.sh"), name)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("build the %s programs: %v", name, err)
	}
	return strings.TrimSpace(string(out))
}

// TestRotation replaces what a cluster trusts while a client writes.
func TestRotation(t *testing.T) { prove(t, ".build/rotation", (*suite).rotationStory) }
