// Package yamlcheck finds where the parser of YAML that harender, kustomize and sops share reads something else than YAML 1.2
// says, and so than other programs and people do. What it finds is refused.
package yamlcheck

import (
	"bytes"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// Ambiguity is a place that has two readings.
type Ambiguity struct {
	Line, Col     int
	Summary, Hint string
}

// OldBool is what YAML 1.1 reads a word as that has no quotes, where it is a truth value there, and a text in YAML 1.2.
func OldBool(word string) (value, is bool) {
	switch strings.ToLower(word) {
	case "y", "yes", "on":
		return true, true
	case "n", "no", "off":
		return false, true
	}
	return false, false
}

// IsOldBool reports whether YAML 1.1 reads a word as a truth value, and YAML 1.2 as a text.
func IsOldBool(word string) bool {
	_, is := OldBool(word)
	return is
}

// Find looks at a document of a text, whose line breaks are plain ones.
func Find(text []byte, doc *yaml.Node) []Ambiguity {
	f := finder{lines: bytes.Split(text, []byte("\n"))}
	f.node(doc)
	f.end()
	return f.found
}

type finder struct {
	lines [][]byte
	found []Ambiguity
	// last is the last scalar so far.
	last *yaml.Node
	// line is the number of the line that runes has: a document may be one long line.
	line  int
	runes []rune
}

func (f *finder) add(line, col int, summary, hint string) {
	if at := len(f.found) - 1; at >= 0 && f.found[at].Line == line && f.found[at].Col == col {
		return // A mapping begins where its first key does.
	}
	f.found = append(f.found, Ambiguity{line, col, summary, hint})
}

func (f *finder) node(n *yaml.Node) {
	before, after := f.around(n)
	tag, odd := properties(after)
	switch {
	case n.Kind == yaml.DocumentNode || len(after) == 0:
	case odd:
		f.add(n.Line, n.Column, "the name of the anchor has a character after which some readers begin the value", "give it a name of letters, digits, - and _, or remove it")
	case tag && n.Style&yaml.TaggedStyle == 0: // Others refuse tags that have a name.
		f.add(n.Line, n.Column, "the tag ! makes a text of the value to some readers alone", "remove it; a string that looks like a number goes in quotes")
	case before == '?':
		f.add(n.Line, n.Column-1, "? begins a key to some readers, and a text to others", "put a space after it, or quotes around the text")
	}
	if n.Kind == yaml.ScalarNode {
		f.last = n
	}
	for _, c := range n.Content {
		f.node(c)
	}
}

// around is the character before a node, and its line from it on.
func (f *finder) around(n *yaml.Node) (before rune, after []rune) {
	if n.Line < 1 || n.Line > len(f.lines) {
		return 0, nil
	}
	if f.line != n.Line {
		f.line, f.runes = n.Line, []rune(string(f.lines[n.Line-1]))
	}
	at := min(max(n.Column-1, 0), len(f.runes))
	if at > 0 {
		before = f.runes[at-1]
	}
	return before, f.runes[at:]
}

// properties looks at the tag and the anchor that a node begins with: whether there is a tag, and whether the anchor's name ends
// where the parser says, which takes letters, digits, - and _ alone.
func properties(text []rune) (tag, odd bool) {
	for len(text) > 0 && text[0] == '&' {
		end := slices.IndexFunc(text[1:], func(r rune) bool {
			return r != '-' && r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
		}) + 1
		switch {
		case end == 0:
			return false, false
		case !strings.ContainsRune(" \t\r,[]{}", text[end]):
			return false, true
		}
		for end < len(text) && (text[end] == ' ' || text[end] == '\t') {
			end++
		}
		text = text[end:]
	}
	return len(text) > 0 && text[0] == '!', false
}

// end looks at a last line of spaces alone, which a block of text above it has or has not.
func (f *finder) end() {
	line := f.lines[len(f.lines)-1]
	if f.last == nil || f.last.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 || len(line) == 0 || len(bytes.TrimSpace(line)) > 0 {
		return
	}
	f.add(len(f.lines), 1, "the last line, of spaces alone, is a part of the text above it to some readers", "remove the spaces, or end the line")
}
