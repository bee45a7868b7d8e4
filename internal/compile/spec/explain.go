package spec

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
)

// Explanation says what may stand in a field of the spec.
type Explanation struct {
	// Field is its path, with [] after a list and .* for the keys of a mapping: spec.nodes[].address.
	Field string `json:"field"`
	// Type is a word such as string, integer, list of string or mapping of Group.
	Type        string `json:"type"`
	Required    bool   `json:"required"`
	Description string `json:"description"`
	// Default is empty where there is none, or where the description says how it is found.
	Default string   `json:"default,omitempty"`
	Values  []string `json:"values,omitempty"`
	Example string   `json:"example,omitempty"`
	// Fields are the keys that it takes, where it is a mapping of known ones.
	Fields []Explanation `json:"fields,omitempty"`
}

// Explain finds a field by its path. Indexes may be given, or left out: spec.nodes[0].address, spec.nodes.address.
func Explain(field string) (Explanation, diag.List) {
	w, err := schemaRoot()
	if err != nil {
		return Explanation{}, diag.List{{Summary: "the schema cannot be read", Detail: err.Error()}}
	}
	steps, err := diag.Path(strings.NewReplacer("[]", "", ".*", `["*"]`).Replace(field)).Steps()
	if err != nil {
		return Explanation{}, diag.List{{
			Summary: diag.Quote(field) + " is no path of a field", Hint: "write it like spec.loadBalancer.kind or spec.nodes[0].address",
		}}
	}
	for _, s := range steps {
		if list := w.step(s); list != nil {
			return Explanation{}, list
		}
	}
	e := w.explain()
	for inner, mark, ok := w.inner(); ok; inner, mark, ok = w.inner() {
		w.node, w.at = inner, w.at+mark
	}
	for _, name := range w.fieldNames() {
		child := w
		child.enter(name)
		e.Fields = append(e.Fields, child.explain())
	}
	return e, nil
}

// schemaNode is as much of a JSON Schema as the spec's uses.
type schemaNode struct {
	Type, Description    string
	Ref                  string                `json:"$ref"`
	Defs                 map[string]schemaNode `json:"$defs"`
	Properties           map[string]schemaNode
	Required             []string
	Items                *schemaNode
	AdditionalProperties json.RawMessage
	Enum, Examples       []any
	Default              any
	AnyOf                []schemaNode
}

// walk is a place in the schema.
type walk struct {
	defs map[string]schemaNode
	// at is the path to node, with [] and .* for elements.
	at       string
	node     schemaNode
	required bool
}

// target is the type that a node refers to, or itself.
func (w walk) target(n schemaNode) schemaNode {
	if n.Ref != "" {
		return w.defs[path.Base(n.Ref)]
	}
	return n
}

// schemaRoot is the place of the whole document.
func schemaRoot() (walk, error) {
	var root schemaNode
	err := json.Unmarshal(Schema(), &root)
	return walk{defs: root.Defs, node: root}, err
}

// inner are the elements of a list or of a mapping with keys of the user's, and how a path writes them.
func (w walk) inner() (schemaNode, string, bool) {
	t := w.target(w.node)
	var values schemaNode
	switch {
	case t.Items != nil:
		return *t.Items, "[]", true
	case json.Unmarshal(t.AdditionalProperties, &values) == nil && (values.Ref != "" || values.Type != "" || values.AnyOf != nil):
		return values, ".*", true
	}
	return schemaNode{}, "", false
}

func (w *walk) step(s diag.Step) diag.List {
	inner, mark, has := w.inner()
	switch {
	case s.Index >= 0 && mark == "[]", s.Index < 0 && mark == ".*":
		w.node, w.at = inner, w.at+mark
		return nil
	case s.Index < 0 && has: // The index was left out.
		w.node, w.at = inner, w.at+mark
		return w.step(s)
	case s.Index < 0 && slices.Contains(w.fieldNames(), s.Key):
		w.enter(s.Key)
		return nil
	case s.Index >= 0:
		return diag.List{{Summary: w.name() + " is no list", Hint: "leave the index out"}}
	}
	return diag.List{{Summary: w.name() + " has no field " + diag.Quote(s.Key), Hint: w.hint(s.Key)}}
}

func (w *walk) enter(name string) {
	t := w.target(w.node)
	w.required = slices.Contains(t.Required, name)
	w.node, w.at = t.Properties[name], strings.TrimPrefix(w.at+"."+name, ".")
}

func (w walk) name() string {
	if w.at == "" {
		return "a cluster document"
	}
	return w.at
}

func (w walk) hint(key string) string {
	known := w.fieldNames()
	if near := diag.Nearest(key, known); near != "" {
		return "did you mean " + near + "?"
	}
	if elsewhere := pathsOf(reflect.TypeFor[Cluster](), "", key); len(elsewhere) > 0 {
		return "there is " + strings.Join(elsewhere, ", ")
	}
	if len(known) == 0 {
		return "it has no fields: ask for " + w.name() + " itself"
	}
	return "its fields are " + strings.Join(known, ", ")
}

// fieldNames in the order of the alphabet.
func (w walk) fieldNames() []string {
	return slices.Sorted(maps.Keys(w.target(w.node).Properties))
}

func (w walk) explain() Explanation {
	e := Explanation{
		Field: w.at, Type: w.typeName(w.node), Required: w.required,
		Description: w.node.Description, Values: texts(w.node.Enum),
	}
	if e.Description == "" {
		e.Description = w.target(w.node).Description
	}
	if inner, _, ok := w.inner(); ok && len(e.Values) == 0 {
		e.Values = texts(inner.Enum)
	}
	if w.node.Default != nil {
		e.Default = fmt.Sprint(w.node.Default)
	}
	if len(w.node.Examples) > 0 {
		e.Example = inline(w.node.Examples[0])
	}
	return e
}

func (w walk) typeName(n schemaNode) string {
	if inner, mark, ok := (walk{defs: w.defs, node: n}).inner(); ok {
		return map[string]string{"[]": "list of ", ".*": "mapping to "}[mark] + w.typeName(inner)
	}
	switch {
	case n.Ref != "":
		return path.Base(n.Ref)
	case n.AnyOf != nil:
		return "string, number or boolean, a list of them, or null"
	case n.Type == "object":
		return "mapping"
	}
	return n.Type
}

// inline is a value as it could stand in YAML or JSON, on one line.
func inline(value any) string {
	if s, ok := value.(string); ok {
		return s
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}

func texts(values []any) []string {
	out := make([]string, 0, len(values))
	for _, v := range values {
		out = append(out, fmt.Sprint(v))
	}
	return out
}
