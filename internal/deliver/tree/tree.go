// Package tree is the rendered output: which file lies where, who owns it, and how it gets onto the disk.
//
// A [Tree] is a value: directories of files, sorted, complete and checked. [Publish] brings the output directory of a
// repository to that value in one step: anyone who looks, also after a crash, sees the old directory or the new one.
// What harender may overwrite or delete there is what an earlier [Index] of its own lists; everything else is foreign,
// reported, and left alone.
package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/layout"
)

// Directories of the cluster itself. They are no nodes' names.
const (
	// Addons are the cluster's own objects.
	Addons = "addons"
	// Cloud is what the cloud has to bring, as data.
	Cloud = "cloud"
)

// File is one file of a node.
type File struct {
	// Path is the delivered file's slash path from the node's root, without a leading slash.
	Path string
	// Mode, Owner and Group are the delivered file's; Mode has permission bits alone.
	Mode         fs.FileMode
	Owner, Group string
	Content      Content
	// Restarts names the static pods and units that read the file only when they start.
	Restarts []string
}

// Content is what a file holds: bytes in the clear, or a sops file. There is none for a [secret.Plain].
type Content struct {
	bytes  []byte
	sealed bool
}

// Clear is content that everybody may read.
func Clear(b []byte) Content { return Content{bytes: b} }

// Sealed is content that is a sops file of binary type.
func Sealed(s secret.Sealed) Content { return Content{bytes: s, sealed: true} }

// Bytes are the bytes in the tree: of a sealed file, the sops file. They must not be changed.
func (c Content) Bytes() []byte { return c.bytes }

// IsSealed reports whether Bytes is a sops file.
func (c Content) IsSealed() bool { return c.sealed }

// Stored is the file's path in the tree, from its node's directory.
func (f File) Stored() string { return stored(f.Path, f.Content.sealed) }

func stored(path string, sealed bool) string {
	if sealed {
		return path + layout.Sealed
	}
	return path
}

// Shared are the files of the cluster itself.
type Shared struct{ Addons, Cloud []File }

// Tree is the whole output: one directory per node, and those of the cluster itself that have files.
type Tree struct {
	// files by directory, sorted by path.
	files map[string][]File
	// nodes is what the indexes say of the nodes beside their files.
	nodes map[string]Node
}

// Node is what the index of a node says of it beside its files.
type Node struct {
	// Kubernetes is the release that the node's files are for.
	Kubernetes string
	// Pool of the node, and the word for its machine, if it has them.
	Pool, Machine string
	// Etcd is nil on a node that is no member.
	Etcd *Start
}

// New checks the files of each node, by the node's name, and of the cluster itself, and makes a tree of them. The error joins
// all findings: names that are no DNS-1123 subdomains, paths that are unclean, doubled (also by case folding) or both
// file and directory, content that is not what it claims to be.
func New(nodes map[string][]File, shared Shared) (Tree, error) {
	t := Tree{files: make(map[string][]File, len(nodes)+2)}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(nodes)) {
		errs = append(errs, checkNodeName(name))
		t.files[name] = sorted(nodes[name])
	}
	for name, files := range map[string][]File{Addons: shared.Addons, Cloud: shared.Cloud} {
		if len(files) > 0 {
			t.files[name] = sorted(files)
		}
	}
	for _, name := range t.Names() {
		if err := checkFiles(t.files[name]); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return Tree{}, err
	}
	return t, nil
}

func sorted(files []File) []File {
	return slices.SortedFunc(slices.Values(files), func(a, b File) int { return strings.Compare(a.Path, b.Path) })
}

// With is the tree with what its indexes say of the nodes, by the node's name.
func (t Tree) With(nodes map[string]Node) Tree {
	t.nodes = nodes
	return t
}

// Names are the tree's directories, sorted: the nodes, and [Addons] and [Cloud] if these have files.
func (t Tree) Names() []string { return slices.Sorted(maps.Keys(t.files)) }

// Files are the files of one directory, sorted by path. They must not be changed.
func (t Tree) Files(name string) []File { return t.files[name] }

// Index lists the files of one directory.
func (t Tree) Index(name string) Index {
	n := t.nodes[name]
	x := Index{
		APIVersion: indexVersion, Kubernetes: n.Kubernetes, Pool: n.Pool, Machine: n.Machine, Etcd: n.Etcd,
		Files: make([]IndexFile, 0, len(t.files[name])),
	}
	x.Kind, x.Node = kindOf(name)
	for _, f := range t.files[name] {
		x.Files = append(x.Files, indexed(f))
	}
	return x
}

// Entry is a file as it lies on the disk.
type Entry struct {
	// Path is a slash path from the directory that holds the entry.
	Path    string
	Content []byte
}

// Entries are all files of the tree and the index of each directory, by their paths below the output directory.
func (t Tree) Entries() ([]Entry, error) {
	names := t.Names()
	parts := make([][]Entry, len(names))
	err := newCrew().each(len(names), func(i int) error {
		part, err := t.entries(names[i])
		parts[i] = part
		return err
	})
	return slices.Concat(parts...), err
}

func (t Tree) entries(name string) ([]Entry, error) {
	index, err := t.Index(name).Encode()
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, 0, len(t.files[name])+1)
	for _, f := range t.files[name] {
		entries = append(entries, Entry{Path: name + "/" + f.Stored(), Content: f.Content.bytes})
	}
	return append(entries, Entry{Path: name + layout.Index, Content: index}), nil
}
