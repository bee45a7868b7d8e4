package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/harender/harender/internal/diag"
)

// parseJSON reads exactly one JSON value.
func parseJSON(source []byte) (*node, diag.List) {
	if len(bytes.TrimSpace(source)) == 0 {
		return nil, diag.List{emptyDocument()}
	}
	if d := checkJSON(source); d != nil {
		return nil, diag.List{*d}
	}
	p := jsonParser{dec: json.NewDecoder(bytes.NewReader(source)), source: source, line: 1, col: 1}
	p.dec.UseNumber()
	root, err := p.value(0)
	switch {
	case errors.Is(err, errDeep):
		return nil, diag.List{tooDeep(p.line, p.col)}
	case err != nil:
		return nil, diag.List{notJSON(source, int(p.dec.InputOffset()), err)}
	case root.kind == nullKind:
		return nil, diag.List{emptyDocument()}
	}
	return root, nil
}

// checkJSON finds a syntax error anywhere in the source.
func checkJSON(source []byte) *diag.Diagnostic {
	var whole json.RawMessage
	err := json.Unmarshal(source, &whole)
	if err == nil {
		return nil
	}
	offset := len(source)
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		offset = int(syntax.Offset) - 1
	}
	d := notJSON(source, offset, err)
	return &d
}

func notJSON(source []byte, offset int, err error) diag.Diagnostic {
	return diag.Diagnostic{
		Summary: "this is not JSON: " + strings.TrimPrefix(err.Error(), "json: "),
		Hint:    jsonHint(source, offset, err),
		Pos:     position(source, offset),
	}
}

func jsonHint(source []byte, offset int, err error) string {
	at := byte(0)
	if offset >= 0 && offset < len(source) {
		at = source[offset]
	}
	switch {
	case strings.Contains(err.Error(), "after top-level value"):
		return "a repository has one cluster, in one JSON object"
	case at == '/' || at == '#':
		return "JSON has no comments; cluster.jsonnet and cluster.yaml have"
	case at == '\'':
		return "JSON has strings in double quotes only"
	case at == '}' || at == ']':
		return "remove the comma before it"
	case strings.Contains(err.Error(), "unexpected end"):
		return "close what is open: a quote, a bracket or a brace"
	default:
		return "JSON wants keys and strings in double quotes, and commas between elements"
	}
}

var errDeep = errors.New("nested too deep")

// jsonParser makes nodes of tokens, and keeps count of lines as it goes.
type jsonParser struct {
	dec    *json.Decoder
	source []byte
	// line and col of the byte at offset.
	offset, line, col int
}

// next gives the next token and moves the position to where it begins.
func (p *jsonParser) next() (json.Token, error) {
	start := int(p.dec.InputOffset())
	for start < len(p.source) && strings.IndexByte(" \t\r\n,:", p.source[start]) >= 0 {
		start++
	}
	skipped := p.source[p.offset:start]
	if i := bytes.LastIndexByte(skipped, '\n'); i >= 0 {
		p.line += bytes.Count(skipped, []byte("\n"))
		p.col = 1
		skipped = skipped[i+1:]
	}
	p.col += utf8.RuneCount(skipped)
	p.offset = start
	return p.dec.Token()
}

func (p *jsonParser) value(depth int) (*node, error) {
	if depth > maxDepth {
		return nil, errDeep
	}
	token, err := p.next()
	if err != nil {
		return nil, err
	}
	n := &node{line: p.line, col: p.col}
	switch t := token.(type) {
	case json.Delim:
		return n, p.collection(n, t, depth)
	case string:
		n.kind, n.text = stringKind, t
	case json.Number:
		n.kind, n.text = numberKind(t.String()), t.String()
	case bool:
		n.kind, n.text = boolKind, fmt.Sprint(t)
	}
	return n, nil
}

func numberKind(s string) kind {
	if strings.ContainsAny(s, ".eE") {
		return floatKind
	}
	return intKind
}

// collection fills a list or a mapping up to its closing bracket.
func (p *jsonParser) collection(n *node, open json.Delim, depth int) error {
	n.kind = listKind
	if open == '{' {
		n.kind = mapKind
	}
	for p.dec.More() {
		v, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		if n.kind == listKind {
			n.items = append(n.items, v)
			continue
		}
		value, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		n.entries = append(n.entries, entry{v, value})
	}
	_, err := p.next()
	return err
}
