package revision

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/harender/harender/internal/bounded"
)

// committed is a tree of git as a file system. go-git's objects are not safe for concurrent use.
type committed struct {
	mu   sync.Mutex
	root *object.Tree
}

// Open opens a file or a directory.
func (c *committed) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	f, err := c.open(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: known(err)}
	}
	return f, nil
}

func (c *committed) open(name string) (fs.File, error) {
	if name == "." {
		return c.directory(name, c.root)
	}
	entry, err := c.root.FindEntry(name)
	if err != nil {
		return nil, err
	}
	switch entry.Mode {
	case filemode.Dir:
		t, err := c.root.Tree(name)
		if err != nil {
			return nil, err
		}
		return c.directory(name, t)
	case filemode.Regular, filemode.Executable, filemode.Deprecated:
		text, err := contents(c.root, name)
		return &file{info{path.Base(name), int64(len(text)), permissions(0)}, bytes.NewReader(text)}, err
	}
	return nil, errors.New("it is a link or a submodule")
}

// contents of a file that the tree has.
func contents(t *object.Tree, name string) ([]byte, error) {
	f, err := t.File(name)
	if errors.Is(err, object.ErrFileNotFound) {
		return nil, ErrIncomplete
	}
	if err != nil {
		return nil, err
	}
	r, err := f.Reader()
	if err != nil {
		return nil, err
	}
	text, err := bounded.ReadAll(r, maxObject)
	return text, errors.Join(err, r.Close())
}

func (c *committed) directory(name string, t *object.Tree) (fs.File, error) {
	d := &directory{info: info{path.Base(name), 0, permissions(fs.ModeDir)}}
	for _, e := range t.Entries {
		if e.Mode == filemode.Submodule {
			continue
		}
		mode, err := e.Mode.ToOSFileMode()
		if err != nil {
			return nil, err
		}
		d.rest = append(d.rest, &entry{info{e.Name, 0, permissions(mode.Type())}, c, t})
	}
	slices.SortFunc(d.rest, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return d, nil
}

// entry is one of a directory. Its size is known once it is asked for.
type entry struct {
	info
	of   *committed
	tree *object.Tree
}

// Type is the kind of the entry.
func (e *entry) Type() fs.FileMode { return e.mode.Type() }

// Info reads the entry for its size.
func (e *entry) Info() (fs.FileInfo, error) {
	if !e.mode.IsRegular() {
		return e.info, nil
	}
	e.of.mu.Lock()
	defer e.of.mu.Unlock()
	text, err := contents(e.tree, e.name)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: e.name, Err: known(err)}
	}
	return info{e.name, int64(len(text)), e.mode}, nil
}

// permissions are the same for all of a kind: git keeps none.
func permissions(kind fs.FileMode) fs.FileMode {
	if kind.IsDir() {
		return kind | 0o755
	}
	return kind | 0o644
}

// info is of a file or a directory. git has no times.
type info struct {
	name string
	size int64
	mode fs.FileMode
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return nil }

type file struct {
	info
	*bytes.Reader
}

// Stat tells about the file.
func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }

// Size is that of the whole file.
func (f *file) Size() int64 { return f.size }

// Close does nothing.
func (f *file) Close() error { return nil }

type directory struct {
	info
	rest []fs.DirEntry
}

// Stat tells about the directory.
func (d *directory) Stat() (fs.FileInfo, error) { return d.info, nil }

// Read fails: a directory has no bytes.
func (d *directory) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errors.New("is a directory")}
}

// Close does nothing.
func (d *directory) Close() error { return nil }

// ReadDir lists the next n entries, or all that are left.
func (d *directory) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(d.rest) {
		if n > 0 && len(d.rest) == 0 {
			return nil, io.EOF
		}
		n = len(d.rest)
	}
	out := d.rest[:n:n]
	d.rest = d.rest[n:]
	return out, nil
}
