// Package diag holds what harender tells a user about the input: what is wrong, where, why, and how to mend it.
//
// A diagnostic is a value; stages return lists of them and only the command line prints them. A fault of the
// program itself is an ordinary error and never a diagnostic.
package diag

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity says whether a stage can go on.
type Severity int

// The severities, the worst first.
const (
	Error Severity = iota
	Warning
)

// String is the word that the printer and JSON show.
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// MarshalText makes JSON carry the word.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Pos is a place in a file of the repository. Line and Col count from 1, Col in characters; zero is unknown.
type Pos struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Col  int    `json:"col,omitempty"`
}

// String is file:line:col, as far as it is known.
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
	}
}

// Diagnostic is one finding about the input.
type Diagnostic struct {
	Severity Severity `json:"severity"`
	// Summary is one line: what is wrong.
	Summary string `json:"summary"`
	// Detail says why it is wrong, or the words of the engine that refused it.
	Detail string `json:"detail,omitempty"`
	// Hint is the next thing to do.
	Hint string `json:"hint,omitempty"`
	// Field is the path in the spec, such as spec.nodes[2].address.
	Field string `json:"field,omitempty"`
	Pos   Pos    `json:"pos,omitzero"`
	// Excerpt is the source line at Pos, or the part around it where the line is long.
	Excerpt string `json:"excerpt,omitempty"`
	// Caret is the character of Excerpt, from 1, that stands at Pos; 0 points at none.
	Caret int `json:"caret,omitempty"`
	// Confidential: the line at Pos holds a secret, and no diagnostic shows it.
	Confidential bool `json:"-"`
}

// List is what a stage found, in the order of the source.
type List []Diagnostic

// HasErrors reports whether the stage's value must not be used.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Errors are those of the findings that keep a command from its work.
func (l List) Errors() List {
	return slices.DeleteFunc(slices.Clone(l), func(d Diagnostic) bool { return d.Severity != Error })
}

// Sorted is the list in the order of the source: by file, line and column, those without a line last.
func (l List) Sorted() List {
	sorted := slices.Clone(l)
	slices.SortStableFunc(sorted, func(a, b Diagnostic) int { return a.Pos.compare(b.Pos) })
	return sorted
}

func (p Pos) compare(q Pos) int {
	if (p.Line == 0) != (q.Line == 0) {
		return cmp.Compare(q.Line, p.Line)
	}
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
}

// Distinct is the list without repetitions: one mistake in a policy shows at every file that it rules.
func (l List) Distinct() List {
	seen := make(map[Diagnostic]bool, len(l))
	var out List
	for _, d := range l {
		if !seen[d] {
			seen[d] = true
			out = append(out, d)
		}
	}
	return out
}
