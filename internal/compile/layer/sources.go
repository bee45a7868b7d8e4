package layer

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
)

// ErrNotSource is what stands in the way of a layer that names a file beside the layers.
var ErrNotSource = errors.New("layers read lib/, base/, overlays/ and the spec, and nothing hidden there")

// folders and the spec are what layers may read of a repository.
var folders = [...]string{"lib", "base", "overlays"}

// Sources are the files of a repository that layers may read. The rest of it may be anything: what is checked out, a
// program's settings, a key that somebody opened. What a layer reads ends up in a committed file. A link within the
// repository is followed where it leads to such a file.
func Sources(repository fs.FS, specs ...string) fs.FS { return sources{repository, specs} }

type sources struct {
	repository fs.FS
	specs      []string
}

// Open implements fs.FS.
func (s sources) Open(name string) (fs.File, error) {
	target, err := s.resolve(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return s.repository.Open(target)
}

// Stat implements fs.StatFS: to open a pipe is to wait for its other end.
func (s sources) Stat(name string) (fs.FileInfo, error) {
	target, err := s.resolve(name)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return fs.Stat(s.repository, target)
}

// ReadDir implements fs.ReadDirFS, without what is hidden.
func (s sources) ReadDir(name string) ([]fs.DirEntry, error) {
	target, err := s.resolve(name)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	entries, err := fs.ReadDir(s.repository, target)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return hidden(e.Name()) }), err
}

// maxLinks is how many links may lead to a file.
const maxLinks = 16

// resolve follows the links on the way to a file, each to a place that layers may read.
func (s sources) resolve(name string) (string, error) {
	if err := s.allowed(name); err != nil {
		return "", err
	}
	at, rest := ".", strings.Split(name, "/")
	for links := 0; len(rest) > 0; {
		next := path.Join(at, rest[0])
		rest = rest[1:]
		info, err := fs.Lstat(s.repository, next)
		if err != nil {
			return "", diag.Cause(err)
		}
		if info.Mode().Type() != fs.ModeSymlink {
			at = next
			continue
		}
		if links++; links > maxLinks {
			return "", errors.New("links lead to links without end")
		}
		target, err := fs.ReadLink(s.repository, next)
		if err != nil {
			return "", diag.Cause(err)
		}
		absolute := path.IsAbs(target)
		target = path.Join(path.Dir(next), target, path.Join(rest...))
		if absolute || !fs.ValidPath(target) {
			return "", errors.New("a link leads out of the repository")
		}
		if err := s.allowed(target); err != nil {
			return "", fmt.Errorf("it is a link to %s: %w", target, err)
		}
		at, rest = ".", strings.Split(target, "/")
	}
	return at, nil
}

// allowed holds a path to what layers may read.
func (s sources) allowed(name string) error {
	if !fs.ValidPath(name) {
		return fs.ErrInvalid
	}
	parts := strings.Split(name, "/")
	if slices.Contains(s.specs, name) || slices.Contains(folders[:], parts[0]) && !slices.ContainsFunc(parts, hidden) {
		return nil
	}
	return ErrNotSource
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") }

// TextError is a place in a source that is not what its author meant it to be.
type TextError struct {
	Pos          diag.Pos
	What         string
	Detail, Hint string
}

// Error begins with the place, as jsonnet's own errors do.
func (e *TextError) Error() string { return e.Pos.String() + " it " + e.What }

// source is the text of a file without what editors and git add on some systems: a byte order mark, and CR before LF. Both
// would go on into what is rendered, or end in an error of a parser. Other files are taken as they are.
// What git could not merge is refused.
func source(name string, text []byte) ([]byte, error) {
	if line := diag.Conflict(text); line > 0 {
		return nil, &TextError{Pos: diag.Pos{File: name, Line: line, Col: 1}, What: "has the markers of a merge conflict", Hint: diag.HintConflict}
	}
	if !slices.Contains([]string{".yaml", ".yml", ".json", ".jsonnet", ".libsonnet"}, path.Ext(name)) {
		return text, nil
	}
	text = bytes.ReplaceAll(bytes.TrimPrefix(text, []byte("\ufeff")), []byte("\r\n"), []byte("\n"))
	return text, checkText(name, text)
}

// checkText refuses source code that says something else than it shows.
func checkText(name string, text []byte) error {
	at, what := diag.Hidden(text)
	if at < 0 {
		return nil
	}
	pos := diag.Place(text, at)
	pos.File = name
	return &TextError{Pos: pos, What: what, Detail: "People and parsers read the line differently.", Hint: "remove the character; an editor that shows them helps"}
}
