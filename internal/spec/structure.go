package spec

import (
	"fmt"

	"github.com/harender/harender/internal/diag"
)

// checkStructure finds what no spec may hold, wherever it stands: aliases and merge keys, which can blow a document up;
// tags; keys that are no strings; keys given twice.
func checkStructure(root *node) diag.List {
	var in inspector
	in.node(root, "")
	if len(in.aliases) == 0 {
		return in.list
	}
	first := in.aliases[0]
	if n := len(in.aliases); n > 1 {
		first.Detail = fmt.Sprintf("It is the first of %d.", n)
	}
	return append(in.list, first)
}

// inspector gathers findings on its walk, aliases apart: a document with one often has a thousand.
type inspector struct{ list, aliases diag.List }

const shareHint = "write it out; what nodes share belongs in spec.pools or spec.roles, and cluster.jsonnet has variables"

func (in *inspector) node(n *node, at diag.Path) {
	if n.tag != "" {
		in.list = append(in.list, finding(n, at, "the YAML tag "+diag.Quote(n.tag)+" is not allowed",
			"remove it; a string that looks like a number goes in quotes"))
	}
	if n.kind == aliasKind {
		in.aliases = append(in.aliases, finding(n, at, "the YAML alias "+diag.Quote("*"+n.text)+" is not allowed", shareHint))
	}
	for i, item := range n.items {
		in.node(item, at.Index(i))
	}
	in.entries(n.entries, at)
}

func (in *inspector) entries(entries []entry, at diag.Path) {
	seen := make(map[string]*node, len(entries))
	for _, e := range entries {
		if d := checkKey(e.key, at); d != nil {
			in.list = append(in.list, *d)
			continue
		}
		field := at.Key(e.key.text)
		if first := seen[e.key.text]; first != nil {
			d := finding(e.key, field, diag.Quote(e.key.text)+" is given twice", "remove one of the two")
			if first.line > 0 {
				d.Detail = fmt.Sprintf("It stands at line %d already.", first.line)
			}
			in.list = append(in.list, d)
		}
		seen[e.key.text] = e.key
		in.node(e.value, field)
	}
}

// checkKey holds a key to what every parser reads as the same string.
func checkKey(key *node, at diag.Path) *diag.Diagnostic {
	var d diag.Diagnostic
	switch {
	case key.plain && key.text == "<<":
		d = finding(key, at, "the YAML merge key << is not allowed", shareHint)
	case key.kind != stringKind:
		d = finding(key, at, "a key must be a string, and this is "+key.kind.String(), "put the key in quotes")
	case key.plain && switchWord(key.text):
		d = finding(key, at, "the key "+key.text+" is a boolean to some YAML parsers", "put the key in quotes")
	default:
		return nil
	}
	return &d
}

// finding is an error at a node.
func finding(n *node, at diag.Path, summary, hint string) diag.Diagnostic {
	return diag.Diagnostic{
		Summary: summary,
		Hint:    hint,
		Field:   string(at),
		Pos:     diag.Pos{Line: n.line, Col: n.col},
	}
}
