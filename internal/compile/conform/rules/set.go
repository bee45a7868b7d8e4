package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/release"
)

// Value is one that a name has. The elements of a document's list have a place for a name.
type Value struct{ Name, Text string }

// set is what is given together: the flags of a program, or the fields of an object.
type set struct {
	// of is the program or the kind, and path where the object stands in its document.
	of, path, dashes string
	texts            map[string][]Value
	// keys are those of mappings, lists the objects of lists.
	keys  map[string][]string
	lists map[string][]map[string]any
}

func newSet(values []Value) set {
	s := set{texts: map[string][]Value{}, keys: map[string][]string{}, lists: map[string][]map[string]any{}}
	for _, v := range values {
		s.texts[v.Name] = append(s.texts[v.Name], v)
	}
	return s
}

// within gives the objects at a place such as jwt[].issuer; the document itself is at none.
func within(kind string, doc map[string]any, place string) []set {
	type at struct {
		path  string
		value any
	}
	here := []at{{"", doc}}
	for part := range strings.SplitSeq(place, ".") {
		if part == "" {
			continue
		}
		name, isList := strings.CutSuffix(part, "[]")
		var next []at
		for _, h := range here {
			o, _ := h.value.(map[string]any)
			path := strings.TrimPrefix(h.path+"."+name, ".")
			if !isList {
				next = append(next, at{path, o[name]})
				continue
			}
			list, _ := o[name].([]any)
			for i, element := range list {
				next = append(next, at{fmt.Sprintf("%s[%d]", path, i), element})
			}
		}
		here = next
	}
	var out []set
	for _, h := range here {
		if o, ok := h.value.(map[string]any); ok {
			s := newSet(nil)
			s.of, s.path = kind, h.path
			s.flatten("", o)
			out = append(out, s)
		}
	}
	return out
}

// flatten takes the scalars of an object, of the objects in it, and of lists.
func (s set) flatten(path string, o map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(o)) {
		inner := strings.TrimPrefix(path+"."+name, ".")
		switch v := o[name].(type) {
		case map[string]any:
			s.keys[inner] = slices.Sorted(maps.Keys(v))
			s.flatten(inner, v)
		case []any:
			s.lists[inner] = elementsOf(v)
			for i, element := range v {
				text := fmt.Sprint(element)
				if _, isObject := element.(map[string]any); isObject {
					text = "{}" // It is there; rules of its own place judge it.
				}
				s.add(inner, fmt.Sprintf("%s[%d]", inner, i), text)
			}
		case nil:
		default:
			s.add(inner, inner, fmt.Sprint(v))
		}
	}
}

func (s set) add(name, place, text string) {
	s.texts[name] = append(s.texts[name], Value{Name: place, Text: text})
}

// has reports whether something is given that is not empty.
func (s set) has(name string) bool {
	return len(s.keys[name]) > 0 || slices.ContainsFunc(s.texts[name], func(v Value) bool { return v.Text != "" })
}

func (s set) withPrefix(prefix string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(s.texts)) {
		if strings.HasPrefix(name, prefix) {
			out = append(out, name)
		}
	}
	return out
}

// text is the last value of a name, which is the one that counts.
func (s set) text(name string) string {
	if values := s.texts[name]; len(values) > 0 {
		return values[len(values)-1].Text
	}
	return ""
}

// elements are the values that a rule judges one by one. A flag has its list in one text.
func (s set) elements(r release.Rule, name string) []Value {
	if s.dashes == "" || r.Is == "dualStack" {
		return s.texts[name]
	}
	var out []Value
	for _, v := range s.texts[name] {
		for element := range strings.SplitSeq(v.Text, ",") {
			out = append(out, Value{Name: v.Name, Text: strings.TrimSpace(element)})
		}
	}
	return out
}

// value is a name's, or what the component has without it.
func (s set) value(r release.Rule, name string) string {
	if text := s.text(name); text != "" {
		return text
	}
	return r.Defaults[name]
}

// matches are the names that a condition finds: NAME, or NAME=GLOB for one that has such a value.
func (s set) matches(condition string) []string {
	name, glob, valued := strings.Cut(condition, "=")
	if !valued {
		if prefix, ok := strings.CutSuffix(name, "*"); ok {
			return s.withPrefix(prefix)
		}
		if s.has(name) {
			return []string{name}
		}
		return nil
	}
	if slices.ContainsFunc(s.texts[name], func(v Value) bool { return s.like(glob, v.Text) }) {
		return []string{name}
	}
	return nil
}

// meets reports whether the names that the rule depends on have the values that it names.
func (s set) meets(r release.Rule) bool {
	for _, name := range slices.Sorted(maps.Keys(r.When)) {
		values := s.texts[name]
		if len(values) == 0 {
			values = []Value{{Text: r.Defaults[name]}}
		}
		if !slices.ContainsFunc(values, func(v Value) bool {
			return slices.ContainsFunc(r.When[name], func(glob string) bool { return s.like(glob, v.Text) })
		}) {
			return false
		}
	}
	return true
}

// like also compares with each element of a flag's list.
func (s set) like(glob, text string) bool {
	if like(glob, text) || s.dashes == "" || strings.HasPrefix(glob, "!") {
		return like(glob, text)
	}
	return slices.ContainsFunc(strings.Split(text, ","), func(element string) bool { return like(glob, element) })
}

// like compares with a text in which each * stands for anything; ! before it turns the answer round.
func like(glob, text string) bool {
	if rest, ok := strings.CutPrefix(glob, "!"); ok {
		return !like(rest, text)
	}
	parts := strings.Split(glob, "*")
	if len(parts) == 1 {
		return glob == text
	}
	first, last := parts[0], parts[len(parts)-1]
	if !strings.HasPrefix(text, first) || len(text) < len(first)+len(last) || !strings.HasSuffix(text, last) {
		return false
	}
	rest := text[len(first) : len(text)-len(last)]
	for _, p := range parts[1 : len(parts)-1] {
		at := strings.Index(rest, p)
		if at < 0 {
			return false
		}
		rest = rest[at+len(p):]
	}
	return true
}
