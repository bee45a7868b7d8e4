package repository

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/sums"
)

// summed is the list of all that will lie below secrets/, with a warning about files that are not what the last build left
// there: restoring one by hand is legitimate, and so it is taken as it is.
func summed(repository fs.FS, write []tree.Entry, remove []string) (tree.Entry, diag.List) {
	own := layer.Below(layer.Stack{repository}, secrets)
	there, err := present(own)
	if err != nil {
		return tree.Entry{}, unreadable(err)
	}
	list := touched(own, there)
	for _, name := range remove {
		delete(there, name)
	}
	for _, e := range write {
		if sums.Ours(e.Path) {
			there[e.Path] = sums.Of(e.Content)
		}
	}
	return tree.Entry{Path: sums.Name, Content: there.Encode()}, list
}

func unreadable(err error) diag.List {
	return diag.List{{Summary: "cannot read " + secrets + "/", Detail: err.Error()}}
}

// present hashes what harender keeps below secrets/, without what is no regular file: what needs such a one refuses it.
func present(own fs.FS) (sums.Sums, error) {
	out := sums.Sums{}
	err := fs.WalkDir(own, ".", func(name string, d fs.DirEntry, err error) error {
		if name == "." && errors.Is(err, fs.ErrNotExist) {
			return fs.SkipAll
		}
		if err != nil || !d.Type().IsRegular() || !sums.Ours(name) {
			return err
		}
		data, err := bounded.ReadFile(own, name, bounded.File)
		out[name] = sums.Of(data)
		return err
	})
	return out, err
}

// touched compares the list as it is with the files. A list that cannot be read, as after a merge, says nothing.
func touched(own fs.FS, there sums.Sums) diag.List {
	text, err := bounded.ReadFile(own, sums.Name, bounded.File)
	if err != nil {
		return nil
	}
	listed, err := sums.Parse(text)
	if err != nil {
		return nil
	}
	var names []string
	for name, sum := range there {
		if was, found := listed[name]; found && was != sum {
			names = append(names, secrets+"/"+name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return diag.List{{
		Severity: diag.Warning,
		Summary:  "files below " + secrets + "/ are not what the last build left there",
		Detail:   diag.Few(names),
		Hint:     "this build takes them as they are; if nobody restored or merged them, see who did: git log -- " + secrets,
		Pos:      diag.Pos{File: secrets + "/" + sums.Name},
	}}
}
