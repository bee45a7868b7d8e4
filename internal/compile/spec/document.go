package spec

import (
	"github.com/harender/harender/internal/diag"
)

// Document is a spec as written, which remembers where each field stands.
type Document struct {
	// File is the spec's name at the root of the repository.
	File string
	// Cluster as the user wrote it.
	Cluster Cluster
	root    *node
	lines   []string
}

// Locate finds a field such as spec.nodes[2].address in the source, or the nearest parent that is there. A value from
// jsonnet has no line, and so no excerpt; caret is the character of the excerpt that the position points at, from 1.
func (d Document) Locate(field string) (pos diag.Pos, line string, caret int) {
	pos = diag.Pos{File: d.File}
	steps, err := diag.Path(field).Steps()
	if err != nil || d.root == nil {
		return pos, "", 0
	}
	n := d.root
	for _, s := range steps {
		place, value := n.step(s)
		if place == nil {
			break
		}
		pos.Line, pos.Col, n = place.line, place.col, value
	}
	line, caret = diag.Excerpt(d.lines, pos)
	return pos, line, caret
}

// step goes one step down, and tells which node to point at: the value where it is a scalar, else the key. A key in
// brackets is the user's own word, and as likely wrong as its value.
func (n *node) step(s diag.Step) (place, value *node) {
	if s.Index >= 0 {
		if s.Index >= len(n.items) {
			return nil, nil
		}
		return n.items[s.Index], n.items[s.Index]
	}
	e := n.get(s.Key)
	switch {
	case e == nil:
		return nil, nil
	case e.value.scalar() && diag.Plain(s.Key):
		return e.value, e.value
	default:
		return e.key, e.value
	}
}

// Complete gives the list with file, line, column and excerpt for every diagnostic that names a field alone or a line
// of the spec, in the order of the source. Diagnostics about other files, or about nothing in the spec, stay as they are.
func (d Document) Complete(list diag.List) diag.List {
	done := make(diag.List, 0, len(list))
	hidden := map[diag.Pos]bool{}
	line := func(p diag.Pos) diag.Pos { return diag.Pos{File: p.File, Line: p.Line} }
	for _, item := range list {
		item = d.complete(item)
		done = append(done, item)
		if item.Confidential {
			hidden[line(item.Pos)] = true
		}
	}
	for i, item := range done {
		if hidden[line(item.Pos)] {
			done[i].Excerpt, done[i].Caret, done[i].Confidential = "", 0, true
		}
	}
	return done.Sorted()
}

func (d Document) complete(item diag.Diagnostic) diag.Diagnostic {
	item.Field = diag.Redact(item.Field)
	switch {
	case item.Pos.File != "" && item.Pos.File != d.File:
		return item
	case item.Excerpt != "", item.Field == "" && item.Pos == (diag.Pos{}):
	case item.Pos.Line > 0:
		item.Pos.File = d.File
		item.Excerpt, item.Caret = diag.Excerpt(d.lines, item.Pos)
	default:
		item.Pos, item.Excerpt, item.Caret = d.Locate(item.Field)
	}
	return item
}
