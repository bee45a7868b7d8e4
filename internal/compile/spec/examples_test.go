package spec

import (
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// TestExamplesAreRead gives the example of every field to the reader, by itself.
func TestExamplesAreRead(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var visit func(reflect.Type)
	visit = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] || typ == reflect.TypeFor[Arg]() {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			f := typ.Field(i)
			visit(f.Type)
			example := f.Tag.Get("sample")
			if example == "" {
				example = f.Tag.Get("example")
			}
			if strings.Contains(example, "...") || example == "" {
				t.Errorf("%s.%s has no whole example", typ.Name(), f.Name)
				continue
			}
			if f.Type.Kind() == reflect.String {
				example = strconv.Quote(example)
			}
			n, list := parseYAML([]byte("x: " + example))
			if list.HasErrors() {
				t.Errorf("%s.%s: %v", typ.Name(), f.Name, list)
				continue
			}
			var d decoder
			d.value(n.entries[0].value, reflect.New(f.Type).Elem(), place{at: "spec"})
			if found := append(checkStructure(n), d.list...); len(found) > 0 {
				t.Errorf("%s.%s: %s: %v", typ.Name(), f.Name, example, found)
			}
		}
	}
	visit(reflect.TypeFor[Cluster]())
	if len(seen) < 30 {
		t.Errorf("only %d types", len(seen))
	}
}
