// Package jsonnet evaluates jsonnet from a file system, and from nothing else. It is the only importer of go-jsonnet.
package jsonnet

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	gojsonnet "github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/ast"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layer"
)

// library is searched for an import that is not found beside the importing file.
const library = "lib/x"

// EvaluateFile evaluates one file of fsys to JSON.
func EvaluateFile(fsys fs.FS, name string) ([]byte, diag.List) {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, diag.List{{Summary: "cannot read " + name, Detail: err.Error()}}
	}
	return Evaluate(fsys, name, string(src), nil)
}

// Evaluate evaluates src, which imports resolve relative to name, to JSON. Each argument is JSON text, bound to the
// top level function's parameter of that name.
func Evaluate(fsys fs.FS, name, src string, args map[string]string) ([]byte, diag.List) {
	vm := gojsonnet.MakeVM()
	vm.Importer(&importer{fsys: fsys, cache: map[string]gojsonnet.Contents{}})
	for k, v := range args {
		vm.TLACode(k, v)
	}
	node, err := gojsonnet.SnippetToAST(name, src)
	if err != nil {
		return nil, diag.List{diagnose(err)}
	}
	out, err := vm.Evaluate(node)
	if err != nil {
		return nil, diag.List{diagnose(err)}
	}
	return []byte(out), nil
}

// located is what go-jsonnet's syntax errors offer beside their text.
type located interface{ Loc() ast.LocationRange }

func diagnose(err error) diag.Diagnostic {
	d := diag.Diagnostic{Summary: "jsonnet: " + err.Error(), Hint: "jsonnet stops at its first error: mend it and run harender check again"}
	var static located
	var runtime gojsonnet.RuntimeError
	switch {
	case errors.As(err, &runtime):
		d.Summary = "jsonnet: " + runtime.Msg
		d.Detail = trace(runtime.StackTrace)
		if len(runtime.StackTrace) > 0 {
			d.Pos = position(runtime.StackTrace[0].Loc)
		}
	case errors.As(err, &static):
		d.Pos = position(static.Loc())
		if _, msg, ok := strings.Cut(err.Error(), d.Pos.File+":"); ok {
			_, msg, _ = strings.Cut(msg, " ")
			d.Summary = "jsonnet: " + msg
		}
	}
	return d
}

func position(l ast.LocationRange) diag.Pos {
	return diag.Pos{File: l.FileName, Line: l.Begin.Line, Col: l.Begin.Column}
}

// trace tells the calls that led to the error, the innermost first, without frames that have no place.
func trace(frames []gojsonnet.TraceFrame) string {
	const most = 8
	var lines []string
	for _, f := range frames {
		if f.Loc.FileName == "" {
			continue
		}
		lines = append(lines, fmt.Sprintf("at %s %s", position(f.Loc), f.Name))
		if len(lines) == most {
			break
		}
	}
	return strings.Join(lines, "\n")
}

// importer serves imports from the file system alone: go-jsonnet's own reads any path, /dev/stdin included.
type importer struct {
	fsys  fs.FS
	cache map[string]gojsonnet.Contents
}

// Import finds ref beside the importing file, then in lib/.
func (i *importer) Import(from, ref string) (gojsonnet.Contents, string, error) {
	for _, base := range []string{from, library} {
		name, err := layer.Resolve(base, ref)
		if err != nil {
			return gojsonnet.Contents{}, "", err
		}
		if c, ok := i.cache[name]; ok {
			return c, name, nil
		}
		data, err := fs.ReadFile(i.fsys, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return gojsonnet.Contents{}, "", err
		}
		c := gojsonnet.MakeContentsRaw(data)
		i.cache[name] = c
		return c, name, nil
	}
	return gojsonnet.Contents{}, "", fmt.Errorf("%s is neither beside %s nor in lib/", ref, from)
}
