//go:build e2e

package e2e

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// removeLeftCgroups removes the cgroups of containers that ended with their host and so were never cleaned up. They bear
// the ids of the containers, by which the hosts' containerd names its folders.
func removeLeftCgroups(work string) error {
	tasks, err := filepath.Glob(filepath.Join(work, "hosts/*/var/lib/containerd/io.containerd.runtime.v2.task/k8s.io/*"))
	if err != nil {
		return err
	}
	ids := map[string]bool{}
	for _, t := range tasks {
		ids[filepath.Base(t)] = true
	}
	var left []string
	err = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // others' cgroups come and go
		case err == nil && ids[d.Name()]:
			left = append(left, path)
			return fs.SkipDir
		}
		return err
	})
	for _, path := range left {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// tails gives the last lines of every log below dir: what there is to read when a run has failed.
func tails(dir string) string {
	const lines = 5
	var b strings.Builder
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".log" {
			return nil //nolint:nilerr // what can be read is enough
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil //nolint:nilerr // what can be read is enough
		}
		all := strings.Split(strings.TrimSpace(string(text)), "\n")
		b.WriteString("\n" + path + "\n    " + strings.Join(all[max(0, len(all)-lines):], "\n    "))
		return nil
	})
	return b.String()
}
