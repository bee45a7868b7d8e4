package oracle

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/compile/release"
)

// Fields adds what golden clusters leave out: each field that a type has, with values that may be wrong for it.
type Fields struct {
	types release.Types
	// tried has the types and fields that some file had already, by kind of document.
	tried map[string]bool
}

// NewFields knows the types of a minor.
func NewFields(types release.Types) Fields { return Fields{types, map[string]bool{}} }

// bad values of a scalar type, as YAML has them. A field takes some of them.
func bad(kind string) []string {
	switch kind {
	case "bool":
		return []string{"true", "false"}
	case "int32", "int64", "uint32", "float64":
		return []string{"-7", "3", "70000"}
	case "duration":
		return []string{"-5s", "0s", "720h", "10"}
	case "quantity":
		return []string{`"-1"`, "2GB", `"3"`}
	case "intOrString":
		return []string{"nosuch_X", "-7", "150%"}
	case "string":
		return []string{"Bad_X!", "/some/path", "10.0.0.300", ".."}
	case "map string", "map quantity":
		return []string{`{"Bad key!": "1"}`, `{nosuch: "1"}`}
	case "map bool":
		return []string{`{nosuch: true}`}
	case "any", "object", "time", "bytes":
		return nil
	}
	return nil
}

// values of a field's type; depth is how far objects are filled in.
func (f Fields) values(kind string, depth int) []string {
	if element, ok := strings.CutPrefix(kind, "[]"); ok {
		var out []string
		for _, v := range f.values(element, depth) {
			out = append(out, "["+v+"]")
		}
		if first := f.values(element, 0); len(first) > 0 {
			out = append(out, "["+first[0]+", "+first[0]+"]")
		}
		return out
	}
	if known, ok := f.types.Enums[kind]; ok {
		return []string{"Bad_X!", known[0]}
	}
	fields, ok := f.types.Types[kind]
	if !ok {
		return bad(kind)
	}
	out := []string{"{}"}
	if depth == 0 {
		return out
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		for _, v := range f.values(fields[name], depth-1) {
			out = append(out, fmt.Sprintf("{%s: %s}", name, v))
		}
	}
	return out
}

var inBrackets = regexp.MustCompile(`\[\d+\]`)

// Add makes a copy of the document for each field that it does not have and each of its values.
func (f Fields) Add(text []byte, keep func(class, where string) bool) ([]Mutant, error) {
	docs, err := Documents(text)
	if err != nil || len(docs) != 1 {
		return nil, fmt.Errorf("%d documents: %w", len(docs), err)
	}
	root := docs[0].Content[0]
	var head struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string `yaml:"kind"`
	}
	if err := root.Decode(&head); err != nil {
		return nil, fmt.Errorf("reading: %w", err)
	}
	of, ok := f.types.Kinds[head.APIVersion+" "+head.Kind]
	if !ok {
		return nil, nil
	}
	var out []Mutant
	err = f.walk(root, of, head.Kind, func(at *yaml.Node, where, value string) error {
		if !keep("added field", where+value) {
			return nil
		}
		var add yaml.Node
		if err := yaml.Unmarshal([]byte("x: "+value), &add); err != nil {
			return fmt.Errorf("%s: %w", value, err)
		}
		had := at.Content
		at.Content = append(slices.Clone(had), scalar("!!str", where[strings.LastIndex(where, ".")+1:]), add.Content[0].Content[1])
		mutated, err := yaml.Marshal(docs[0])
		at.Content = had
		out = append(out, Mutant{Class: "added field", Where: where + "=" + value, Text: string(mutated)})
		return err
	})
	return out, err
}

// walk visits each mapping whose type is known, once for each field that is missing and each value.
func (f Fields) walk(n *yaml.Node, of, path string, visit func(at *yaml.Node, where, value string) error) error {
	if element, ok := strings.CutPrefix(of, "[]"); ok {
		for i, child := range n.Content {
			if err := f.walk(child, element, fmt.Sprintf("%s[%d]", path, i), visit); err != nil {
				return err
			}
		}
		return nil
	}
	fields, ok := f.types.Types[of]
	if !ok || n.Kind != yaml.MappingNode {
		return nil
	}
	has := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		has[n.Content[i].Value] = n.Content[i+1]
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		where := path + "." + name
		if child, ok := has[name]; ok {
			if err := f.walk(child, fields[name], where, visit); err != nil {
				return err
			}
			continue
		}
		key := inBrackets.ReplaceAllString(where, "[]")
		if f.tried[key] || name == "status" {
			continue
		}
		f.tried[key] = true
		for _, v := range f.values(fields[name], 1) {
			if err := visit(n, where, v); err != nil {
				return err
			}
		}
	}
	return nil
}
