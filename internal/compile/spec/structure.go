package spec

import (
	"fmt"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/yamlcheck"
)

// checkStructure finds what no spec may hold, wherever it stands: aliases and merge keys, which can blow a document up;
// tags; keys that are no strings; keys given twice.
func checkStructure(root *node) diag.List {
	var in inspector
	in.node(root, "")
	if in.alias != nil {
		detail := ""
		if in.aliases > 1 {
			detail = fmt.Sprintf("It is the first of %d.", in.aliases)
		}
		in.addDetail(in.alias, in.aliasAt, "the YAML alias "+diag.Quote("*"+in.alias.text)+" is not allowed", detail, shareHint)
	}
	return in.list
}

// inspector walks the document. It counts aliases and keeps the first: a document with one often has a thousand.
type inspector struct {
	findings
	aliases int
	alias   *node
	aliasAt diag.Path
}

const shareHint = "write it out; what nodes share belongs in spec.pools or spec.roles, and cluster.jsonnet has variables"

func (in *inspector) node(n *node, at diag.Path) {
	if n.tag != "" {
		in.add(n, at, "the YAML tag "+diag.Quote(n.tag)+" is not allowed", "remove it; a string that looks like a number goes in quotes")
	}
	if n.kind == aliasKind {
		in.aliases++
		if in.alias == nil {
			in.alias, in.aliasAt = n, at
		}
	}
	for i, item := range n.items {
		in.node(item, at.Index(i))
	}
	if n.kind == mapKind {
		in.entries(n.entries, at)
	}
}

func (in *inspector) entries(entries []entry, at diag.Path) {
	seen := make(map[string]*node, len(entries))
	for _, e := range entries {
		if problem, hint := badKey(e.key); problem != "" {
			in.add(e.key, at, problem, hint)
			continue
		}
		field := at.Key(e.key.text)
		if first := seen[e.key.text]; first != nil {
			detail := ""
			if first.line > 0 {
				detail = fmt.Sprintf("It stands at line %d already.", first.line)
			}
			in.addDetail(e.key, field, diag.Quote(e.key.text)+" is given twice", detail, "remove one of the two")
		}
		seen[e.key.text] = e.key
		in.node(e.value, field)
	}
}

// badKey says what is wrong with a key that not every parser reads as the same string.
func badKey(key *node) (problem, hint string) {
	switch {
	case key.plain && key.text == "<<":
		return "the YAML merge key << is not allowed", shareHint
	case key.kind != stringKind:
		return "a key must be a string, and this is " + key.kind.String(), "put the key in quotes"
	case key.plain && yamlcheck.IsOldBool(key.text):
		return "the key " + key.text + " is a boolean to some YAML parsers", "put the key in quotes"
	}
	return "", ""
}
