package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/diag"
)

// Change is a field of a spec, and what it shall be.
type Change struct{ Field, Value string }

// Applied says whether a change had anything to do.
type Applied struct {
	Field   string `json:"field"`
	Changed bool   `json:"changed"`
}

// Edit changes fields of cluster.yaml, and none of the bytes around them. Whether the spec still means something, its
// reader has to say.
func Edit(source []byte, changes []Change) ([]byte, []Applied, diag.List) {
	text, list := checkText(YAMLFile, source)
	if list.HasErrors() {
		return nil, nil, list
	}
	mark := source[:len(source)-len(text)]
	var done []Applied
	for _, c := range changes {
		e, found := newEdit(text, c)
		if len(found) == 0 {
			found = e.apply()
		}
		if list = append(list, found...); len(found) > 0 {
			continue
		}
		done = append(done, Applied{c.Field, e.changed})
		text = e.out
	}
	if len(list) > 0 {
		return nil, nil, list
	}
	return append(bytes.Clone(mark), text...), done, nil
}

// edit is one change under way.
type edit struct {
	document
	field string
	steps []diag.Step
	// value is what the field shall be, and text how it is written.
	value *yaml.Node
	text  string
	// out is the source with the change.
	out     []byte
	changed bool
}

func newEdit(source []byte, c Change) (*edit, diag.List) {
	steps, typ, list := typed(c.Field)
	if list != nil {
		return nil, list
	}
	root, err := readDocument(source)
	if err != nil {
		if _, found := parseYAML(source); found.HasErrors() {
			return nil, found
		}
		return nil, diag.List{syntaxError(source, err, len(source))}
	}
	e := &edit{document: document{source: source, root: root}, field: c.Field, steps: steps}
	if e.text, e.value = write(typ, c.Value); e.value == nil {
		return nil, diag.List{{
			Summary: diag.Quote(c.Value) + " is no value for " + c.Field, Field: c.Field,
			Hint: "write one YAML value, such as " + c.Field + "='{key: value}' or " + c.Field + "='[a, b]', without tags and aliases",
		}}
	}
	return e, nil
}

// typed takes the path of a field apart and says of which type of the schema its value is, or empty if it may be of
// several.
func typed(field string) ([]diag.Step, string, diag.List) {
	steps, err := diag.Path(field).Steps()
	if err != nil || len(steps) == 0 {
		return nil, "", diag.List{{
			Summary: diag.Quote(field) + " is no path of a field",
			Hint:    "write it like spec.loadBalancer.kind, spec.nodes[m1].address or spec.nodes[0].address",
		}}
	}
	w, err := schemaRoot()
	if err != nil {
		return nil, "", diag.List{{Summary: "the schema cannot be read", Detail: err.Error(), Hint: "install harender again"}}
	}
	for _, s := range steps {
		if _, mark, _ := w.inner(); mark == "[]" {
			s = diag.Step{} // The name of an element is as good as its index.
		}
		if list := w.step(s); list != nil {
			return nil, "", list
		}
	}
	t := w.target(w.node)
	if t.AnyOf != nil {
		return steps, "", nil
	}
	return steps, t.Type, nil
}

// apply walks to the field, and changes it there.
func (e *edit) apply() diag.List {
	var key *yaml.Node
	n := e.root
	for i, s := range e.steps {
		switch {
		case n.Kind == yaml.MappingNode && s.Index < 0:
			k, v := entryOf(n, s.Key)
			if k == nil {
				return e.insert(n, e.steps[i:])
			}
			key, n = k, v
		case n.Kind == yaml.SequenceNode:
			item, d := element(n, s, e.field)
			if d != nil {
				return diag.List{*d}
			}
			key, n = nil, item
		case n.ShortTag() == "!!null":
			text, value, list := e.nested(e.steps[i:])
			if list != nil {
				return list
			}
			return e.replace(key, n, text, value)
		default:
			return e.refuse(n, e.field+" does not fit what stands there")
		}
	}
	if same(n, e.value) {
		e.out = e.source
		return nil
	}
	return e.replace(key, n, e.text, e.value)
}

// element of a list by its index or its name.
func element(list *yaml.Node, s diag.Step, field string) (*yaml.Node, *diag.Diagnostic) {
	var names []string
	for i, item := range list.Content {
		if i == s.Index {
			return item, nil
		}
		_, name := entryOf(item, "name")
		switch {
		case name == nil:
		case s.Index < 0 && name.Value == s.Key:
			return item, nil
		default:
			names = append(names, name.Value)
		}
	}
	d := diag.Diagnostic{
		Summary: fmt.Sprintf("the list has %d elements, and %s is none of them", len(list.Content), field), Hint: "indexes begin at 0",
	}
	if s.Index < 0 {
		d.Summary = "nothing in the list is called " + diag.Quote(s.Key) + ": " + field
		d.Hint = diag.DidYouMean(s.Key, names, "there are "+diag.Few(names))
		if len(names) == 0 {
			d.Hint = "name the element by its index, from 0"
		}
	}
	return nil, &d
}

