package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

// Owned gives the paths, from the output directory, of the files that its index files list, and of these themselves.
// They are harender's to replace and to delete. Index files that cannot be read as such are errors of the list.
func Owned(repo, name string) (map[string]bool, diag.List, error) {
	s, err := openSite(repo, name)
	if err != nil {
		return nil, nil, err
	}
	defer s.close()
	return s.owned()
}

// Running gives the releases of Kubernetes that the index files name, by node. What an index does not say, or cannot be
// read, is left out.
func Running(repo, name string) (map[string]string, error) {
	s, err := openSite(repo, name)
	if err != nil {
		return nil, err
	}
	defer s.close()
	_, indexes, _, err := s.indexes()
	out := map[string]string{}
	for _, x := range indexes {
		if x.Kubernetes != "" {
			out[x.Node] = x.Kubernetes
		}
	}
	return out, err
}

// Listed gives the SHA-256, in lower case hex, of every file that the index files list. An index that cannot be read is an
// error: what it lists is not known.
func Listed(repo, name string) (map[string]bool, error) {
	s, err := openSite(repo, name)
	if err != nil {
		return nil, err
	}
	defer s.close()
	_, indexes, faults, err := s.indexes()
	if err := errors.Join(append(faults, err)...); err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, x := range indexes {
		for _, f := range x.Files {
			out[f.SHA256] = true
		}
	}
	return out, nil
}

func (s *replacer) owned() (map[string]bool, diag.List, error) {
	names, indexes, faults, err := s.indexes()
	if err != nil {
		return nil, nil, err
	}
	return ownedBy(names, indexes), s.complain(names, faults), nil
}

// indexes are the index files, and for each what is wrong with it. There are none without an output directory.
func (s *replacer) indexes() (names []string, indexes []Index, faults []error, err error) {
	h, err := s.repo.open(s.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil, nil
	}
	if err != nil {
		return nil, nil, nil, err
	}
	defer h.close()
	if names, err = indexNames(h); err != nil {
		return nil, nil, nil, err
	}
	indexes, faults = make([]Index, len(names)), make([]error, len(names))
	err = s.hands.each(len(names), func(i int) error {
		data, err := h.read(names[i])
		indexes[i], faults[i] = ReadIndex(names[i], data)
		return err
	})
	return names, indexes, faults, err
}

// indexNames are the index files of the output directory.
func indexNames(h handle) ([]string, error) {
	entries, err := h.list()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && strings.HasSuffix(e.Name(), layout.Index) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

func ownedBy(names []string, indexes []Index) map[string]bool {
	owned := map[string]bool{}
	for i, x := range indexes {
		owned[names[i]] = true
		for _, f := range x.Files {
			owned[strings.TrimSuffix(names[i], layout.Index)+"/"+f.Stored()] = true
		}
	}
	return owned
}

func (s *replacer) complain(names []string, faults []error) diag.List {
	var l diag.List
	for i, err := range faults {
		if err == nil {
			continue
		}
		p := path.Join(s.name, names[i])
		l = append(l, diag.Diagnostic{
			Severity: diag.Error,
			Summary:  p + " is no index that harender wrote",
			Detail:   err.Error(),
			Hint: fmt.Sprintf("After a merge, take either side whole (git checkout --ours or --theirs -- %s); else restore it with git restore -- %s.",
				p, p),
			Pos: diag.Pos{File: p},
		})
	}
	return l
}

// Foreign gives the files in the output directory, by their paths from it, which are neither owned nor written: they
// are left alone. The error is an [*ObstructedError] if regular files that are not owned lie, with other bytes, where
// write wants to go; with equal bytes they are adopted. (Links and the like in the way are for [Replace] to refuse.)
func Foreign(repo, name string, owned map[string]bool, write []Entry) ([]string, error) {
	s, err := openSite(repo, name)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := s.look(write); err != nil {
		return nil, err
	}
	return s.foreign(owned)
}

func (s *replacer) foreign(owned map[string]bool) ([]string, error) {
	if s.old == nil {
		return nil, nil
	}
	var strays []string
	var obstacles []Obstacle
	s.old.walk("", s.want, func(p string, f file, wanted bool) {
		switch {
		case f.same || owned[p] && f.kind.IsRegular():
		case !wanted:
			strays = append(strays, p)
		case f.kind.IsRegular():
			obstacles = append(obstacles, Obstacle{path.Join(s.name, p), "a file with other content, which no index lists"})
		}
	})
	if len(obstacles) > 0 {
		return strays, &ObstructedError{obstacles}
	}
	return strays, nil
}

// walk visits every file below d, and says whether one is wanted at its path.
func (d *dir) walk(p string, w *want, visit func(p string, f file, wanted bool)) {
	for _, f := range d.files {
		_, wanted := w.files[f.name]
		visit(path.Join(p, f.name), f, wanted)
	}
	for _, sub := range d.dirs {
		sub.walk(path.Join(p, sub.name), w.sub(sub.name), visit)
	}
}

// Stale gives the owned paths that write does not want any more, sorted.
func Stale(owned map[string]bool, write []Entry) []string {
	wanted := make(map[string]bool, len(write))
	for _, e := range write {
		wanted[e.Path] = true
	}
	var stale []string
	for p := range owned {
		if !wanted[p] {
			stale = append(stale, p)
		}
	}
	slices.Sort(stale)
	return stale
}
