package boundaries

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"testing"
)

// mostMethods is how many methods a type may have: with more, nobody can say what it is for.
const mostMethods = 20

// TestNoTypeHasTooManyMethods counts those that are declared, without what a type embeds.
func TestNoTypeHasTooManyMethods(t *testing.T) {
	// These grew before there was a limit. The list takes no more; what came below the limit goes from it.
	grown := []string{
		"change/rollout.planner", "cli.Environment", "compile/conform.checker", "keys/issue.importer", "compile/conform/staticpod.judge", "proof/e2e.suite",
		"proof/e2e.rotation",
	}
	root := filepath.Join("..", "..")
	methods := map[string]int{}
	for _, name := range sources(t, root) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		below, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			t.Fatal(err)
		}
		for _, receiver := range receivers(t, text) {
			methods[path.Join(filepath.ToSlash(below))+"."+receiver]++
		}
	}
	for name, n := range methods {
		switch known := slices.Contains(grown, name); {
		case n > mostMethods && !known:
			t.Errorf("%s has %d methods, and %d at most are allowed: split it by what flows through it", name, n, mostMethods)
		case n <= mostMethods && known:
			t.Errorf("%s has %d methods: take it from the list", name, n)
		}
	}
}

// receivers are the types of a file's methods, one for each method.
func receivers(t *testing.T, text []byte) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "x.go", text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, d := range file.Decls {
		f, is := d.(*ast.FuncDecl)
		if !is || f.Recv == nil {
			continue
		}
		of := f.Recv.List[0].Type
		if star, is := of.(*ast.StarExpr); is {
			of = star.X
		}
		if generic, is := of.(*ast.IndexExpr); is {
			of = generic.X
		}
		if id, is := of.(*ast.Ident); is {
			out = append(out, id.Name)
		}
	}
	return out
}

func TestReceiversAreCounted(t *testing.T) {
	text := "package p\nfunc (T) a() {}\nfunc (t *T) b() {}\nfunc (t *T[K]) c() {}\nfunc d() {}\n"
	if got := receivers(t, []byte(text)); len(got) != 3 || got[0] != "T" || got[2] != "T" {
		t.Errorf("%q", got)
	}
}
