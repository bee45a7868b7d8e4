package tree_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// disk is what a file system holds, by inode: so that what was done to a name and what was done to a file can be kept and
// lost apart from each other. The first inode is the repository, and 0 is none.
type disk struct {
	inodes  map[int]inode
	entries map[int]map[string]int
}

type inode struct {
	mode    fs.FileMode
	content string
}

const top = 1

func newModel() *disk { return &disk{inodes: map[int]inode{}, entries: map[int]map[string]int{}} }

func (d *disk) clone() *disk {
	out := &disk{inodes: maps.Clone(d.inodes), entries: make(map[int]map[string]int, len(d.entries))}
	for id, names := range d.entries {
		out.entries[id] = maps.Clone(names)
	}
	return out
}

// load takes a directory as it is, with its hard links.
func load(t *testing.T, repo string) *disk {
	t.Helper()
	d, known := newModel(), map[uint64]int{}
	err := filepath.WalkDir(repo, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		raw, err := statOf(info)
		if err != nil {
			return err
		}
		id, seen := known[raw.Ino]
		if !seen {
			id = len(known) + 1
			known[raw.Ino] = id
			n := inode{mode: info.Mode()}
			switch {
			case info.Mode().IsRegular():
				n.content = content(t, p)
			case info.Mode()&fs.ModeSymlink != 0:
				if n.content, err = os.Readlink(p); err != nil {
					return err
				}
			}
			d.add(id, n)
		}
		if p != repo {
			parent, err := os.Stat(filepath.Dir(p))
			if err != nil {
				return err
			}
			above, err := statOf(parent)
			if err != nil {
				return err
			}
			d.entries[known[above.Ino]][filepath.Base(p)] = id
		}
		return nil
	})
	must(t, err)
	return d
}

func (d *disk) add(id int, n inode) {
	d.inodes[id] = n
	if n.mode.IsDir() {
		d.entries[id] = map[string]int{}
	}
}

// find gives the inode at a path from the repository.
func (d *disk) find(path string) int {
	id := top
	for name := range strings.SplitSeq(path, "/") {
		if name != "" {
			id = d.entries[id][name]
		}
	}
	return id
}

// String describes all that can be reached.
func (d *disk) String() string {
	var b strings.Builder
	d.describe(&b, top, "")
	return b.String()
}

// below describes all that can be reached by a name.
func (d *disk) below(name string) string {
	var b strings.Builder
	d.describe(&b, d.find(name), "")
	return b.String()
}

func (d *disk) describe(b *strings.Builder, id int, path string) {
	n := d.inodes[id]
	fmt.Fprintf(b, "%s %v %q\n", path, n.mode, n.content)
	for _, name := range slices.Sorted(maps.Keys(d.entries[id])) {
		d.describe(b, d.entries[id][name], path+"/"+name)
	}
}

// unload makes a directory of it, which must not be there yet.
func (d *disk) unload(t *testing.T, dir string) {
	t.Helper()
	d.make(t, top, dir, map[int]string{})
}

func (d *disk) make(t *testing.T, id int, path string, made map[int]string) {
	t.Helper()
	n := d.inodes[id]
	switch first, again := made[id]; {
	case again:
		must(t, os.Link(first, path))
		return
	case n.mode.IsDir():
		must(t, os.Mkdir(path, 0o700))
		for name, below := range d.entries[id] {
			d.make(t, below, filepath.Join(path, name), made)
		}
	case n.mode&fs.ModeSymlink != 0:
		must(t, syscall.Symlink(n.content, path))
		return
	default:
		must(t, os.WriteFile(path, []byte(n.content), 0o600))
	}
	made[id] = path
	must(t, os.Chmod(path, n.mode))
}
