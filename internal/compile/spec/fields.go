package spec

import (
	"reflect"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
)

// field is a key that a mapping may have.
type field struct {
	name     string
	index    int
	required bool
	// example is what the hint about a missing key shows.
	example string
}

type fields []field

func (fs fields) named(name string) (field, bool) {
	i := slices.IndexFunc(fs, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return fs[i], true
}

func (fs fields) names() []string {
	names := make([]string, len(fs))
	for i, f := range fs {
		names[i] = f.name
	}
	return names
}

// fieldsOf reads the json tags: a field without omitempty or omitzero is required.
func fieldsOf(t reflect.Type) fields {
	fs := make(fields, t.NumField())
	for i := range fs {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		fs[i] = field{name: name, index: i, required: options == "", example: f.Tag.Get("example")}
	}
	return fs
}

// unknown reports a key, and gives the one that it may stand for.
func (d *decoder) unknown(key *node, p place, known fields) (meant string) {
	if d.full() {
		return ""
	}
	hint := "the keys here are " + strings.Join(known.names(), ", ")
	meant = diag.Nearest(key.text, known.names())
	if meant != "" {
		hint = "did you mean " + meant + "?"
	} else if elsewhere := pathsOf(reflect.TypeFor[Cluster](), "", key.text); len(elsewhere) > 0 {
		hint = "the key belongs at " + strings.Join(elsewhere, " or ")
	}
	d.add(key, p.at.Key(key.text), "unknown key "+diag.Quote(key.text), hint)
	return meant
}

// pathsOf finds where in the spec a key of this name has its place.
func pathsOf(t reflect.Type, at, name string) []string {
	switch t.Kind() {
	case reflect.Slice:
		return pathsOf(t.Elem(), at+"[]", name)
	case reflect.Map:
		return pathsOf(t.Elem(), at+".*", name)
	case reflect.Pointer:
		return pathsOf(t.Elem(), at, name)
	case reflect.Struct:
	default:
		return nil
	}
	var found []string
	for _, f := range fieldsOf(t) {
		path := strings.TrimPrefix(at+"."+f.name, ".")
		if strings.EqualFold(f.name, name) {
			found = append(found, path)
		}
		found = append(found, pathsOf(t.Field(f.index).Type, path, name)...)
	}
	return found
}
