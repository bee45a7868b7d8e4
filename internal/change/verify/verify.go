// Package verify compares what a repository, or a node, holds with what it should hold, and says what is different. It is handed
// both, opens nothing and writes nothing.
package verify

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/sums"
)

// Kind is how a file differs.
type Kind string

// The kinds.
const (
	// Changed: the bytes are others than they should be.
	Changed Kind = "changed"
	// Missing: it should be there.
	Missing Kind = "missing"
	// Foreign: nothing asks for it.
	Foreign Kind = "foreign"
	// Swapped: it holds what belongs to another path.
	Swapped Kind = "swapped"
	// Refused: a build refuses it, or would have to make it again.
	Refused Kind = "refused"
	// WrongMode, WrongOwner and WrongGroup: on a node, it is for others to read or write than it should be.
	WrongMode  Kind = "mode"
	WrongOwner Kind = "owner"
	WrongGroup Kind = "group"
)

// Finding is one difference.
type Finding struct {
	Kind Kind `json:"kind"`
	// Path from the repository's root, or on a node its absolute path; for what is no single file, a field of the spec.
	Path   string `json:"path"`
	Detail string `json:"detail,omitempty"`
	Hint   string `json:"hint,omitempty"`
}

// Sorted puts findings in order, each once.
func Sorted(found []Finding) []Finding {
	slices.SortFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Detail, b.Detail))
	})
	return slices.Compact(found)
}

// Told makes findings of the errors among diagnostics, and gives the others back.
func Told(list diag.List) ([]Finding, diag.List) {
	var found []Finding
	var rest diag.List
	for _, d := range list {
		if d.Severity != diag.Error {
			rest = append(rest, d)
			continue
		}
		f := Finding{Kind: Refused, Path: cmp.Or(d.Pos.File, d.Field), Detail: d.Summary, Hint: d.Hint}
		if rest, own := strings.CutPrefix(f.Detail, f.Path+" "); own {
			f.Detail = "it " + rest
		}
		if d.Detail != "" {
			f.Detail += ": " + d.Detail
		}
		found = append(found, f)
	}
	return found, rest
}

// holding are the files of a directory: their hashes, and what is wrong with those that have none.
type holding struct {
	sums   map[string]string
	faults map[string]string
	// unix are the hashes of files whose lines end in CR LF, as they would be with LF.
	unix map[string]string
	// conflicts are files with the markers of a merge.
	conflicts map[string]bool
	// folders are there, and hold no bytes.
	folders map[string]bool
}

// hintEnds is what to do about a file whose lines end in CR LF.
const hintEnds = "git's core.autocrlf does that: write rendered/** -text and secrets/** -text into .gitattributes, commit it, and clone again"

// hintSource is what to do where the layers' lines end in CR LF.
const hintSource = "git's core.autocrlf does that: write overlays/** text=auto eol=lf into .gitattributes, commit it, and clone again"

// read hashes every file below the root of files. A directory that is not there is empty.
func read(files fs.FS, visit func(name string, data []byte)) (holding, error) {
	h := holding{map[string]string{}, map[string]string{}, map[string]string{}, map[string]bool{}, map[string]bool{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if name == "." && errors.Is(err, fs.ErrNotExist) {
			return fs.SkipAll
		}
		if err != nil || d.IsDir() {
			h.folders[name] = true
			return err
		}
		if !d.Type().IsRegular() {
			h.faults[name] = "it is no regular file"
			return nil
		}
		data, err := bounded.ReadFile(files, name, bounded.File)
		if err != nil {
			h.faults[name] = fmt.Sprintf("it cannot be read: %v", diag.Cause(err))
			return nil
		}
		h.sums[name] = sums.Of(data)
		if crlf := []byte("\r\n"); bytes.Contains(data, crlf) {
			h.unix[name] = sums.Of(bytes.ReplaceAll(data, crlf, crlf[1:]))
		}
		if diag.Conflict(data) > 0 {
			h.conflicts[name] = true
		}
		visit(name, data)
		return nil
	})
	return h, err
}

// below gives a path from the repository's root.
func below(folder, name string) string { return path.Join(folder, name) }
