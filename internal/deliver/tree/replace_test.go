package tree_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/harender/harender/internal/deliver/tree"
)

func TestReplace(t *testing.T) {
	repo := repository(t)
	if stats := replace(t, repo, state(1)); stats != (tree.Stats{Written: 6}) {
		t.Errorf("first: %+v", stats)
	}
	if stats := replace(t, repo, state(2), gone(2)...); stats != (tree.Stats{Written: 3, Removed: 1, Unchanged: 3}) {
		t.Errorf("second: %+v", stats)
	}
	me := fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid())
	want := strings.ReplaceAll(strings.Join([]string{
		`. drwxr-xr-x ME `,
		`m1 drwxr-xr-x ME `,
		`m1.index.json -rw-r--r-- ME "index 2\n"`,
		`m1/etc drwxr-xr-x ME `,
		`m1/etc/deep drwxr-xr-x ME `,
		`m1/etc/deep/er drwxr-xr-x ME `,
		`m1/etc/deep/er/same -rw-r--r-- ME "same too\n"`,
		`m1/etc/differs -rw-r--r-- ME "build 2\n"`,
		`m1/etc/same -rw-r--r-- ME "same\n"`,
		`m2 drwxr-xr-x ME `,
		`m2/only drwxr-xr-x ME `,
		`m2/only/in drwxr-xr-x ME `,
		`m2/only/in/2 -rw-r--r-- ME "x\n"`,
		`m2/same -rw-r--r-- ME "m2\n"`,
	}, "\n"), "ME", me)
	if got := snapshot(t, filepath.Join(repo, "rendered")); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := names(t, repo); !slices.Equal(got, []string{"rendered"}) {
		t.Errorf("left over: %v", got)
	}
}

// A umask must not show in the tree.
func TestReplaceModes(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	repo := repository(t)
	replace(t, repo, state(1))
	for _, p := range []string{"rendered", "rendered/m1/etc"} {
		if info, err := os.Stat(filepath.Join(repo, p)); err != nil || info.Mode() != fs.ModeDir|0o755 {
			t.Errorf("%s: %v %v", p, info.Mode(), err)
		}
	}
	if info, err := os.Stat(filepath.Join(repo, "rendered/m2/same")); err != nil || info.Mode() != 0o644 {
		t.Errorf("file: %v %v", info.Mode(), err)
	}
}

// Without changes nothing may be touched: neither files, which would have other inodes, nor directories.
func TestReplaceNothing(t *testing.T) {
	repo := repository(t)
	replace(t, repo, state(1))
	before := times(t, repo)
	if stats := replace(t, repo, state(1), "m1/never-was"); stats != (tree.Stats{Unchanged: 6}) {
		t.Errorf("%+v", stats)
	}
	if after := times(t, repo); !maps.Equal(before, after) {
		t.Errorf("touched:\n%v\n%v", before, after)
	}
}

// times has inode and time of change of everything below dir.
func times(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		raw, err := statOf(info)
		if err != nil {
			return err
		}
		found[p] = fmt.Sprint(raw.Ino, info.ModTime())
		return nil
	})
	must(t, err)
	return found
}

// What harender did not write stays as it is: content, mode, links, empty directories.
func TestReplaceKeepsForeign(t *testing.T) {
	repo := repository(t)
	replace(t, repo, state(1))
	dir := filepath.Join(repo, "rendered")
	write(t, dir, map[string]string{"README": "mine", "m1/etc/notes/todo": "mine", "m2/only/mine": "x"})
	must(t, os.Chmod(filepath.Join(dir, "README"), 0o400))
	must(t, os.Chmod(filepath.Join(dir, "m1/etc/notes"), 0o500|fs.ModeSticky))
	must(t, os.Mkdir(filepath.Join(dir, "m2/empty"), 0o700))
	must(t, os.Symlink("../nowhere", filepath.Join(dir, "m2/dangling")))
	must(t, syscall.Mkfifo(filepath.Join(dir, "m2/pipe"), 0o600))
	if os.Getuid() == 0 {
		must(t, os.Chown(filepath.Join(dir, "m2/empty"), 12345, 12346))
	}
	before := snapshot(t, dir)
	replace(t, repo, state(2), gone(2)...)
	replace(t, repo, state(1), gone(2)[0], "m2/only/in/2")
	if after := snapshot(t, dir); after != before {
		t.Errorf("got\n%s\nwant\n%s", after, before)
	}
	must(t, os.Chmod(filepath.Join(dir, "m1/etc/notes"), 0o700)) // #nosec G302 -- a directory
}

