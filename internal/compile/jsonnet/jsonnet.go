// Package jsonnet evaluates jsonnet from a file system, and from nothing else. It is the only importer of go-jsonnet.
package jsonnet

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	gojsonnet "github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/ast"

	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/diag"
)

// library is searched for an import that is not found beside the importing file.
const library = "lib/x"

// Evaluator evaluates src, which imports resolve relative to name in fsys, to JSON. Each argument is JSON text, bound to
// the top level function's parameter of that name. [Evaluate] and [Sandbox.Evaluate] are evaluators.
type Evaluator func(fsys fs.FS, name, src string, args map[string]string) ([]byte, diag.List)

// Evaluate evaluates src, which imports resolve relative to name, to JSON. A source that is no file has no name, and no
// place in a trace. Each argument is JSON text, bound to the
// top level function's parameter of that name.
func Evaluate(fsys fs.FS, name, src string, args map[string]string) ([]byte, diag.List) {
	vm := gojsonnet.MakeVM()
	vm.Importer(&importer{fsys: fsys, cache: map[string]gojsonnet.Contents{}})
	for k, v := range args {
		// As code, a thousand nodes would take jsonnet's own parser a tenth of a second.
		vm.ExtVar(k, v)
		vm.TLACode(k, "std.parseJson(std.extVar("+strconv.Quote(k)+"))")
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

func diagnose(err error) diag.Diagnostic {
	d := diag.Diagnostic{Summary: err.Error(), Hint: "jsonnet stops at its first error: mend it and run harender check again"}
	var runtime gojsonnet.RuntimeError
	if errors.As(err, &runtime) {
		frames := placed(runtime.StackTrace)
		d.Summary, d.Detail = runtime.Msg, trace(frames)
		if len(frames) > 0 {
			d.Pos = position(frames[theirs(frames)].Loc)
		}
	}
	if strings.Contains(d.Summary, layer.ErrNotSource.Error()) {
		d.Hint = "move the file below lib/, and name it from there"
	}
	// A syntax error begins with its place, also where the stack has that of the import alone.
	if m := place.FindStringSubmatch(d.Summary); m != nil {
		d.Pos, d.Summary = diag.Pos{File: m[1], Line: number(m[2]), Col: number(m[3])}, m[4]
	}
	if strings.Contains(d.Summary, diag.ErrConflict.Error()) {
		d.Hint = diag.HintConflict
	}
	d.Summary = "jsonnet: " + d.Summary
	return d
}

// place is how go-jsonnet writes a location: FILE:LINE:COL-COL or FILE:(LINE:COL)-(LINE:COL).
var place = regexp.MustCompile(`^([^:\n]+):\(?(\d+):(\d+)[-():0-9]* (?s:(.*))$`)

func number(digits string) int {
	n, _ := strconv.Atoi(digits) // The expression matched digits; zero is an unknown place.
	return n
}

func position(l ast.LocationRange) diag.Pos {
	return diag.Pos{File: l.FileName, Line: l.Begin.Line, Col: l.Begin.Column}
}

// placed gives the frames that have a place in a file, the innermost first; those of the standard library and of a
// source without a name have none.
func placed(frames []gojsonnet.TraceFrame) []gojsonnet.TraceFrame {
	out := slices.DeleteFunc(slices.Clone(frames), func(f gojsonnet.TraceFrame) bool { return f.Loc.FileName == "" || f.Loc.Begin.Line == 0 })
	slices.Reverse(out)
	return out
}

// theirs is the innermost frame outside lib/, which is seldom to blame; or else the innermost of all.
func theirs(frames []gojsonnet.TraceFrame) int {
	outside := func(f gojsonnet.TraceFrame) bool { return !strings.HasPrefix(f.Loc.FileName, "lib/") }
	return max(0, slices.IndexFunc(frames, outside))
}

// trace tells the calls that led to the error, the innermost first.
func trace(frames []gojsonnet.TraceFrame) string {
	const most = 8
	var lines []string
	for _, f := range frames[:min(most, len(frames))] {
		lines = append(lines, "at "+position(f.Loc).String())
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
	var missing error
	for _, base := range []string{from, library} {
		name, err := layer.Resolve(base, ref)
		if err != nil {
			return gojsonnet.Contents{}, "", err
		}
		if top, _, _ := strings.Cut(name, "/"); top == "secrets" || top == "rendered" {
			return gojsonnet.Contents{}, "", fmt.Errorf("%s: nothing is imported from %s/, which is made by the build", ref, top)
		}
		if c, ok := i.cache[name]; ok {
			return c, name, nil
		}
		data, err := fs.ReadFile(i.fsys, name)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, layer.ErrNotSource) {
			missing = errors.Join(missing, err)
			continue
		}
		if err != nil {
			return gojsonnet.Contents{}, "", err
		}
		c := gojsonnet.MakeContentsRaw(data)
		i.cache[name] = c
		return c, name, nil
	}
	if errors.Is(missing, layer.ErrNotSource) {
		return gojsonnet.Contents{}, "", fmt.Errorf("%s: %w", ref, layer.ErrNotSource)
	}
	return gojsonnet.Contents{}, "", fmt.Errorf("%s is neither beside %s nor in lib/", ref, from)
}
