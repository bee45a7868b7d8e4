package render

import (
	"encoding/json"
	"io/fs"

	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/harender/harender/internal/compile/jsonnet"
	"github.com/harender/harender/internal/diag"
)

// Engines are what computes and what shapes. Neither has limits of its own: for input from strangers they belong in a
// process that has.
type Engines interface {
	// Evaluate is a [jsonnet.Evaluator].
	Evaluate(fsys fs.FS, name, src string, args map[string]string) ([]byte, diag.List)
	// Inspect looks at the layers that kustomize may read, and refuses what would make it fetch, run or blow up.
	Inspect() diag.List
	// Shape runs kustomize over layers that were inspected.
	Shape(p Parts) ([]Object, diag.List)
}

// Starter gives the engines over layers. [Here] is one.
type Starter func(layers fs.FS) Engines

// Parts are laid upon each other, in this order.
type Parts struct {
	// Bases are folders of the layers.
	Bases []string
	// Whole objects stand beside those of the bases, and Partial ones are laid over them, both by any names.
	Whole, Partial map[string]json.RawMessage
	// Components are folders of the layers.
	Components []string
}

// Object is what kustomize made: the text is YAML.
type Object struct {
	Kind, Name, Namespace string
	Text                  []byte
}

// here are the engines in this process.
type here struct {
	layers fs.FS
	// files are the layers in memory, once they were inspected.
	files filesys.FileSystem
	runs  int
}

// Here runs the engines in this process, which hostile layers can end.
func Here(layers fs.FS) Engines { return &here{layers: layers} }

// Evaluate implements [Engines].
func (h *here) Evaluate(fsys fs.FS, name, src string, args map[string]string) ([]byte, diag.List) {
	return jsonnet.Evaluate(fsys, name, src, args)
}

// Inspect implements [Engines].
func (h *here) Inspect() diag.List {
	mem, list := loadLayers(h.layers)
	h.files = mem
	return list
}
