package spec_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/compile/spec"
)

var update = flag.Bool("update", false, "write the golden files again")

func TestSchemaIsMadeFromTheTypes(t *testing.T) {
	want := makeSchema(t)
	if *update {
		if err := os.WriteFile("schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(spec.Schema(), want) {
		t.Fatal("schema.json is not what the types give; run: go test ./internal/compile/spec -run Schema -update")
	}
}

// makeSchema reflects the types, with the comments of their source as descriptions.
func makeSchema(t *testing.T) []byte {
	t.Helper()
	r := jsonschema.Reflector{Anonymous: true, ExpandedStruct: true, Mapper: mapTypes}
	if err := r.AddGoComments("github.com/harender/harender/internal/compile/spec", ".", jsonschema.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	s := r.Reflect(spec.Cluster{})
	s.Title = "harender cluster"
	s.Description = "A highly available Kubernetes cluster, as harender builds it."
	polish(t, s, reflect.TypeFor[spec.Cluster]())
	for _, typ := range structsOf(reflect.TypeFor[spec.Spec](), []reflect.Type{reflect.TypeFor[spec.Metadata]()}) {
		polish(t, s.Definitions[typ.Name()], typ)
	}
	roles, _ := s.Definitions["Spec"].Properties.Get("roles")
	roles.PropertyNames = &jsonschema.Schema{Enum: []any{"etcd", "control-plane", "worker"}}
	s.Definitions["ExtraArgs"] = extraArgs()
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(out, '\n')
}

// structsOf adds typ and the structs in its fields to those that are known.
func structsOf(typ reflect.Type, known []reflect.Type) []reflect.Type {
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return structsOf(typ.Elem(), known)
	case reflect.Struct:
	default:
		return known
	}
	if slices.Contains(known, typ) {
		return known
	}
	known = append(known, typ)
	for i := range typ.NumField() {
		known = structsOf(typ.Field(i).Type, known)
	}
	return known
}

// mapTypes keeps reflection from the flags, whose form extraArgs writes out.
func mapTypes(typ reflect.Type) *jsonschema.Schema {
	switch typ {
	case reflect.TypeFor[spec.ExtraArgs]():
		return &jsonschema.Schema{Ref: "#/$defs/ExtraArgs"}
	case reflect.TypeFor[spec.Arg]():
		return arg()
	}
	return nil
}

// arg has the forms that a flag's value may have.
func arg() *jsonschema.Schema {
	scalar := &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string"}, {Type: "number"}, {Type: "boolean"}}}
	one := uint64(1)
	return &jsonschema.Schema{AnyOf: append(scalar.AnyOf[:3:3],
		&jsonschema.Schema{Type: "array", Items: scalar, MinItems: &one}, &jsonschema.Schema{Type: "null"})}
}

// extraArgs has the components, and the forms of their flags.
func extraArgs() *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties(), AdditionalProperties: jsonschema.FalseSchema}
	for _, c := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet"} {
		s.Properties.Set(c, &jsonschema.Schema{
			Type: "object", AdditionalProperties: arg(), Description: "flags of " + c + ", by their names without dashes",
			Examples:      []any{map[string]any{"v": 2}},
			PropertyNames: &jsonschema.Schema{Pattern: "^[a-z0-9][a-zA-Z0-9.-]*$"},
		})
	}
	return s
}

// polish names fields in descriptions as the user writes them, and adds the examples.
func polish(t *testing.T, s *jsonschema.Schema, typ reflect.Type) {
	t.Helper()
	s.Description = strings.ReplaceAll(s.Description, "\n", " ")
	for i := range typ.NumField() {
		f := typ.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		property, _ := s.Properties.Get(key)
		if property.Description == "" {
			t.Errorf("%s.%s has no comment", typ, f.Name)
		}
		property.Description = strings.ReplaceAll(key+strings.TrimPrefix(property.Description, f.Name), "\n", " ")
		var example any
		text := cmp.Or(f.Tag.Get("sample"), f.Tag.Get("example"))
		if strings.Contains(text, "...") || text == "" {
			continue
		}
		if err := yaml.Unmarshal([]byte(text), &example); err != nil {
			t.Errorf("%s.%s: %v", typ, f.Name, err)
		}
		if f.Type.Kind() == reflect.String {
			example = text
		}
		property.Examples = []any{example}
	}
}
