package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/diag"
)

// oneAmong holds an object to a choice: exactly one of the fields is there, if only as an empty mapping.
func (s set) oneAmong(r release.Rule) []Broken {
	var given []string
	for _, name := range r.OneAmong {
		if s.given(name) {
			given = append(given, name)
		}
	}
	switch len(given) {
	case 0:
		return []Broken{s.broken(r, r.OneAmong[0], "", s.subject()+" needs "+listed(r.OneAmong), "add one of them")}
	case 1:
		return nil
	}
	return []Broken{s.broken(r, given[1], "", fmt.Sprintf("%s has %s, of which there can be one", s.subject(), strings.Join(given, " and ")), "remove all but one: null removes what a layer below has")}
}

// given reports whether a field is there, and not null.
func (s set) given(name string) bool {
	_, isMapping := s.keys[name]
	return isMapping || len(s.texts[name]) > 0
}

// among holds a mapping to another that must have the same pairs, as a template has the labels by which its pods are found.
func (s set) among(r release.Rule, name string) []Broken {
	var out []Broken
	for _, label := range s.keys[name] {
		here, there := s.text(name+"."+label), s.text(r.Among+"."+label)
		if here == there && slices.Contains(s.keys[r.Among], label) {
			continue
		}
		out = append(out, s.broken(r, name+"."+label, here,
			fmt.Sprintf("%s has %s: %s, and %s has not", s.label(name), label, diag.Quote(here), s.label(r.Among)), "write the same in both"))
	}
	return out
}

// twins are elements of a list that agree in the fields that tell them apart.
func (s set) twins(r release.Rule, name string) []Broken {
	if len(r.UniqueBy) == 0 {
		return nil
	}
	var out []Broken
	seen := map[string]bool{}
	for i, element := range s.lists[name] {
		var key []string
		for _, field := range r.UniqueBy {
			field, preset, _ := strings.Cut(field, "=")
			field, needed := strings.CutSuffix(field, "!")
			value := preset
			if v, ok := element[field]; ok && v != nil {
				value = fmt.Sprint(v)
			}
			if place := fmt.Sprintf("%s[%d].%s", name, i, field); needed && value == "" && len(s.lists[name]) > 1 {
				out = append(out, s.broken(r, place, "", s.subject()+" needs "+s.label(place)+": there are several", "add it"))
			}
			key = append(key, value)
		}
		words := strings.Join(key, " ")
		if strings.TrimSpace(words) != "" && seen[words] {
			out = append(out, s.broken(r, fmt.Sprintf("%s[%d]", name, i), words, fmt.Sprintf("%s has %s twice", s.named(name), diag.Quote(words)), "rename or remove one of them"))
		}
		seen[words] = true
	}
	return out
}

// elementsOf a list that are objects.
func elementsOf(list []any) []map[string]any {
	var out []map[string]any
	for _, element := range list {
		if o, ok := element.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}
