package payload

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/layout"
)

// hintDamaged is what to do about a tree that is not as its index says.
const hintDamaged = "harender verify lists what is not as it was built; git restore brings it back, or harender build"

// Names are the nodes that have an index in the output, sorted.
func Names(rendered fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(rendered, ".")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("listing the nodes: %w", err)
	}
	var names []string
	for _, e := range entries {
		if name, found := strings.CutSuffix(e.Name(), layout.Index); found && name != tree.Addons && name != tree.Cloud {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// ReadIndex takes the node's index from the output, which serves regular files alone, and whose own path is folder in messages: the
// node without its files, and what lists them.
func ReadIndex(rendered fs.FS, folder, name string) (Node, tree.Index, diag.List) {
	file := name + layout.Index
	at := diag.Pos{File: path.Join(folder, file)}
	data, err := bounded.ReadFile(rendered, file, bounded.Index)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Node{}, tree.Index{}, diag.List{{
			Summary: "there is no " + at.File, Detail: "it lists the files of the node with their modes and owners",
			Hint: "harender build writes it, beside the directory of the node", Pos: at,
		}}
	case err != nil:
		return Node{}, tree.Index{}, diag.List{{Summary: "cannot read " + at.File, Detail: err.Error(), Pos: at}}
	}
	index, err := tree.ReadIndex(file, data)
	if err == nil {
		data, err = index.Encode() // As harender writes it: the node's script looks for lines of it.
	}
	if err != nil {
		return Node{}, tree.Index{}, diag.List{{Summary: at.File + " is no index that harender wrote", Detail: err.Error(), Hint: hintDamaged, Pos: at}}
	}
	return Node{Name: name, Pool: index.Pool, Index: data}, index, nil
}

// ReadFiles takes the files of the index from the node's directory. What is not as the index says is an error: missing files, files
// of other bytes, and files that the index does not list.
func ReadFiles(rendered fs.FS, folder, name string, index tree.Index) ([]File, diag.List) {
	var files []File
	var list diag.List
	for _, listed := range index.Files {
		f, found := readFile(rendered, folder, name, listed)
		files = append(files, f)
		list = append(list, found...)
	}
	return files, append(list, foreign(rendered, folder, name, index)...)
}

func readFile(rendered fs.FS, folder, node string, x tree.IndexFile) (File, diag.List) {
	stored := path.Join(node, x.Stored())
	at := diag.Pos{File: path.Join(folder, stored)}
	f := File{
		Path: x.Path, Mode: fs.FileMode(x.Mode), Owner: x.Owner, Group: x.Group, Sealed: x.Sealed, SHA256: x.SHA256, Restarts: x.Restarts,
	}
	content, err := bounded.ReadFile(rendered, stored, bounded.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f, diag.List{{Summary: at.File + " is missing", Detail: "the index of " + node + " lists it", Hint: hintDamaged, Pos: at}}
	case err != nil:
		return f, diag.List{{Summary: "cannot read " + at.File, Detail: err.Error(), Hint: hintDamaged, Pos: at}}
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != x.SHA256 {
		return f, diag.List{{Summary: at.File + " is not as it was built", Detail: "its SHA-256 is not that of the index", Hint: hintDamaged, Pos: at}}
	}
	f.Content = secret.NewPlain(content)
	return f, nil
}

// foreign finds what lies in the node's directory and is not of the node: it would be left out without a word.
func foreign(rendered fs.FS, folder, node string, index tree.Index) diag.List {
	listed := map[string]bool{}
	for _, f := range index.Files {
		listed[path.Join(node, f.Stored())] = true
	}
	var list diag.List
	err := fs.WalkDir(rendered, node, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if at := path.Join(folder, name); !d.IsDir() && !listed[name] {
			list = append(list, diag.Diagnostic{
				Summary: at + " is not harender's", Detail: "the index of " + node + " does not list it, so no payload would have it",
				Hint: "move it away; a file of your own comes from an overlay: see docs/layers.md", Pos: diag.Pos{File: at},
			})
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		list = append(list, diag.Diagnostic{Summary: "cannot read " + path.Join(folder, node), Detail: err.Error()})
	}
	return list
}