// A path may turn from a file into a directory and back.
func TestReplaceTurns(t *testing.T) {
	repo := repository(t)
	file := []tree.Entry{{Path: "m1/x", Content: []byte("file")}}
	below := []tree.Entry{{Path: "m1/x/y", Content: []byte("below")}}
	replace(t, repo, file)
	if stats := replace(t, repo, below, "m1/x"); stats != (tree.Stats{Written: 1, Removed: 1}) {
		t.Errorf("%+v", stats)
	}
	replace(t, repo, file, "m1/x/y")
	if got := content(t, repo, "rendered/m1/x"); got != "file" {
		t.Errorf("%q", got)
	}
}

func TestReplaceRefuses(t *testing.T) {
	outside := repository(t)
	write(t, outside, map[string]string{"m1/etc/differs": "outside", "passwd": "outside"})
	kinds := map[string]struct {
		plant func(p string) error
		at    []string
		what  string
	}{
		"link to a file":    {func(p string) error { return os.Symlink(filepath.Join(outside, "passwd"), p) }, []string{"m1/etc/differs", "m2/new", "m1.index.json"}, "a symbolic link"},
		"dangling link":     {func(p string) error { return os.Symlink("nowhere", p) }, []string{"m1/etc/differs", "m2/new/er"}, "a symbolic link"},
		"link to a dir":     {func(p string) error { return os.Symlink(outside, p) }, []string{"", "m1", "m1/etc", "m2/new"}, "a symbolic link"},
		"link to git":       {func(p string) error { return os.Symlink("../.git", p) }, []string{"m1", "m1/etc/deep"}, "a symbolic link"},
		"pipe":              {func(p string) error { return syscall.Mkfifo(p, 0o666) }, []string{"m1/etc/differs", "m1/etc", "m2/new", ""}, "a named pipe"},
		"socket":            {func(p string) error { return syscall.Mknod(p, syscall.S_IFSOCK|0o666, 0) }, []string{"m1/etc/differs"}, "a socket"},
		"directory":         {makeDir, []string{"m1/etc/differs", "m1.index.json"}, "a directory where a file is needed"},
		"file":              {func(p string) error { return makeFile(p, "") }, []string{"m1/etc", "m2/new"}, "a file where a directory is needed"},
		"git directory":     {func(p string) error { return makeDir(p + "/.git") }, []string{"", "m1", "m2/new"}, "a git repository of its own"},
		"submodule":         {plantSubmodule, []string{"m1", "m1/etc/deep"}, "a git repository of its own"},
		"file for the root": {func(p string) error { return makeFile(p, "") }, []string{""}, "a file where a directory is needed"},
	}
	want := append(state(2), tree.Entry{Path: "m2/new/er/file", Content: []byte("x")})
	for name, kind := range kinds {
		for _, at := range kind.at {
			t.Run(name+" at "+at, func(t *testing.T) {
				repo := repository(t)
				replace(t, repo, state(1))
				p := filepath.Join(repo, "rendered", at)
				must(t, os.RemoveAll(p))
				must(t, makeDir(filepath.Dir(p)))
				must(t, kind.plant(p))
				refused(t, repo, outside, want, tree.Obstacle{Path: path.Join("rendered", at), What: kind.what})
			})
		}
	}
}

func plantSubmodule(p string) error {
	if err := makeDir(p); err != nil {
		return err
	}
	return makeFile(p+"/.git", "gitdir: ../../.git/modules/m1\n")
}

func refused(t *testing.T, repo, outside string, want []tree.Entry, obstacle tree.Obstacle) {
	t.Helper()
	before, beforeOutside := snapshot(t, repo), snapshot(t, outside)
	_, err := tree.Replace(repo, "rendered", want, gone(2))
	obstructed, ok := errors.AsType[*tree.ObstructedError](err)
	if !ok || !slices.Contains(obstructed.Obstacles, obstacle) {
		t.Errorf("%v does not name %+v", err, obstacle)
	}
	if !strings.Contains(err.Error(), obstacle.Path+": "+obstacle.What) {
		t.Errorf("message: %v", err)
	}
	if after := snapshot(t, repo); after != before {
		t.Errorf("changed:\n%s\n%s", before, after)
	}
	if after := snapshot(t, outside); after != beforeOutside {
		t.Errorf("changed outside:\n%s\n%s", beforeOutside, after)
	}
}

