package tree

import (
	"io/fs"
	"maps"
	"path"
	"slices"
)

// Stats counts the files of one call of [Replace].
type Stats struct {
	Written   int `json:"written"`
	Removed   int `json:"removed"`
	Unchanged int `json:"unchanged"`
}

// next is a directory as it shall be.
type next struct {
	name string
	// like is the directory of today whose mode and owner it keeps; nil: it is new.
	like *dir
	// keep are files of the directory of today, carried over as they are.
	keep []file
	// write are new files.
	write []Entry
	dirs  []*next
}

func (n *next) empty() bool { return len(n.keep) == 0 && len(n.write) == 0 && len(n.dirs) == 0 }

func (n *next) mode() uint32 {
	if n.like == nil {
		return newDir
	}
	return n.like.mode
}

// merger works out, from what was found and what is wanted, what shall be. It touches no disk.
type merger struct {
	// top is the path of the whole, for messages.
	top       string
	remove    map[string]bool
	stats     Stats
	obstacles []Obstacle
}

// tree merges the whole. old is nil if there is none.
func (m *merger) tree(old *dir, w *want) *next {
	if old != nil && old.isRepository() {
		m.block("", "a git repository of its own")
	}
	return m.dir("", old, w)
}

// dir merges the directory at p. old is nil if there is none.
func (m *merger) dir(p string, old *dir, w *want) *next {
	n := &next{name: path.Base(p), like: old}
	if old == nil {
		old = &dir{}
	}
	taken := map[string]bool{}
	for _, f := range old.files {
		if m.keeps(path.Join(p, f.name), f, w) {
			n.keep = append(n.keep, f)
			taken[f.name] = true
		}
	}
	for _, d := range old.dirs {
		if sub := m.below(path.Join(p, d.name), d, old.device, w); sub != nil {
			n.dirs = append(n.dirs, sub)
			taken[d.name] = true
		}
	}
	m.add(n, p, w, taken)
	return n
}

// keeps decides on one file that was found: kept, or replaced or removed. What may not be touched and is in the way is
// kept and noted.
func (m *merger) keeps(p string, f file, w *want) bool {
	_, asFile := w.files[f.name]
	_, asDir := w.dirs[f.name]
	switch {
	case f.same:
		m.stats.Unchanged++
		return true
	case asFile && f.kind.IsRegular():
		return false
	case !f.kind.IsRegular() && (asFile || asDir):
		m.block(p, kindName(f.kind))
		return true
	case m.remove[p] && f.kind.IsRegular():
		m.stats.Removed++
		return false
	case asDir:
		m.block(p, aFile)
	}
	return true
}

// below merges a directory that was found, and gives nil if nothing of it is left: harender's files were removed, and
// there were no others.
func (m *merger) below(p string, d *dir, device uint64, w *want) *next {
	_, asFile := w.files[d.name]
	sub, asDir := w.dirs[d.name]
	if !asDir {
		sub = &want{}
	}
	if asDir && d.isRepository() {
		m.block(p, "a git repository of its own")
	}
	if d.device != device {
		m.block(p, "another file system")
	}
	n := m.dir(p, d, sub)
	if n.empty() && len(d.files)+len(d.dirs) > 0 {
		return nil
	}
	if asFile {
		m.block(p, "a directory where a file is needed")
	}
	return n
}

func (d *dir) isRepository() bool {
	isGit := func(name string) bool { return name == ".git" }
	return slices.ContainsFunc(d.files, func(f file) bool { return isGit(f.name) }) ||
		slices.ContainsFunc(d.dirs, func(d *dir) bool { return isGit(d.name) })
}

// add appends what is wanted and was not found.
func (m *merger) add(n *next, p string, w *want, taken map[string]bool) {
	for _, name := range slices.Sorted(maps.Keys(w.files)) {
		if !taken[name] {
			n.write = append(n.write, Entry{Path: name, Content: w.files[name]})
			m.stats.Written++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.dirs)) {
		if !taken[name] {
			n.dirs = append(n.dirs, m.dir(path.Join(p, name), nil, w.dirs[name]))
		}
	}
}

func (m *merger) block(p, what string) {
	m.obstacles = append(m.obstacles, Obstacle{Path: path.Join(m.top, p), What: what})
}

const aFile = "a file where a directory is needed"

// kindName says what an object is that is no directory and stands where one is needed, or is no regular file.
func kindName(kind fs.FileMode) string {
	switch {
	case kind.IsRegular():
		return aFile
	case kind&fs.ModeSymlink != 0:
		return "a symbolic link"
	case kind&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case kind&fs.ModeSocket != 0:
		return "a socket"
	default:
		return "a device"
	}
}
