package tree

import (
	"errors"
	"io/fs"
	"path"
)

// want is a directory as the caller asks for it.
type want struct {
	files map[string][]byte
	dirs  map[string]*want
}

// wanted makes a directory of entries, whose paths it checks.
func wanted(entries []Entry) (*want, error) {
	top := newWant()
	paths := pathSet{}
	var errs []error
	for _, e := range entries {
		if err := errors.Join(checkPath(e.Path), paths.add(e.Path)); err != nil {
			errs = append(errs, err)
			continue
		}
		top.dir(parent(e.Path)).files[path.Base(e.Path)] = e.Content
	}
	return top, errors.Join(errs...)
}

func newWant() *want { return &want{files: map[string][]byte{}, dirs: map[string]*want{}} }

// dir finds or makes the directory at the path.
func (w *want) dir(p string) *want {
	if p == "" {
		return w
	}
	up := w.dir(parent(p))
	d, ok := up.dirs[path.Base(p)]
	if !ok {
		d = newWant()
		up.dirs[path.Base(p)] = d
	}
	return d
}

// sub is the wanted directory of that name, empty if none is wanted.
func (w *want) sub(name string) *want {
	if d, ok := w.dirs[name]; ok {
		return d
	}
	return &want{}
}

// buffer has room for the largest file of the directory, within reason.
func (w *want) buffer() []byte {
	const reason = 64 << 10
	size := 0
	for _, content := range w.files {
		size = max(size, len(content))
	}
	return make([]byte, min(size, reason))
}

// dir is a directory as it was found.
type dir struct {
	name string
	attributes
	// files are everything that is no directory, dirs are directories, both sorted by name.
	files []file
	dirs  []*dir
}

// file is whatever is no directory: a regular file, a link, a pipe.
type file struct {
	name string
	kind fs.FileMode
	// same: it is wanted, and has the wanted bytes already.
	same bool
}

// isExactly reports whether there are the wanted files, so many, with the wanted bytes, and no others. A build without changes
// then need not ask whose they are.
func (d *dir) isExactly(wanted int) bool {
	if d == nil {
		return wanted == 0
	}
	same, all := d.count()
	return same == wanted && all == wanted
}

// count gives the numbers of files below d that are the same as wanted, and of all files.
func (d *dir) count() (same, all int) {
	for _, f := range d.files {
		if f.same {
			same++
		}
	}
	all = len(d.files)
	for _, sub := range d.dirs {
		s, a := sub.count()
		same, all = same+s, all+a
	}
	return same, all
}

// survey reads the directory at h and all below it, comparing it with what is wanted there.
func survey(h handle, name string, w *want, hands workers) (*dir, error) {
	st, err := h.stat()
	if err != nil {
		return nil, err
	}
	d := &dir{name: name, attributes: st}
	entries, err := h.list()
	if err != nil {
		return nil, err
	}
	buf := w.buffer()
	for _, e := range entries {
		if e.IsDir() {
			d.dirs = append(d.dirs, &dir{name: e.Name()})
			continue
		}
		f := file{name: e.Name(), kind: e.Type()}
		if content, ok := w.files[f.name]; ok && f.kind.IsRegular() {
			if f.same, err = h.holds(f.name, content, buf); err != nil {
				return nil, err
			}
		}
		d.files = append(d.files, f)
	}
	return d, hands.each(len(d.dirs), func(i int) error {
		sub, err := surveyBelow(h, d.dirs[i].name, w.sub(d.dirs[i].name), hands)
		d.dirs[i] = sub
		return err
	})
}

func surveyBelow(h handle, name string, w *want, hands workers) (*dir, error) {
	sub, err := h.open(name)
	if err != nil {
		return nil, err
	}
	defer sub.close()
	return survey(sub, name, w, hands)
}
