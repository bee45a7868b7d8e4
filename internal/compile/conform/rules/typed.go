package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// typed gives the objects of a document by their types, as far as rules are of these.
func (j Judge) typed(kind string, doc map[string]any) map[string][]set {
	if j.Types == nil {
		return nil
	}
	apiVersion, _ := doc["apiVersion"].(string)
	root := j.Types.Kinds[apiVersion+" "+kind]
	if root == "" {
		return nil
	}
	w := walker{judge: j, kind: kind, wanted: map[string]bool{}, found: map[string][]set{}}
	for _, r := range j.Rules {
		if strings.Contains(r.Of, "/") && (j.Object || r.Of != "meta/v1.ObjectMeta") {
			w.wanted[r.Of] = true
		}
	}
	w.walk(root, doc, "")
	return w.found
}

// walker visits the objects of a document with their types.
type walker struct {
	judge  Judge
	kind   string
	wanted map[string]bool
	found  map[string][]set
}

// walk a value of a word of the types. What is of another type is for the decoder to tell.
func (w walker) walk(word string, v any, path string) {
	switch v := v.(type) {
	case []any:
		element, isList := strings.CutPrefix(word, "[]")
		for i, child := range v {
			if isList {
				w.walk(element, child, fmt.Sprintf("%s[%d]", path, i))
			}
		}
	case map[string]any:
		if w.wanted[word] {
			s := newSet(nil)
			s.of, s.path = w.kind, path
			s.flatten("", v)
			w.found[word] = append(w.found[word], s)
		}
		element, isMap := strings.CutPrefix(word, "map ")
		fields := w.judge.Types.Types[word]
		for _, name := range slices.Sorted(maps.Keys(v)) {
			of := fields[name]
			if isMap {
				of = element
			}
			if of != "" {
				w.walk(of, v[name], strings.TrimPrefix(path+"."+name, "."))
			}
		}
	}
}
