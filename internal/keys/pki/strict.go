package pki

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
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
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return diag.List{jsonProblem(name, text, dec.InputOffset(), err, known)}
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return diag.List{{Summary: "a recipe is one JSON object", Hint: "remove what follows it", Pos: at(name, text, dec.InputOffset())}}
	}
	if key, offset := repeated(text); key != "" {
		return diag.List{{Summary: "the key " + diag.Quote(key) + " stands twice", Hint: "remove one", Pos: at(name, text, offset)}}
	}
	return nil
}

func jsonProblem(name string, text []byte, offset int64, err error, known []string) diag.Diagnostic {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
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
	return diag.Diagnostic{Summary: "this is not JSON: " + err.Error(), Pos: at(name, text, offset)}
}

// at turns a byte offset into a line.
func at(name string, text []byte, offset int64) diag.Pos {
	offset = max(0, min(offset, int64(len(text))))
	return diag.Pos{File: layout.Secrets + name, Line: 1 + bytes.Count(text[:offset], []byte("\n"))}
}

// repeated finds a key that stands twice in one object of valid JSON.
func repeated(text []byte) (string, int64) {
	dec := json.NewDecoder(bytes.NewReader(text))
	var open []map[string]bool // nil for an array
	expectKey := false
	for {
		token, err := dec.Token()
		if err != nil {
			return "", 0
		}
		switch t := token.(type) {
		case json.Delim:
			switch t {
			case '{':
				open = append(open, map[string]bool{})
			case '[':
				open = append(open, nil)
			default:
				open = open[:len(open)-1]
			}
			expectKey = len(open) > 0 && open[len(open)-1] != nil
			continue
		case string:
			if expectKey {
				if open[len(open)-1][t] {
					return t, dec.InputOffset()
				}
				open[len(open)-1][t] = true
				expectKey = false
				continue
			}
		}
		expectKey = len(open) > 0 && open[len(open)-1] != nil
	}
}
