package tree_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/harender/harender/internal/tree"
)

// TestMain lets the test binary stand in for harender, so that tests can kill it, starve it and run many at once.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "child" {
		runtime.LockOSThread()
		if err := child(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func child(args []string) error {
	verb, repo := args[0], args[1]
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	switch verb {
	case "replace":
		_, err := tree.Replace(repo, "rendered", state(n), gone(n))
		return err
	case "hold":
		return hold(repo)
	case "rounds":
		return rounds(repo, n)
	case "cramped":
		return cramped(repo)
	default:
		return fmt.Errorf("no verb %q", verb)
	}
}

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

// snapshot describes everything below dir: path, type, mode and content of each object, sorted.
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
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, p)
		content := ""
		switch {
		case info.Mode().IsRegular():
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			content = strconv.Quote(string(b))
		case info.Mode()&fs.ModeSymlink != 0:
			if content, err = os.Readlink(p); err != nil {
				return err
			}
		}
		lines = append(lines, fmt.Sprintf("%s %v %s", rel, info.Mode(), content))
		return nil
	})
	slices.Sort(lines)
	return strings.Join(lines, "\n"), err
}

// write puts files below the repository, with their directories.
func write(t testing.TB, repo string, files map[string]string) {
	t.Helper()
	for p, content := range files {
		p = filepath.Join(repo, filepath.FromSlash(p))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
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

// rounds replaces the directory again and again under the lock, each time to the state after the one it finds, and
// looks whether it got there.
func rounds(repo string, n int) error {
	for range n {
		if err := round(repo); err != nil {
			return err
		}
	}
	return nil
}

func round(repo string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	unlock, err := tree.Lock(ctx, repo)
	if err != nil {
		return err
	}
	var found int
	b, err := os.ReadFile(filepath.Join(repo, "rendered", "m1", "etc", "differs"))
	if err != nil {
		return err
	}
	if _, err := fmt.Sscanf(string(b), "build %d", &found); err != nil {
		return err
	}
	if _, err := tree.Replace(repo, "rendered", state(found+1), gone(found+1)); err != nil {
		return err
	}
	if stats, err := tree.Replace(repo, "rendered", state(found+1), nil); err != nil || stats.Written > 0 {
		return fmt.Errorf("another process changed the directory under the lock: %v %w", stats, err)
	}
	return unlock()
}
