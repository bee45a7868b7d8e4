//go:build e2e

package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// removeLeftCgroups removes the cgroups of containers that ended with their host and so were never cleaned up. Their ids
// are the names of folders that the hosts' containerd keeps. Hierarchies lie side by side, or there is a single one.
func removeLeftCgroups(work string) error {
	tasks, err := filepath.Glob(filepath.Join(work, "hosts/*/var/lib/containerd/io.containerd.runtime.v2.task/k8s.io/*"))
	if err != nil {
		return err
	}
	var errs []error
	for _, t := range tasks {
		for _, pattern := range []string{"/sys/fs/cgroup/*/", "/sys/fs/cgroup/"} {
			dirs, err := filepath.Glob(pattern + filepath.Base(t))
			if err != nil {
				return err
			}
			for _, dir := range dirs {
				errs = append(errs, os.Remove(dir))
			}
		}
	}
	return errors.Join(errs...)
}

// tails gives the last lines of every log below dir: what there is to read when a run has failed.
func tails(dir string) string {
	const lines = 5
	var b strings.Builder
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".log" {
			return nil //nolint:nilerr // what can be read is enough
		}
		text, err := os.ReadFile(path) //nolint:gosec // below the test's own folder
		if err != nil {
			return nil //nolint:nilerr // what can be read is enough
		}
		all := strings.Split(strings.TrimSpace(string(text)), "\n")
		b.WriteString("\n" + path + "\n    " + strings.Join(all[max(0, len(all)-lines):], "\n    "))
		return nil
	})
	return b.String()
}
