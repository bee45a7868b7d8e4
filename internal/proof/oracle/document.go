package oracle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// Mutant is a text with one mistake.
type Mutant struct {
	// Class of the mistake, and Where it is: the path of a key, a flag, or a line.
	Class, Where string
	Text         string
	// Argv is the command line that has the mistake, where one has it. Text is its file then.
	Argv []string
}

// site is a value of a document: that of a key, or an element of a list.
type site struct {
	parent *yaml.Node
	index  int
	path   string
}

// mistake changes a site. It reports whether there is such a mistake to make.
type mistake struct {
	class string
	make  func(s site) bool
}

// mistakes that people make in documents.
func mistakes() []mistake {
	return []mistake{
		{"misspelt field", func(s site) bool {
			return s.rename(func(k string) string {
				if len(k) < 3 {
					return k
				}
				return k[:len(k)/2] + k[len(k)/2+1:]
			})
		}},
		{"wrong case", func(s site) bool { return s.rename(swapCase) }},
		{"unknown field", func(s site) bool {
			return s.value().Kind == yaml.MappingNode && s.append(scalar("!!str", "nosuchfield"), scalar("!!str", "x"))
		}},
		{"wrong type", func(s site) bool {
			if s.value().Kind == yaml.ScalarNode {
				return s.replace(&yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{scalar("!!str", "x")}})
			}
			return s.replace(scalar("!!str", "x"))
		}},
		{"word for a number", func(s site) bool { return s.tagged("!!int") && s.replace(scalar("!!str", "many")) }},
		{"out of range", func(s site) bool { return s.tagged("!!int") && s.replace(scalar("!!int", "-7")) }},
		{"far too large", func(s site) bool { return s.tagged("!!int") && s.replace(scalar("!!int", "7000000000")) }},
		{"word for a bool", func(s site) bool { return s.tagged("!!bool") && s.replace(scalar("!!str", "enabled")) }},
		{"bad value", func(s site) bool { return s.tagged("!!str") && s.replace(scalar("!!str", s.value().Value+"_X")) }},
		{"empty value", func(s site) bool { return s.tagged("!!str") && s.replace(scalar("!!str", "")) }},
		{"removed", site.remove},
		{"twice", func(s site) bool { return s.parent.Kind == yaml.SequenceNode && s.append(s.value()) }},
	}
}

func scalar(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

func swapCase(k string) string {
	for i, r := range k {
		if i > 0 && unicode.IsUpper(r) {
			return k[:i] + strings.ToLower(string(r)) + k[i+1:]
		}
	}
	return strings.ToUpper(k[:1]) + k[1:]
}

func (s site) value() *yaml.Node { return s.parent.Content[s.index] }

func (s site) tagged(tag string) bool {
	return s.value().Kind == yaml.ScalarNode && s.value().ShortTag() == tag
}

func (s site) rename(change func(string) string) bool {
	if s.parent.Kind != yaml.MappingNode {
		return false
	}
	key := s.parent.Content[s.index-1]
	was := key.Value
	key.Value = change(was)
	return key.Value != was
}

func (s site) replace(n *yaml.Node) bool {
	s.parent.Content[s.index] = n
	return true
}

// append adds to the mapping at the site, or to the list around it.
func (s site) append(nodes ...*yaml.Node) bool {
	to := s.parent
	if len(nodes) == 2 {
		to = s.value()
	}
	to.Content = append(to.Content, nodes...)
	return true
}

func (s site) remove() bool {
	from := s.index
	if s.parent.Kind == yaml.MappingNode {
		from--
	}
	s.parent.Content = slices.Delete(s.parent.Content, from, s.index+1)
	return true
}

// sites of a document, in the order in which they stand.
func sites(n *yaml.Node, path string) []site {
	var out []site
	for i, child := range n.Content {
		at := path
		switch n.Kind {
		case yaml.MappingNode:
			if i%2 == 0 {
				continue
			}
			at += "." + n.Content[i-1].Value
		case yaml.SequenceNode:
			at += "[" + strconv.Itoa(i) + "]"
		}
		if n.Kind != yaml.DocumentNode {
			out = append(out, site{n, i, at})
		}
		out = append(out, sites(child, at)...)
	}
	return out
}

// Documents of a text.
func Documents(text []byte) ([]*yaml.Node, error) {
	var out []*yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var n yaml.Node
		if err := dec.Decode(&n); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading: %w", err)
		}
		out = append(out, &n)
	}
}

// Mutate makes every mistake in a text of one document that keep wants. Command lines have mistakes of their own.
func Mutate(text []byte, keep func(class, where string) bool) ([]Mutant, error) {
	docs, err := Documents(text)
	if err != nil || len(docs) != 1 {
		return nil, fmt.Errorf("%d documents: %w", len(docs), err)
	}
	var out []Mutant
	for i, s := range sites(docs[0], "") {
		if strings.Contains(s.path, ".command[") || strings.Contains(s.path, ".args[") {
			continue
		}
		for _, m := range mistakes() {
			if !keep(m.class, s.path) {
				continue
			}
			again, err := Documents(text)
			if err != nil {
				return nil, err
			}
			if !m.make(sites(again[0], "")[i]) {
				continue
			}
			mutated, err := yaml.Marshal(again[0])
			if err != nil {
				return nil, fmt.Errorf("writing: %w", err)
			}
			out = append(out, Mutant{Class: m.class, Where: s.path, Text: string(mutated)})
		}
	}
	return out, nil
}
