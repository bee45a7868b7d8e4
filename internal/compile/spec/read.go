package spec

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/harender/harender/internal/diag"
)

// The files that can hold the spec, at the root of the cluster repository.
const (
	jsonnetFile = "cluster.jsonnet"
	YAMLFile    = "cluster.yaml"
	jsonFile    = "cluster.json"
)

// Files are the names that the spec can have.
func Files() []string { return []string{jsonnetFile, YAMLFile, jsonFile} }

// MaxSize of the spec in bytes, as written and as jsonnet evaluates it: room for some 20,000 nodes.
const MaxSize = 4 << 20

// Evaluator turns a jsonnet file into JSON.
type Evaluator func(fsys fs.FS, entry string) (json []byte, list diag.List)

// Read finds the spec at the root of a cluster repository and decodes it. The document is complete unless the list
// has errors; even then its Locate works.
func Read(fsys fs.FS, eval Evaluator) (Document, diag.List) {
	name, list := find(fsys)
	if list.HasErrors() {
		return Document{}, list
	}
	source, found := load(fsys, name)
	if list = append(list, found...); list.HasErrors() {
		return Document{File: name}, list
	}
	doc, found := parse(fsys, name, source, eval)
	list = append(list, found...)
	if doc.root != nil {
		list = append(list, checkStructure(doc.root)...)
		list = append(list, decodeDocument(doc.root, &doc.Cluster)...)
	}
	for i := range list {
		list[i].Pos.File = cmp.Or(list[i].Pos.File, name)
	}
	return doc, doc.Complete(list)
}

// find picks the one file that holds the spec.
func find(fsys fs.FS) (string, diag.List) {
	var found []string
	for _, name := range Files() {
		_, err := fs.Stat(fsys, name)
		switch {
		case err == nil:
			found = append(found, name)
		case !errors.Is(err, fs.ErrNotExist):
			return "", diag.List{unreadable(name, err)}
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", diag.List{{
			Summary: "there is no cluster.yaml, cluster.jsonnet or cluster.json",
			Detail:  "A cluster repository has its spec at its root.",
			Hint:    "harender init makes a cluster repository; otherwise name the directory that holds one",
		}}
	default:
		return "", diag.List{{
			Summary: "there is more than one spec: " + strings.Join(found, ", "),
			Hint:    "keep " + found[0] + " and remove " + strings.Join(found[1:], " and ") + ", or the other way round",
			Pos:     diag.Pos{File: found[1], Line: 1, Col: 1},
		}}
	}
}

func unreadable(name string, err error) diag.Diagnostic {
	return diag.Diagnostic{
		Summary: name + " cannot be read",
		Detail:  err.Error(),
		Hint:    "check that it is a plain file that you may read",
		Pos:     diag.Pos{File: name},
	}
}

// load reads the file up to the size limit and makes sure that it is text.
func load(fsys fs.FS, name string) ([]byte, diag.List) {
	source, err := readLimited(fsys, name)
	if err != nil {
		return nil, diag.List{unreadable(name, err)}
	}
	if len(source) > MaxSize {
		return nil, diag.List{{
			Summary: fmt.Sprintf("%s is larger than %d MiB", name, MaxSize>>20),
			Hint:    "settings that many nodes share belong in spec.pools or spec.roles",
			Pos:     diag.Pos{File: name},
		}}
	}
	return checkText(name, source)
}

func readLimited(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	// Opening a FIFO would wait for ever.
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file but %s", name, info.Mode().Type())
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	source, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	return source, errors.Join(err, f.Close())
}

// parse brings the source into nodes. The document has no root where the list has errors.
func parse(fsys fs.FS, name string, source []byte, eval Evaluator) (Document, diag.List) {
	doc := Document{File: name, lines: diag.Lines(source)}
	var list diag.List
	switch name {
	case YAMLFile:
		doc.root, list = parseYAML(source)
	case jsonFile:
		doc.root, list = parseJSON(source)
	default:
		var evaluated []byte
		if evaluated, list = eval(fsys, name); list.HasErrors() {
			return doc, list
		}
		var more diag.List
		doc.root, more = parseEvaluated(evaluated)
		list = append(list, more...)
	}
	return doc, list
}

// parseEvaluated reads what jsonnet made. Its lines are no lines of the user's, so positions are dropped.
func parseEvaluated(source []byte) (*node, diag.List) {
	if len(source) > MaxSize {
		return nil, diag.List{{
			Summary: fmt.Sprintf("cluster.jsonnet evaluates to more than %d MiB", MaxSize>>20),
			Hint:    "settings that many nodes share belong in spec.pools or spec.roles",
			Pos:     diag.Pos{File: jsonnetFile},
		}}
	}
	root, list := parseJSON(source)
	for i := range list {
		list[i].Pos = diag.Pos{File: jsonnetFile}
	}
	if root != nil {
		root.dropPlace()
	}
	return root, list
}
