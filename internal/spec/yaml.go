package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/diag"
)

// maxDepth of lists and mappings in each other; the spec needs seven.
const maxDepth = 32

// parseYAML reads exactly one document.
func parseYAML(source []byte) (*node, diag.List) {
	lines := &lineReader{rest: source}
	dec := yaml.NewDecoder(lines)
	var doc yaml.Node
	err := decode(dec, &doc)
	if errors.Is(err, io.EOF) || err == nil && empty(&doc) {
		return nil, diag.List{emptyDocument()}
	}
	if err != nil {
		return nil, diag.List{syntaxError(source, err, lines.served)}
	}
	var second yaml.Node
	if err := decode(dec, &second); !errors.Is(err, io.EOF) {
		return nil, diag.List{secondDocument(&second, err, source, lines.served)}
	}
	root, deep := convert(doc.Content[0], 0)
	if deep != nil {
		return nil, diag.List{tooDeep(deep.Line, deep.Column)}
	}
	return root, nil
}

// decode keeps a fault of the parser on odd input from ending the program.
func decode(dec *yaml.Decoder, into *yaml.Node) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("yaml: the parser failed: %v", fault)
		}
	}()
	return dec.Decode(into)
}

func empty(doc *yaml.Node) bool {
	return len(doc.Content) == 0 || doc.Content[0].Kind == yaml.ScalarNode && doc.Content[0].Tag == "!!null"
}

func emptyDocument() diag.Diagnostic {
	return diag.Diagnostic{
		Summary: "the spec is empty",
		Hint:    "harender init writes a complete one into a new directory",
		Pos:     diag.Pos{Line: 1, Col: 1},
	}
}

func tooDeep(line, col int) diag.Diagnostic {
	return diag.Diagnostic{
		Summary: fmt.Sprintf("lists and mappings are nested more than %d deep", maxDepth),
		Hint:    "nothing in a spec needs that; see harender schema",
		Pos:     diag.Pos{Line: line, Col: col},
	}
}

func secondDocument(doc *yaml.Node, err error, source []byte, served int) diag.Diagnostic {
	if err != nil {
		return syntaxError(source, err, served)
	}
	return diag.Diagnostic{
		Summary: "a second YAML document begins here",
		Detail:  "A repository has one cluster, in one document.",
		Hint:    "move the second one to a repository of its own, or remove the line ---",
		Pos:     diag.Pos{Line: doc.Line, Col: doc.Column},
	}
}

// convert takes over the parser's nodes. It gives the first node that lies too deep.
func convert(y *yaml.Node, depth int) (*node, *yaml.Node) {
	if depth > maxDepth {
		return nil, y
	}
	n := &node{kind: kindOf(y), text: y.Value, line: y.Line, col: y.Column, tag: explicitTag(y)}
	n.plain = n.scalar() && y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	children := make([]*node, len(y.Content))
	for i, c := range y.Content {
		var deep *yaml.Node
		if children[i], deep = convert(c, depth+1); deep != nil {
			return nil, deep
		}
	}
	if n.kind != mapKind {
		n.items = children
		return n, nil
	}
	for i := 0; i+1 < len(children); i += 2 {
		n.entries = append(n.entries, entry{children[i], children[i+1]})
	}
	return n, nil
}

func kindOf(y *yaml.Node) kind {
	switch y.Kind {
	case yaml.MappingNode:
		return mapKind
	case yaml.SequenceNode:
		return listKind
	case yaml.AliasNode:
		return aliasKind
	}
	switch y.ShortTag() {
	case "!!null":
		return nullKind
	case "!!bool":
		return boolKind
	case "!!int":
		return intKind
	case "!!float":
		return floatKind
	default:
		return stringKind
	}
}

func explicitTag(y *yaml.Node) string {
	if y.Style&yaml.TaggedStyle == 0 {
		return ""
	}
	return y.ShortTag()
}

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
	if lines := splitLines(source); line <= len(lines) {
		text = lines[line-1]
	}
	return diag.Diagnostic{
		Summary: "this is not YAML: " + m[2],
		Hint:    syntaxHint(m[2], text),
		Pos:     diag.Pos{Line: line, Col: errorColumn(m[2], text)},
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

// errorColumn points at what the parser stumbled over, where that is known, else at the line's first character.
func errorColumn(problem, text string) int {
	first := len(text) - len(strings.TrimLeft(text, " "))
	at := first
	switch {
	case strings.Contains(text[:indentation(text)], "\t"):
		at = strings.Index(text, "\t")
	case strings.Contains(problem, "mapping values are not allowed"):
		at = max(first, strings.LastIndex(text, ": "))
	case strings.Contains(problem, "cannot start any token"):
		at = max(first, strings.IndexAny(text, "@`%"))
	case strings.Contains(problem, "alphabetic or numeric"):
		at = max(first, strings.IndexAny(text, "*&"))
	case strings.Contains(problem, "unexpected end of stream"):
		at = max(first, strings.LastIndexAny(text, `"'`))
	case strings.Contains(problem, "',' or"):
		at = max(first, strings.LastIndexAny(text, "[{"))
	}
	return len([]rune(text[:at])) + 1
}

func indentation(text string) int { return len(text) - len(strings.TrimLeft(text, " \t")) }

func syntaxHint(problem, text string) string {
	switch {
	case strings.Contains(text[:indentation(text)], "\t"):
		return "indent with spaces; YAML takes no tabs"
	case strings.Contains(problem, "mapping values are not allowed"):
		return "put a value that holds a colon in quotes, or indent the line like its neighbours"
	case strings.Contains(problem, "cannot start any token"):
		return "put a value that begins with @, ` or % in quotes"
	case strings.Contains(problem, "could not find expected ':'"):
		return "a key needs a colon and a space after it"
	case strings.Contains(problem, "unknown anchor"), strings.Contains(problem, "alphabetic or numeric"):
		return "put a value that begins with * or & in quotes; aliases are not allowed in a spec"
	case strings.Contains(problem, "unexpected end of stream"):
		return "close the quote"
	case strings.Contains(problem, "',' or"), strings.Contains(problem, "expected node content"):
		return "close the bracket, and put commas between its elements"
	default:
		return "indent the line like its neighbours, two spaces a level"
	}
}
