package spec

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// document is a source and what it says. The parser tells where a value begins; where it ends is found here.
type document struct {
	source []byte
	root   *yaml.Node
}

// offset of a line and a column, which count from 1.
func (d document) offset(line, column int) int {
	at := 0
	for ; line > 1; line-- {
		at += len(lineRest(d.source[at:]))
		at += len(breakAt(d.source[at:]))
	}
	for ; column > 1 && at < len(d.source); column-- {
		_, size := utf8.DecodeRune(d.source[at:])
		at += size
	}
	return at
}

// lineRest is the source up to the line's end.
func lineRest(source []byte) []byte {
	if i := bytes.IndexAny(source, "\r\n"); i >= 0 {
		return source[:i]
	}
	return source
}

// breakAt is the line's end that the source begins with.
func breakAt(source []byte) []byte {
	switch {
	case bytes.HasPrefix(source, []byte("\r\n")):
		return source[:2]
	case len(source) > 0 && (source[0] == '\n' || source[0] == '\r'):
		return source[:1]
	}
	return nil
}

// lineEnd is how the lines of the source end.
func (d document) lineEnd() string {
	if end := breakAt(d.source[len(lineRest(d.source)):]); len(end) > 0 {
		return string(end)
	}
	return "\n"
}

// end is the offset behind a value.
func (d document) end(n *yaml.Node) int {
	start := d.offset(n.Line, n.Column)
	last := len(n.Content) - 1
	switch {
	case n.Kind == yaml.AliasNode:
		return start + 1 + len(n.Value)
	case n.Kind == yaml.ScalarNode:
		return d.scalarEnd(start, n)
	case n.Style&yaml.FlowStyle != 0:
		inside := start + 1
		if last >= 0 {
			inside = d.end(n.Content[last])
		}
		return inside + len(closing.Find(d.source[inside:]))
	case last < 0:
		return start
	case n.Kind == yaml.MappingNode && n.Content[last].Value == "" && n.Content[last].ShortTag() == "!!null":
		return d.colon(n.Content[last-1])
	}
	return d.end(n.Content[last])
}

// closing is the end of a flow mapping or list behind its last value: blanks, comments, a comma.
var closing = regexp.MustCompile(`^(?:[\s,]|#[^\r\n]*)*[}\]]`)

// colon is the offset behind the colon of a key.
func (d document) colon(key *yaml.Node) int {
	at := d.end(key)
	return at + len(afterKey.Find(d.source[at:]))
}

var afterKey = regexp.MustCompile(`^[ \t]*:`)

// properties are an anchor and a tag before a value.
var properties = regexp.MustCompile(`^(?:[&!]\S*\s+)*`)

func (d document) scalarEnd(start int, n *yaml.Node) int {
	start += len(properties.Find(d.source[start:]))
	rest := d.source[start:]
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return start + len(doubleQuoted.Find(rest))
	case n.Style&yaml.SingleQuotedStyle != 0:
		return start + len(singleQuoted.Find(rest))
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return d.blockEnd(start)
	}
	words := strings.Fields(n.Value)
	for i, w := range words {
		words[i] = regexp.QuoteMeta(w)
	}
	plain := regexp.MustCompile(`^` + strings.Join(words, `\s+`))
	return start + len(plain.Find(rest))
}

var (
	doubleQuoted = regexp.MustCompile(`^"(?:[^"\\]|\\[\s\S])*"`)
	singleQuoted = regexp.MustCompile(`^'(?:[^']|'')*'`)
)

// blockEnd is the end of the last line of a block scalar: those below the line that begins it, and as far to the right
// as the first of them.
func (d document) blockEnd(start int) int {
	end := start + len(lineRest(d.source[start:]))
	indent := -1
	for at := end; ; {
		mark := breakAt(d.source[at:])
		if len(mark) == 0 {
			return end
		}
		at += len(mark)
		line := lineRest(d.source[at:])
		at += len(line)
		blank := len(line) - len(bytes.TrimLeft(line, " "))
		switch {
		case blank == len(line):
			continue
		case indent < 0 && blank > 0:
			indent = blank
		case indent < 0 || blank < indent:
			return end
		}
		end = at
	}
}
