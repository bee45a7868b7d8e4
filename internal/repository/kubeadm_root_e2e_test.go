//go:build e2e

package repository_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/proof/testtool"
	"github.com/harender/harender/internal/repository"
)

// kubeadm runs the real program where a node's files are, one folder a node, in memory since the keys are open there.
type kubeadm struct{ roots map[string]string }

// newKubeadm builds a golden cluster, with spec.bootstrap set unless that is empty.
func newKubeadm(t *testing.T, name, bootstrap string) kubeadm {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(clusters, name))); err != nil {
		t.Fatal(err)
	}
	if spec := filepath.Join(dir, "cluster.yaml"); bootstrap != "" {
		text := replaced(t, read(t, spec), "\nspec:\n", "\nspec:\n  bootstrap: "+bootstrap+"\n")
		if err := os.WriteFile(spec, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	operator := testtool.Age(t)
	if err := os.WriteFile(filepath.Join(dir, ".sops.yaml"), []byte("creation_rules: [{age: "+operator.Recipient().String()+"}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, list, err := repository.Build(context.Background(), dir, repository.Environment{
		Builtin: harender.Assets, Now: time.Now, Rand: rand.Reader,
		LookupEnv: func(name string) (string, bool) { return operator.String(), name == "SOPS_AGE_KEY" },
	}, repository.Options{})
	if err != nil || list.HasErrors() {
		t.Fatal(err, list)
	}
	memory, err := os.MkdirTemp("/dev/shm", "harender-kubeadm-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(memory) })
	k := kubeadm{roots: map[string]string{}}
	for _, file := range glob(t, filepath.Join(dir, "rendered/*/etc/kubernetes/kubeadm.yaml")) {
		rendered := strings.TrimSuffix(file, "/etc/kubernetes/kubeadm.yaml")
		node := filepath.Base(rendered)
		k.roots[node] = filepath.Join(memory, node)
		opened(t, rendered, k.roots[node], operator.String())
		for _, folder := range []string{manifests, "tmp"} {
			if err := os.MkdirAll(filepath.Join(k.roots[node], folder), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		program, err := os.ReadFile(filepath.Join(realPrograms(t, "kubernetes"), "kubeadm"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(k.roots[node], "kubeadm"), program, 0o700); err != nil { // #nosec G306 -- it is run
			t.Fatal(err)
		}
	}
	if len(k.roots) == 0 {
		t.Fatal("no node has a configuration of kubeadm")
	}
	return k
}

// opened copies a node's directory, without the seals.
func opened(t *testing.T, from, to, key string) {
	t.Helper()
	sops := filepath.Join(realPrograms(t, "tools"), "sops")
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name := filepath.Join(to, strings.TrimPrefix(path, from))
		if plain, sealed := strings.CutSuffix(name, ".sops"); err == nil && sealed {
			name = plain
			open := exec.Command(sops, "decrypt", "--input-type", "binary", "--output-type", "binary", path)
			open.Env = append(os.Environ(), "SOPS_AGE_KEY="+key)
			text, err = open.Output()
		}
		if err == nil {
			err = os.MkdirAll(filepath.Dir(name), 0o700)
		}
		if err == nil {
			err = os.WriteFile(name, text, 0o600)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// run gives all that kubeadm says, in a root of the node's own.
func (k kubeadm) run(t *testing.T, node string, args ...string) string {
	t.Helper()
	cmd := exec.Command("/kubeadm", append(args, "--config=/etc/kubernetes/kubeadm.yaml")...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: k.roots[node]}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: kubeadm %s: %v\n%s", node, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (k kubeadm) digests(t *testing.T, node string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(k.roots[node]), "etc", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(k.roots[node], name))
		out[name] = fmt.Sprintf("%x", sha256.Sum256(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (k kubeadm) manifestFlags(t *testing.T, node, pod string) map[string]string {
	t.Helper()
	var p corev1.Pod
	if err := yaml.Unmarshal(read(t, filepath.Join(k.roots[node], manifests, pod+".yaml")), &p); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, arg := range p.Spec.Containers[0].Command[1:] {
		name, value, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		out[name] = value
	}
	return out
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
