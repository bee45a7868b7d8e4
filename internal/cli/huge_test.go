package cli_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestHugeFiles: what would not fit into memory, or would be waited for without end, is told in a moment, wherever it lies and whichever command
// reads it, and is not read.
func TestHugeFiles(t *testing.T) {
	o := newOperator(t)
	base := filepath.Join(t.TempDir(), "base")
	o.must(t, "init", base, "--control-plane", "1", "--workers", "1")
	o.must(t, "build", base)
	const sealed = "secrets/nodes/w1/kubelet-client.key.sops"
	places := map[string]string{ // By the command that has to read it.
		"cluster.yaml": "check DIR", "overlays/x/overlay.libsonnet": "check DIR", "lib/x.libsonnet": "check DIR", ".sops.yaml": "verify DIR",
		"rendered/m1.index.json": "verify DIR", "rendered/m1/etc/kubernetes/kubelet.env": "verify DIR", "rendered/m1/etc/kubernetes/manifests/etcd.yaml": "diff DIR",
		sealed: "verify DIR", "secrets/SHA256SUMS": "verify DIR", "secrets/nodes/w1/kubelet-client.crt": "certs list DIR", "secrets/csr/apiserver.json": "build DIR",
	}
	for name, spoil := range map[string]func(file string) error{
		"3 GiB":    func(file string) error { return errors.Join(os.WriteFile(file, nil, 0o600), os.Truncate(file, 3<<30)) },
		"a pipe":   func(file string) error { return syscall.Mkfifo(file, 0o600) },
		"a device": func(file string) error { return os.Symlink("/dev/zero", file) },
	} {
		for _, place := range slices.Sorted(maps.Keys(places)) {
			if name != "3 GiB" && !slices.Contains([]string{"cluster.yaml", ".sops.yaml", "rendered/m1.index.json", sealed}, place) {
				continue // One place each of what is read in the same way; layers have a test of their own.
			}
			dir := filepath.Join(t.TempDir(), "r")
			must(t, os.CopyFS(dir, os.DirFS(base)))
			if strings.HasPrefix(place, "overlays/") || strings.HasPrefix(place, "lib/") {
				change(t, dir, "cluster.yaml", "\n  nodes:\n", "\n  overlays: [x]\n  nodes:\n")
				must(t, os.MkdirAll(filepath.Join(dir, "lib"), 0o700))
				must(t, os.MkdirAll(filepath.Join(dir, "overlays/x"), 0o700))
				write(t, filepath.Join(dir, "overlays/x/overlay.libsonnet"), "(import 'x.libsonnet')")
			}
			file := filepath.Join(dir, place)
			must(t, os.MkdirAll(filepath.Dir(file), 0o700))
			must(t, os.RemoveAll(file))
			must(t, spoil(file))
			for _, line := range []string{"textconv FILE", places[place]} {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				began := time.Now()
				code, stdout, stderr := o.run(strings.Fields(strings.NewReplacer("DIR", dir, "FILE", file).Replace(line))...)
				runtime.ReadMemStats(&after)
				text := stdout + stderr
				if !strings.Contains(text, filepath.Base(place)) || code == 0 && !strings.Contains(text, "warning") || strings.Contains(text, "goroutine ") {
					t.Errorf("%s as %s, %s: exit status %d\n%s", place, name, line, code, text)
				}
				if took, size := time.Since(began), (after.TotalAlloc-before.TotalAlloc)>>20; took > time.Minute || size > 500 {
					t.Errorf("%s as %s, %s: %s, %d MiB", place, name, line, took, size)
				}
			}
		}
	}
}
