package tree_test

import (
	"cmp"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/harender/harender/internal/deliver/tree"
)

// state is what build n writes: some files are the same in all builds, some differ, some come and go.
func state(n int) []tree.Entry {
	e := []tree.Entry{
		{Path: "m1.index.json", Content: fmt.Appendf(nil, "index %d\n", n)},
		{Path: "m1/etc/same", Content: []byte("same\n")},
		{Path: "m1/etc/deep/er/same", Content: []byte("same too\n")},
		{Path: "m1/etc/differs", Content: fmt.Appendf(nil, "build %d\n", n)},
		{Path: "m2/same", Content: []byte("m2\n")},
	}
	return append(e, tree.Entry{Path: fmt.Sprintf("m2/only/in/%d", n), Content: []byte("x\n")})
}

// gone is what state n-1 has and state n has not.
func gone(n int) []string { return []string{fmt.Sprintf("m2/only/in/%d", n-1)} }

// repository makes a directory for a test, in memory if the system has such a place: every replacement waits for the
// disk, and these tests make thousands.
func repository(t testing.TB) string {
	t.Helper()
	if info, err := os.Stat("/dev/shm"); err != nil || !info.IsDir() {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("/dev/shm", "harender-tree-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// snapshot describes everything below dir: path, type, mode, owner and content of each object, sorted.
func snapshot(t testing.TB, dir string) string {
	t.Helper()
	s, err := describe(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func describe(dir string) (string, error) {
	var lines []string
	// #nosec G703 -- a directory of the test
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		content := ""
		switch {
		case info.Mode().IsRegular():
			b, err := os.ReadFile(p) // #nosec G122 G304 -- below a directory of the test
			if err != nil {
				return err
			}
			content = strconv.Quote(string(b))
		case info.Mode()&fs.ModeSymlink != 0:
			if content, err = os.Readlink(p); err != nil {
				return err
			}
		}
		owner, err := statOf(info)
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(strings.TrimPrefix(p, dir), "/")
		lines = append(lines, fmt.Sprintf("%s %v %d:%d %s", cmp.Or(rel, "."), info.Mode(), owner.Uid, owner.Gid, content))
		return nil
	})
	slices.Sort(lines)
	return strings.Join(lines, "\n"), err
}

func statOf(info fs.FileInfo) (*syscall.Stat_t, error) {
	raw, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil, fmt.Errorf("%s: no attributes of the system's", info.Name())
	}
	return raw, nil
}

// write puts files below the repository, with their directories.
func write(t testing.TB, repo string, files map[string]string) {
	t.Helper()
	for p, content := range files {
		p = filepath.Join(repo, filepath.FromSlash(p))
		must(t, makeDir(filepath.Dir(p)))
		must(t, makeFile(p, content))
	}
}

func makeDir(p string) error { return os.MkdirAll(p, 0o755) } // #nosec G301 G703 -- as git makes them

func makeFile(p, content string) error { return os.WriteFile(p, []byte(content), 0o644) } // #nosec G306 -- as git makes them

// content reads a file of a test.
func content(t testing.TB, path ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...)) // #nosec G304 -- below a directory of the test
	must(t, err)
	return string(b)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// random gives other numbers in each run, and tells the seed that repeats them.
func random(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64() // #nosec G404 -- no secret
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0)) // #nosec G404 -- no secret
}

func replace(t testing.TB, repo string, write []tree.Entry, remove ...string) tree.Stats {
	t.Helper()
	stats, err := tree.Replace(repo, "rendered", write, remove)
	if err != nil {
		t.Fatal(err)
	}
	return stats
}

func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
