package diff

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
	"github.com/harender/harender/internal/parallel"
)

// Read reads an output as its index files list it. What an index lists and is not there is left out, and what none lists is
// somebody else's. Recipients tells who can open a sealed file; name is what messages call the output. The error is
// [fs.ErrNotExist] if there is no output at all.
func Read(name string, output fs.FS, recipients func(sealed []byte) ([]string, error)) (map[string]Directory, diag.List, error) {
	entries, err := fs.ReadDir(output, ".")
	if err != nil {
		return nil, nil, fmt.Errorf("reading %s: %w", name, err)
	}
	var names []string
	for _, e := range entries {
		if directory, found := strings.CutSuffix(e.Name(), layout.Index); found && e.Type().IsRegular() {
			names = append(names, directory)
		}
	}
	if len(names) == 0 {
		return nil, nil, fmt.Errorf("%s has no index: %w", name, fs.ErrNotExist)
	}
	r := reader{name, output, recipients}
	directories, lists := make([]Directory, len(names)), make([]diag.List, len(names))
	parallel.Each(len(names), func(i int) { directories[i], lists[i] = r.directory(names[i]) })
	out := make(map[string]Directory, len(names))
	for i, d := range directories {
		out[names[i]] = d
	}
	return out, slices.Concat(lists...), nil
}

// reader is one call of Read.
type reader struct {
	name       string
	output     fs.FS
	recipients func(sealed []byte) ([]string, error)
}

func (r reader) directory(name string) (Directory, diag.List) {
	index := name + layout.Index
	text, err := bounded.ReadFile(r.output, index, bounded.Index)
	if err != nil {
		return Directory{}, r.wrong(index, err)
	}
	x, err := tree.ReadIndex(index, text)
	if err != nil {
		return Directory{}, diag.List{{
			Summary: r.name + "/" + index + " is no index that harender wrote", Detail: err.Error(),
			Hint: "restore it from version control, or build and commit it again; harender verify lists all that is wrong there", Pos: diag.Pos{File: r.name + "/" + index},
		}}
	}
	out := Directory{Kubernetes: x.Kubernetes, Pool: x.Pool, Machine: x.Machine, Etcd: x.Etcd, Files: make(map[string]File, len(x.Files))}
	var list diag.List
	for _, f := range x.Files {
		file, there, err := r.file(name, f)
		if err != nil {
			list = append(list, r.wrong(name+"/"+f.Stored(), err)...)
		}
		if there {
			out.Files[f.Path] = file
		}
	}
	return out, list
}

func (r reader) file(directory string, x tree.IndexFile) (f File, there bool, err error) {
	f.IndexFile = x
	f.Content, err = bounded.ReadFile(r.output, directory+"/"+x.Stored(), bounded.File)
	if errors.Is(err, fs.ErrNotExist) {
		return f, false, nil
	}
	if err == nil && x.Sealed {
		f.Recipients, _ = r.recipients(f.Content) // What is no sealed file differs from one, and is opened by nobody.
	}
	return f, err == nil, err
}

func (r reader) wrong(name string, err error) diag.List {
	return diag.List{{Summary: "cannot read " + r.name + "/" + name, Detail: diag.Cause(err).Error(), Pos: diag.Pos{File: r.name + "/" + name}}}
}