// A hard link at a wanted path is no obstacle, as files are replaced and never written to.
func TestReplaceHardLink(t *testing.T) {
	repo := repository(t)
	replace(t, repo, state(1))
	write(t, repo, map[string]string{"precious": "outside"})
	p := filepath.Join(repo, "rendered/m1/etc/differs")
	must(t, os.Remove(p))
	must(t, os.Link(filepath.Join(repo, "precious"), p))
	replace(t, repo, state(1))
	if got := content(t, repo, "precious"); got != "outside" {
		t.Errorf("%q", got)
	}
	if got := content(t, p); got != "build 1\n" {
		t.Errorf("%q", got)
	}
}

func TestReplaceRefusesPaths(t *testing.T) {
	for _, p := range []string{"", ".", "..", "/etc/passwd", "../x", "m1/../../x", "m1//x", "m1/", "m1/./x", "m1/.git/hooks/x", "m1/.GIT", "a\\b", "a b", "a\nb", "é"} {
		repo := repository(t)
		if _, err := tree.Replace(repo, "rendered", []tree.Entry{{Path: p}}, nil); err == nil {
			t.Errorf("took %q", p)
		}
		if got := names(t, repo); len(got) > 0 {
			t.Errorf("%q left %v", p, got)
		}
	}
	for _, name := range []string{"", ".", "..", "a/b", "/tmp", ".git"} {
		if _, err := tree.Replace(repository(t), name, state(1), nil); err == nil {
			t.Errorf("took the directory %q", name)
		}
	}
}

// Random directories, brought to random states, are compared with a plain model.
func TestReplaceRandom(t *testing.T) {
	rnd := random(t)
	for i := range 300 {
		repo := repository(t)
		old, wanted, remove := randomFiles(rnd, 0.5), randomFiles(rnd, 0.5), []string{}
		for p := range old {
			if rnd.Float64() < 0.5 {
				remove = append(remove, p)
			}
		}
		must(t, makeDir(filepath.Join(repo, "rendered")))
		write(t, filepath.Join(repo, "rendered"), old)
		before := snapshot(t, repo)
		model, possible := expected(old, wanted, remove)
		stats, err := tree.Replace(repo, "rendered", entriesOf(wanted), remove)
		if (err == nil) != possible {
			t.Fatalf("round %d: possible %v, error %v\nold %v\nwant %v\nremove %v", i, possible, err, old, wanted, remove)
		}
		if !possible {
			if after := snapshot(t, repo); after != before {
				t.Fatalf("round %d: refused, but changed\n%s", i, after)
			}
			continue
		}
		modelRepo := repository(t)
		must(t, makeDir(filepath.Join(modelRepo, "rendered")))
		write(t, filepath.Join(modelRepo, "rendered"), model)
		if got, want := snapshot(t, repo), snapshot(t, modelRepo); got != want {
			t.Fatalf("round %d: %+v\ngot\n%s\nwant\n%s", i, stats, got, want)
		}
		if again := replace(t, repo, entriesOf(wanted), remove...); again != (tree.Stats{Unchanged: len(wanted)}) {
			t.Fatalf("round %d: a second time %+v", i, again)
		}
	}
}

// randomFiles gives files over a few short names, so that files and directories meet.
func randomFiles(rnd *rand.Rand, likely float64) map[string]string {
	files := map[string]string{}
	var fill func(dir string, depth int)
	fill = func(dir string, depth int) {
		for _, name := range []string{"a", "b", "c"} {
			switch p := path.Join(dir, name); {
			case rnd.Float64() > likely:
			case depth < 3 && rnd.Float64() < 0.6:
				fill(p, depth+1)
			default:
				files[p] = strings.Repeat("x", rnd.IntN(3))
			}
		}
	}
	fill("", 0)
	return files
}

func entriesOf(files map[string]string) []tree.Entry {
	var entries []tree.Entry
	for p, content := range files {
		entries = append(entries, tree.Entry{Path: p, Content: []byte(content)})
	}
	return entries
}

// expected is what replacing comes to, and whether it is possible: no kept file may be above or below a wanted one.
func expected(old, wanted map[string]string, remove []string) (map[string]string, bool) {
	model := maps.Clone(wanted)
	for p, content := range old {
		if _, taken := wanted[p]; !taken && !slices.Contains(remove, p) {
			model[p] = content
		}
	}
	for p := range model {
		for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
			if _, isFile := model[dir]; isFile {
				return nil, false
			}
		}
	}
	return model, true
}
