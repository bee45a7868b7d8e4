// Package rules holds the flags of a program and the fields of a document to what their component asks for beyond types: rules
// that are data, each with its source.
package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/diag"
)

// Broken is a rule that does not hold.
type Broken struct {
	// Name is the flag, or the path of the field; Key is its last part that has a name.
	Name, Key string
	// Value is the one that is not taken; empty where no single one is.
	Value         string
	Summary, Hint string
}

// Judge holds values to rules.
type Judge struct {
	Rules []release.Rule
	// Types tell where a document has objects of a type; without them, rules of types are passed over.
	Types *release.Types
	// Object says that documents are objects of the API, for which there are rules of * and of metadata.
	Object bool
	// Gate reports whether a feature gate is on.
	Gate func(name string) bool
}

// Flags finds the rules that the flags of a program break.
func (j Judge) Flags(program string, flags []Value) []Broken {
	s := newSet(flags)
	s.of, s.dashes = program, "--"
	var out []Broken
	for _, r := range j.Rules {
		if r.Of == program && r.In == "" {
			out = append(out, j.rule(r, s)...)
		}
	}
	return out
}

// Document finds the rules that a document of a kind breaks.
func (j Judge) Document(kind string, doc map[string]any) []Broken {
	var out []Broken
	scopes, byType := map[string][]set{}, j.typed(kind, doc)
	for _, r := range j.Rules {
		for _, s := range byType[r.Of] {
			out = append(out, j.rule(r, s)...)
		}
		place, ok := placeOf(r, kind)
		if !ok || r.Of == "*" && !j.Object {
			continue
		}
		if _, ok := scopes[place]; !ok {
			scopes[place] = within(kind, doc, place)
		}
		for _, s := range scopes[place] {
			out = append(out, j.rule(r, s)...)
		}
	}
	return out
}

// placeOf the objects that a rule judges in a document of a kind. A template is a pod within another object.
func placeOf(r release.Rule, kind string) (place string, ok bool) {
	if r.Of == kind || r.Of == "*" {
		return r.In, true
	}
	template := strings.Join(release.TemplatePath(kind), ".")
	return strings.TrimSuffix(template+"."+r.In, "."), r.Of == "Pod" && template != ""
}

// rule judges every name that the rule speaks of.
func (j Judge) rule(r release.Rule, s set) []Broken {
	if !j.gated(r.Gate) || !s.meets(r) {
		return nil
	}
	if len(r.OneAmong) > 0 {
		return s.oneAmong(r)
	}
	names := []string{r.Name}
	if prefix, ok := strings.CutSuffix(r.Name, "*"); ok {
		names = s.withPrefix(prefix)
	}
	var out []Broken
	for _, name := range names {
		if r.Among != "" {
			out = append(out, s.among(r, name)...)
		}
		if r.Required && !s.has(name) {
			out = append(out, s.broken(r, name, "", s.subject()+" needs "+s.label(name), "add it"))
		}
		if !s.has(name) {
			continue
		}
		out = append(out, s.values(r, name)...)
		out = append(out, s.twins(r, name)...)
		out = append(out, s.pairs(r, name)...)
	}
	return out
}

func (j Judge) gated(gate string) bool {
	name, off := strings.CutPrefix(gate, "!")
	return gate == "" || j.Gate(name) != off
}

// values judges each value by itself.
func (s set) values(r release.Rule, name string) []Broken {
	var out []Broken
	seen := map[string]bool{}
	for _, v := range s.elements(r, name) {
		if v.Text == "" && !strings.HasSuffix(v.Name, "]") || strings.Contains(v.Text, "$(") || strings.Contains(v.Text, "${") {
			continue // Filled in on the node.
		}
		if name := unknown(r, v.Text); name != "" {
			out = append(out, strange(s, r, v, name))
			continue
		}
		if takes := refuses(r, v.Text); takes != "" {
			hint := "write " + takes
			if near := diag.Nearest(v.Text, r.OneOf); near != "" {
				hint = "did you mean " + near + "?"
			}
			out = append(out, s.broken(r, v.Name, v.Text, fmt.Sprintf("%s takes %s, not %s", s.named(v.Name), takes, diag.Quote(v.Text)), hint))
		}
		if r.Unique && seen[v.Text] {
			out = append(out, s.broken(r, v.Name, v.Text, fmt.Sprintf("%s has %s twice", s.named(name), diag.Quote(v.Text)), "remove one of them"))
		}
		seen[v.Text] = true
	}
	for _, key := range s.keys[name] {
		if takes := refusesKey(r, key); takes != "" {
			out = append(out, s.broken(r, name+"["+key+"]", "", fmt.Sprintf("%s takes %s, not %s", s.named(name), takes, diag.Quote(key)), "remove it"))
		}
	}
	return out
}

