package pki

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

// readStrict decodes a recipe. Keys that nobody reads are mistakes, keys that stand twice too.
func readStrict(files fs.FS, name string, into any, known ...string) diag.List {
	text, err := bounded.ReadFile(files, name, bounded.File)
	if err != nil {
		return diag.List{{Summary: "cannot read the recipe " + layout.Secrets + name, Detail: err.Error(), Pos: diag.Pos{File: layout.Secrets + name}}}
	}
	if d, is := diag.Conflicted(layout.Secrets+name, text); is {
		return diag.List{d}
	}
	if err, is := errors.AsType[*bounded.JSONError](bounded.JSON(text, into)); is {
		return diag.List{jsonProblem(name, text, err, known)}
	}
	if key, offset := bounded.RepeatedKey(text); key != "" {
		return diag.List{{Summary: "the key " + diag.Quote(key) + " stands twice", Hint: "remove one", Pos: at(name, text, offset)}}
	}
	return nil
}

func jsonProblem(name string, text []byte, err *bounded.JSONError, known []string) diag.Diagnostic {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.Is(err, bounded.ErrTrailing):
		return diag.Diagnostic{Summary: "a recipe is one JSON object", Hint: "remove what follows it", Pos: at(name, text, err.Offset)}
	case errors.As(err, &syntax):
		return diag.Diagnostic{Summary: "this is not JSON: " + syntax.Error(), Pos: at(name, text, syntax.Offset)}
	case errors.As(err, &kind):
		return diag.Diagnostic{Summary: kind.Field + " cannot be a " + kind.Value, Pos: at(name, text, kind.Offset)}
	}
	if quoted, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		key, _ := strconv.Unquote(quoted)
		where := int64(bytes.Index(text, []byte(quoted)))
		return diag.Diagnostic{Summary: "unknown key " + diag.Quote(key), Hint: diag.DidYouMean(key, known, "there are "+strings.Join(known, ", ")), Pos: at(name, text, where)}
	}
	return diag.Diagnostic{Summary: "this is not JSON: " + err.Error(), Pos: at(name, text, err.Offset)}
}

// at turns a byte offset into a line.
func at(name string, text []byte, offset int64) diag.Pos {
	offset = max(0, min(offset, int64(len(text))))
	return diag.Pos{File: layout.Secrets + name, Line: 1 + bytes.Count(text[:offset], []byte("\n"))}
}
