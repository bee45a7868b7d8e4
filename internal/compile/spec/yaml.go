package spec

import (
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/yamlcheck"
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
	if list := ambiguous(source, &doc); len(list) > 0 {
		return nil, list
	}
	root, deep := convert(doc.Content[0], 0)
	if deep != nil {
		return nil, diag.List{tooDeep(deep.Line, deep.Column)}
	}
	return root, nil
}

// ambiguous finds what some readers take for something else than this one.
func ambiguous(source []byte, doc *yaml.Node) (list diag.List) {
	for _, a := range yamlcheck.Find(source, doc) {
		list = append(list, diag.Diagnostic{Summary: a.Summary, Hint: a.Hint, Pos: diag.Pos{Line: a.Line, Col: a.Col}})
	}
	return list
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