// unknown gives the name in an element that is none of the rule's.
func unknown(r release.Rule, element string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(element, "-"), "=")
	if parts := strings.Split(name, "/"); len(parts) > 2 {
		name = strings.Join(parts[:2], "/")
	}
	if len(r.Names) == 0 || slices.Contains(r.Names, name) {
		return ""
	}
	return name
}

func strange(s set, r release.Rule, v Value, name string) Broken {
	hint := "remove it: " + s.of + " would not start"
	if near := diag.Nearest(name, r.Names); near != "" {
		hint = "did you mean " + near + "? If not, remove it"
	}
	return s.broken(r, v.Name, v.Text, fmt.Sprintf("%s knows no %s", s.named(v.Name), diag.Quote(name)), hint)
}

// refusesKey says what the rule takes in place of a key.
func refusesKey(r release.Rule, key string) string {
	if len(r.Keys) > 0 && !slices.ContainsFunc(r.Keys, func(glob string) bool { return like(glob, key) }) {
		return listed(r.Keys)
	}
	if f, ok := formats()[r.KeysAre]; ok && !f.fits(key) {
		return f.takes
	}
	return ""
}

// refuses says what the rule takes in place of a value.
func refuses(r release.Rule, value string) string {
	if len(r.OneOf) > 0 && !slices.Contains(r.OneOf, value) {
		return listed(r.OneOf)
	}
	if f, ok := formats()[r.Is]; ok && !f.fits(value) {
		return f.takes
	}
	n, ok := measure(value)
	if !ok || r.OrZero && n == 0 {
		return ""
	}
	low, hasLow := measure(r.Min)
	high, hasHigh := measure(r.Max)
	if (!hasLow || n >= low) && (!hasHigh || n <= high) {
		return ""
	}
	return bounds(r, hasLow, hasHigh)
}

func bounds(r release.Rule, hasLow, hasHigh bool) string {
	zero := ""
	if r.OrZero {
		zero = "0, or "
	}
	switch {
	case hasLow && hasHigh:
		return zero + r.Min + " to " + r.Max
	case hasLow:
		return zero + r.Min + " or more"
	}
	return zero + r.Max + " or less"
}

// pairs judges a name by what stands beside it.
func (s set) pairs(r release.Rule, name string) []Broken {
	var out []Broken
	for _, other := range r.Excludes {
		for _, found := range s.matches(other) {
			out = append(out, s.broken(r, name, s.text(name),
				fmt.Sprintf("%s does not take %s beside %s", s.of, s.label(name), s.label(found)), "remove one of them"))
		}
	}
	for _, other := range r.Needs {
		if len(s.matches(other)) == 0 {
			out = append(out, s.broken(r, name, s.text(name), fmt.Sprintf("%s needs %s beside it", s.named(name), s.label(other)), "add "+s.label(other)+", or remove "+s.label(name)))
		}
	}
	for _, limit := range []struct {
		name   string
		strict bool
		words  string
	}{{r.Below, true, "less than"}, {r.AtMost, false, "at most"}} {
		if limit.name != "" && exceeds(s, r, name, limit.name, limit.strict) {
			out = append(out, s.broken(r, name, s.text(name), fmt.Sprintf("%s is %s, and must be %s %s, which is %s",
				s.named(name), s.value(r, name), limit.words, s.label(limit.name), s.value(r, limit.name)), "write less, or raise "+s.label(limit.name)))
		}
	}
	return out
}

// exceeds reports whether a value is too large beside another.
func exceeds(s set, r release.Rule, name, other string, strict bool) bool {
	size := measure
	if r.Is == "quantity" {
		size = amount
	}
	a, okA := size(s.value(r, name))
	b, okB := size(s.value(r, other))
	if r.Factor > 0 {
		a *= r.Factor
	}
	return okA && okB && (a > b || strict && a == b) && (!r.OrZero || a != 0)
}

func (s set) broken(r release.Rule, name, value, summary, hint string) Broken {
	if r.Hint != "" {
		hint = r.Hint
	}
	return Broken{Name: strings.TrimPrefix(s.path+"."+name, "."), Key: key(name), Value: value, Summary: summary, Hint: hint}
}
