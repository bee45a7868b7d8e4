// Package decode holds documents to the types that a component decodes them with, as strictly as an apiserver does: no field
// that the kind does not have, and no value of another type.
package decode

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/release"
)

// Mistake is a field that does not fit.
type Mistake struct {
	// Kind of the object that it is in, its APIVersion, and its Name if it has one.
	Kind, APIVersion, Name string
	// Path of the field in that object, such as jwt[0].issuer.url.
	Path string
	// Key is the last part of the path that has a name.
	Key string
	// Takes is what the field takes, in words; empty where there is no such field.
	Takes string
	// Got is what stands there.
	Got string
	// Type has no such field, but has Fields.
	Type   string
	Fields []string
}

// Document holds a document to the type of its kind. What has a kind that the minor does not know is not judged.
func Document(types *release.Types, doc any) []Mistake {
	if types == nil {
		return nil
	}
	d := decoder{types: types, scalars: scalars()}
	d.object(doc)
	return d.mistakes
}

// decoder gathers the mistakes of a document.
type decoder struct {
	types   *release.Types
	scalars map[string]scalar
	// of has the kind, the version and the name of the object.
	of       Mistake
	mistakes []Mistake
}

// object is one that says of what kind it is; objects inside of it may be of others.
func (d *decoder) object(v any) {
	o, ok := mapping(v)
	if !ok {
		return
	}
	kind, _ := o["kind"].(string)
	apiVersion, _ := o["apiVersion"].(string)
	if kind == "List" && apiVersion == "v1" {
		items, _ := o["items"].([]any)
		for _, item := range items {
			d.object(item)
		}
		return
	}
	word, ok := d.types.Kinds[apiVersion+" "+kind]
	if !ok {
		return
	}
	metadata, _ := mapping(o["metadata"])
	name, _ := metadata["name"].(string)
	inner := decoder{types: d.types, scalars: d.scalars, of: Mistake{Kind: kind, APIVersion: apiVersion, Name: name}}
	inner.value(word, o, "", "")
	if kind == "AdmissionConfiguration" {
		inner.plugins(o["plugins"])
	}
	d.mistakes = append(d.mistakes, inner.mistakes...)
}

// plugins judges what an AdmissionConfiguration holds for the plugins whose configuration has no kind.
func (d *decoder) plugins(v any) {
	list, _ := v.([]any)
	for i, element := range list {
		plugin, _ := mapping(element)
		name, _ := plugin["name"].(string)
		if word, ok := d.types.Kinds[name]; ok && !strings.Contains(name, " ") && plugin["configuration"] != nil {
			d.value(word, plugin["configuration"], fmt.Sprintf("plugins[%d].configuration", i), "configuration")
		}
	}
}

// value holds a value to a word of the types.
func (d *decoder) value(word string, v any, path, key string) {
	if v == nil || word == "any" {
		return
	}
	switch {
	case strings.HasPrefix(word, "[]"):
		d.list(word[2:], v, path, key)
	case strings.HasPrefix(word, "map "):
		d.dictionary(word[4:], v, path, key)
	case d.types.Types[word] != nil:
		d.fields(word, v, path, key)
	case word == "object":
		d.object(v)
	default:
		if takes, ok := d.scalar(word, v); !ok {
			d.wrong(path, key, takes, v)
		}
	}
}

func (d *decoder) list(word string, v any, path, key string) {
	list, ok := v.([]any)
	if !ok {
		d.wrong(path, key, "a list", v)
		return
	}
	for i, element := range list {
		d.value(word, element, fmt.Sprintf("%s[%d]", path, i), key)
	}
}

func (d *decoder) dictionary(word string, v any, path, key string) {
	m, ok := mapping(v)
	if !ok {
		d.wrong(path, key, "a mapping", v)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		d.value(word, m[name], path+"["+name+"]", name)
	}
}

func (d *decoder) fields(word string, v any, path, key string) {
	o, ok := mapping(v)
	if !ok {
		d.wrong(path, key, "a mapping", v)
		return
	}
	fields := d.types.Types[word]
	for _, name := range slices.Sorted(maps.Keys(o)) {
		inner := strings.TrimPrefix(path+"."+name, ".")
		if w, ok := fields[name]; ok {
			d.value(w, o[name], inner, name)
			continue
		}
		m := d.of
		m.Path, m.Key, m.Type, m.Fields = inner, name, word, slices.Sorted(maps.Keys(fields))
		d.mistakes = append(d.mistakes, m)
	}
}

func (d *decoder) wrong(path, key, takes string, v any) {
	m := d.of
	m.Path, m.Key, m.Takes, m.Got = path, key, takes, d.describe(v)
	d.mistakes = append(d.mistakes, m)
}

// mapping takes keys that YAML reads as numbers or bools for their text, as JSON does.
func mapping(v any) (map[string]any, bool) {
	switch v := v.(type) {
	case map[string]any:
		return v, true
	case map[any]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[fmt.Sprint(key)] = value
		}
		return out, true
	}
	return nil, false
}