// entryOf is the last entry of a mapping with the key.
func entryOf(n *yaml.Node, key string) (k, v *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			k, v = n.Content[i], n.Content[i+1]
		}
	}
	return k, v
}

// nested is the value in the mappings that are yet to be made for it.
func (e *edit) nested(steps []diag.Step) (string, *yaml.Node, diag.List) {
	text, value := e.text, e.value
	for i := len(steps) - 1; i >= 0; i-- {
		if steps[i].Index >= 0 {
			return "", nil, diag.List{{
				Summary: "there is no list yet at " + e.field, Hint: "set the whole list, such as FIELD='[a, b]'",
			}}
		}
		key := scalarText(steps[i].Key, 0)
		text = "{" + key + ": " + text + "}"
		value = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{stringNode(steps[i].Key), value}}
	}
	return text, value, nil
}

// insert adds the first of the steps to a mapping, behind its last entry.
func (e *edit) insert(n *yaml.Node, steps []diag.Step) diag.List {
	text, value, list := e.nested(steps[1:])
	if list != nil {
		return list
	}
	entry := scalarText(steps[0].Key, 0) + ": " + text
	at := e.end(n)
	switch last := len(n.Content) - 1; {
	case n.Style&yaml.FlowStyle != 0 && last < 0:
		at = e.offset(n.Line, n.Column) + 1
	case n.Style&yaml.FlowStyle != 0:
		at, entry = e.end(n.Content[last]), ", "+entry
	default:
		at += len(lineRest(e.source[at:]))
		entry = e.lineEnd() + strings.Repeat(" ", n.Column-1) + entry
	}
	n.Content = append(n.Content, stringNode(steps[0].Key), value)
	return e.splice(at, at, entry)
}

// comment finds one in what would be replaced.
var comment = regexp.MustCompile(`(?m)(^|\s)#`)

// replace writes text in the place of a value.
func (e *edit) replace(key, n *yaml.Node, text string, value *yaml.Node) diag.List {
	from, to := e.offset(n.Line, n.Column), e.end(n)
	block := n.Kind != yaml.ScalarNode && n.Style&yaml.FlowStyle == 0
	if key != nil && (block || n.ShortTag() == "!!null" && n.Value == "") {
		from, text = e.colon(key), " "+text
		if !block {
			to = from
		}
	} else if n.Kind == yaml.ScalarNode && n.Style != 0 && value.Kind == yaml.ScalarNode && value.ShortTag() == "!!str" {
		text = scalarText(value.Value, n.Style)
	}
	if from > to || n.Kind != yaml.ScalarNode && comment.Match(e.source[from:to]) {
		return e.refuse(n, "the comments in "+e.field+" would be lost")
	}
	place := *n
	*n = *value
	n.Line, n.Column = place.Line, place.Column
	return e.splice(from, to, text)
}

// splice makes the change, and sees that it is the one that was meant.
func (e *edit) splice(from, to int, text string) diag.List {
	if from < 0 || to > len(e.source) {
		return e.refuse(e.root, e.field+" stands where it cannot be changed")
	}
	e.out = append(append(bytes.Clone(e.source[:from]), text...), e.source[to:]...)
	e.changed = true
	now, err := readDocument(e.out)
	if err != nil || !same(now, e.root) {
		return e.refuse(e.root, e.field+" stands where it cannot be changed")
	}
	return nil
}

func (e *edit) refuse(n *yaml.Node, why string) diag.List {
	return diag.List{{
		Summary: why, Field: e.field, Pos: diag.Pos{File: YAMLFile, Line: n.Line, Col: n.Column},
		Hint: "change cluster.yaml by hand, or set the fields below one by one",
	}}
}

// same compares what two documents say, whatever they look like.
func same(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || len(a.Content) != len(b.Content) {
		return false
	}
	if a.Kind != yaml.MappingNode && a.Kind != yaml.SequenceNode && (a.ShortTag() != b.ShortTag() || a.Value != b.Value) {
		return false
	}
	for i := range a.Content {
		if !same(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}

var errNoDocument = errors.New("yaml: there is not one document")

// readDocument is the one value of a source.
func readDocument(source []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(source))
	var doc, more yaml.Node
	if err := decode(dec, &doc); err != nil {
		return nil, err
	}
	if err := decode(dec, &more); !errors.Is(err, io.EOF) || len(doc.Content) == 0 {
		return nil, errNoDocument
	}
	return doc.Content[0], nil
}
