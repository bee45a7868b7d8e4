package boundaries

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoListIsDropped finds where a function collects diagnostics and then writes others over them: a warning of the first
// stage is then never told. What is collected is appended to; a list that holds nothing may be replaced.
func TestNoListIsDropped(t *testing.T) {
	files := token.NewFileSet()
	for _, name := range sources(t, filepath.Join("..", "..")) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range dropped(t, files, name, text) {
			t.Errorf("%s: this writes over diagnostics that were collected before: append to them", at)
		}
	}
}

// sources are the files of Go below a folder, without tests.
func sources(t *testing.T, root string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			out = append(out, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDroppedListsAreFound(t *testing.T) {
	const head = "package p\nfunc f() L {\n\ta, list := g()\n\tif list.HasErrors() { return list }\n\t"
	for body, want := range map[string]int{
		"b, list := g()": 1,
		"_, list = g()":  1,
		"list = h(a)":    1,
		"b, found := g(); list = append(list, found...)": 0,
		"list = append(list, h()...)":                    0,
		"list = merge(h(), list)":                        0,
		"func() { c, list := g(); use(c, list) }()":      0,
	} {
		text := head + body + "\n\treturn list\n}\n"
		if got := len(dropped(t, token.NewFileSet(), "x.go", []byte(text))); got != want {
			t.Errorf("%s: %d found, want %d", body, got, want)
		}
	}
}

// dropped are the places where a variable that was asked for its errors before is assigned what it has no part in. Go's
// parser tells variables of one name apart, and knows no types: that somebody asks for HasErrors gives lists away.
func dropped(t *testing.T, files *token.FileSet, name string, text []byte) []token.Position {
	t.Helper()
	file, err := parser.ParseFile(files, name, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []token.Position
	judged, empty := map[any]bool{}, map[any]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if id, ok := n.X.(*ast.Ident); ok && n.Sel.Name == "HasErrors" && declared(id) != nil {
				judged[declared(id)] = true
			}
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				id, ok := left.(*ast.Ident)
				if !ok || declared(id) == nil {
					continue
				}
				if v := declared(id); judged[v] && !empty[v] && !mentions(n.Rhs, v) {
					out = append(out, files.Position(n.Pos()))
				}
				empty[declared(id)] = opens(n.Rhs)
			}
		}
		return true
	})
	return out
}

// variable is a name and the statement that declares it.
type variable struct {
	declaration any
	name        string
}

// declared is the variable that the parser found for a name, or nil. It knows those of one file.
func declared(id *ast.Ident) any {
	if id.Obj == nil {
		return nil
	}
	return variable{id.Obj.Decl, id.Name}
}

// opens reports whether the diagnostics are those of opening a repository: an error, or none.
func opens(from []ast.Expr) bool {
	call, ok := from[0].(*ast.CallExpr)
	if !ok {
		return false
	}
	id, ok := call.Fun.(*ast.Ident)
	return ok && id.Name == "open"
}

func mentions(all []ast.Expr, what any) bool {
	found := false
	for _, e := range all {
		ast.Inspect(e, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			found = found || ok && declared(id) == what
			return !found
		})
	}
	return found
}
