//go:build e2e

package repository_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// sourceTypes are the struct types of a file of k8s.io/kubernetes, by name.
type sourceTypes map[string]*ast.StructType

func structs(t *testing.T, version, file string) sourceTypes {
	t.Helper()
	out, err := exec.Command("go", "mod", "download", "-json", "k8s.io/kubernetes@"+version).Output()
	if err != nil {
		t.Fatalf("the source of Kubernetes %s: %v", version, err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(module.Dir, file), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	types := sourceTypes{}
	ast.Inspect(parsed, func(n ast.Node) bool {
		if spec, ok := n.(*ast.TypeSpec); ok {
			if s, ok := spec.Type.(*ast.StructType); ok {
				types[spec.Name.Name] = s
			}
		}
		return true
	})
	return types
}

// check wants every key of an object to be a field of the type, with a value of its kind.
func (s sourceTypes) check(t *testing.T, at, name string, object map[string]any) {
	t.Helper()
	fields := map[string]ast.Expr{"apiVersion": ast.NewIdent("string"), "kind": ast.NewIdent("string")}
	if s[name] == nil {
		t.Fatalf("%s: there is no type %s", at, name)
	}
	for _, f := range s[name].Fields.List {
		key, _, _ := strings.Cut(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json"), ",")
		fields[key] = f.Type
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if fields[key] == nil {
			t.Errorf("%s has no field %s", at, key)
			continue
		}
		s.checkValue(t, at+"."+key, fields[key], object[key])
	}
}

func (s sourceTypes) checkValue(t *testing.T, at string, want ast.Expr, value any) {
	t.Helper()
	var fits bool
	switch want := want.(type) {
	case *ast.ArrayType:
		list, ok := value.([]any)
		fits = ok
		for _, item := range list {
			s.checkValue(t, at, want.Elt, item)
		}
	case *ast.MapType:
		mapping, ok := value.(map[string]any)
		fits = ok
		for key, item := range mapping {
			s.checkValue(t, at+"."+key, want.Value, item)
		}
	case *ast.Ident:
		switch want.Name {
		case "string":
			_, fits = value.(string)
		case "int32":
			_, fits = value.(float64)
		default:
			object, ok := value.(map[string]any)
			fits = ok
			s.check(t, at, want.Name, object)
		}
	default:
		fits = false
	}
	if !fits {
		t.Errorf("%s is %v", at, value)
	}
}
