package spec

import (
	"bytes"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/diag"
)

// lineReader hands the source to the parser line by line, and so knows how far the parser has read when it gives up.
// The parser itself tells only where the construct began.
type lineReader struct {
	rest   []byte
	served int
	// open: the last line was longer than the parser's buffer.
	open bool
}

// Read implements io.Reader.
func (r *lineReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	end := bytes.IndexByte(r.rest, '\n') + 1
	if end == 0 {
		end = len(r.rest)
	}
	n := copy(p, r.rest[:end])
	if !r.open {
		r.served++
	}
	r.open = n < end
	r.rest = r.rest[n:]
	return n, nil
}

var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(?s:(.*))$`)

// syntaxError words an error of the parser and finds its place.
func syntaxError(source []byte, err error, served int) diag.Diagnostic {
	m := yamlError.FindStringSubmatch(err.Error())
	if m == nil {
		m = []string{"", "", err.Error()}
	}
	began, _ := strconv.Atoi(m[1])
	line := errorLine(source, max(began, 1), served)
	text := ""
	if lines := diag.Lines(source); line <= len(lines) {
		text = lines[line-1]
	}
	column, hint := explain(m[2], text)
	return diag.Diagnostic{
		Summary: "this is not YAML: " + m[2],
		Hint:    hint,
		Pos:     diag.Pos{Line: line, Col: column},
	}
}

// errorLine finds the line that breaks the document: the one after the longest part that is still YAML. The parser
// looks ahead, so the line may be some before the last one that it read.
func errorLine(source []byte, began, served int) int {
	const lookAhead = 8
	lines := bytes.SplitAfter(source, []byte("\n"))
	served = min(served, len(lines))
	for n := served - 1; n >= max(began-1, 1, served-lookAhead); n-- {
		var doc yaml.Node
		if yaml.Unmarshal(bytes.Join(lines[:n], nil), &doc) == nil {
			return n + 1
		}
	}
	return max(min(began, served), 1)
}

// trouble is a problem that the parser has words for: what in the line it is about, and what to do.
type trouble struct {
	problem string
	// at are the characters of which the last in the line is the culprit.
	at   string
	hint string
}

func troubles() []trouble {
	return []trouble{
		{"mapping values are not allowed", ":", "put a value that holds a colon in quotes, or indent the line like its neighbours"},
		{"cannot start any token", "@`%", "put a value that begins with @, ` or % in quotes"},
		{"alphabetic or numeric", "*&", "put a value that begins with * or & in quotes; aliases are not allowed in a spec"},
		{"unknown anchor", "*", "put a value that begins with * or & in quotes; aliases are not allowed in a spec"},
		{"could not find expected ':'", "", "a key needs a colon and a space after it"},
		{"unexpected end of stream", `"'`, "close the quote"},
		{"escape character", `\`, `write \\ for a backslash, or use single quotes`},
		{"block sequence entries", "-", "begin the list on a line of its own"},
		{"',' or", "[{", "close the bracket, and put commas between its elements"},
		{"expected node content", "[{", "close the bracket, and put commas between its elements"},
		{"directive", "%", "remove the line that begins with %"},
		{"incompatible YAML", "%", "remove the line that begins with %"},
	}
}

// explain finds the column of a syntax error, by default the line's first character, and says what to do.
func explain(problem, text string) (column int, hint string) {
	blank := len(text) - len(strings.TrimLeft(text, " \t"))
	if tab := strings.Index(text[:blank], "\t"); tab >= 0 {
		return tab + 1, "indent with spaces; YAML takes no tabs"
	}
	for _, t := range troubles() {
		if strings.Contains(problem, t.problem) {
			at := max(blank, strings.LastIndexAny(text, t.at))
			return utf8.RuneCountInString(text[:at]) + 1, t.hint
		}
	}
	return blank + 1, "indent the line like its neighbours, two spaces a level"
}
