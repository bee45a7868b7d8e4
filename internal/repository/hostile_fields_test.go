package repository_test

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/harender/harender/internal/compile/spec"
)

// place is where a document has a value: keys of mappings and numbers of elements.
type place []any

// leaf is a value of a document, by the field of the types that it fills, such as spec.nodes[].labels{}.
type leaf struct {
	field string
	at    place
	// key: it is the key of a mapping that is meant.
	key bool
}

// fieldsOf are all fields of a type that hold one value each.
func fieldsOf(typ reflect.Type, at string) []string {
	if typ == reflect.TypeFor[spec.Arg]() {
		return []string{at}
	}
	switch typ.Kind() {
	case reflect.Pointer:
		return fieldsOf(typ.Elem(), at)
	case reflect.Slice:
		return fieldsOf(typ.Elem(), at+"[]")
	case reflect.Map:
		return append(fieldsOf(typ.Elem(), at+"{}"), at+"{key}")
	case reflect.Struct:
		var out []string
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			out = append(out, fieldsOf(typ.Field(i).Type, strings.TrimPrefix(at+"."+name, "."))...)
		}
		return out
	}
	return []string{at}
}

// leavesOf are the values of a document, as the type names them.
func leavesOf(doc any, typ reflect.Type, field string, at place) []leaf {
	if typ.Kind() == reflect.Pointer {
		return leavesOf(doc, typ.Elem(), field, at)
	}
	below := func(step any) place { return append(slices.Clone(at), step) }
	var out []leaf
	switch v := doc.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if typ.Kind() == reflect.Map {
				out = append(out, leaf{field: field + "{key}", at: below(key), key: true})
				out = append(out, leavesOf(v[key], typ.Elem(), field+"{}", below(key))...)
			} else if f, ok := fieldOf(typ, key); ok {
				out = append(out, leavesOf(v[key], f.Type, strings.TrimPrefix(field+"."+key, "."), below(key))...)
			}
		}
	case []any:
		for i := range v {
			if typ == reflect.TypeFor[spec.Arg]() {
				out = append(out, leaf{field: field, at: below(i)})
			} else {
				out = append(out, leavesOf(v[i], typ.Elem(), field+"[]", below(i))...)
			}
		}
	default:
		out = append(out, leaf{field: field, at: at})
	}
	return out
}

func fieldOf(typ reflect.Type, key string) (reflect.StructField, bool) {
	for i := range typ.NumField() {
		if name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ","); name == key {
			return typ.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

// with is a copy of a document that has another value there.
func (l leaf) with(doc any, text string) any {
	var walk func(doc any, at place) any
	walk = func(doc any, at place) any {
		switch v := doc.(type) {
		case map[string]any:
			out := maps.Clone(v)
			key, _ := at[0].(string)
			switch {
			case len(at) > 1:
				out[key] = walk(v[key], at[1:])
			case l.key:
				out[text] = v[key]
				if text != key {
					delete(out, key)
				}
			default:
				out[key] = text
			}
			return out
		case []any:
			out := slices.Clone(v)
			i, _ := at[0].(int)
			if out[i] = text; len(at) > 1 {
				out[i] = walk(v[i], at[1:])
			}
			return out
		}
		return doc
	}
	return walk(doc, l.at)
}

// text is what the document has there.
func (l leaf) text(doc any) string {
	for i, step := range l.at {
		switch v := doc.(type) {
		case map[string]any:
			key, _ := step.(string)
			if doc = v[key]; l.key && i == len(l.at)-1 {
				doc = key
			}
		case []any:
			n, _ := step.(int)
			doc = v[n]
		}
	}
	switch v := doc.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	}
	return ""
}

// TestFieldsOf: what a path of the types means.
func TestFieldsOf(t *testing.T) {
	all := fieldsOf(reflect.TypeFor[spec.Cluster](), "")
	for _, want := range []string{"metadata.name", "spec.nodes[].labels{key}", "spec.nodes[].labels{}", "spec.extraArgs{}{}", "spec.pools{}.taints[].value", "spec.etcd.snapshots.retain"} {
		if !slices.Contains(all, want) {
			t.Errorf("%s is not in %v", want, all)
		}
	}
}
