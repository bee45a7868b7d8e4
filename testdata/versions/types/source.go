package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// pkg is what the sources of a package declare.
type pkg struct {
	path  string
	types map[string]declared
	// enums are the values of the constants of a type, in their order.
	enums map[string][]string
	// own are the types that decode themselves.
	own map[string]bool
	// removed is the minor that no longer serves a kind.
	removed map[string]string
	// constants and groups of the registration: strings, and group versions, by the names of their variables.
	constants, groups map[string]string
	// calls register kinds.
	calls []*ast.CallExpr
}

// declared is a type, with what its file imports by name.
type declared struct {
	expr    ast.Expr
	imports map[string]string
	// closed types have no values but their constants.
	closed bool
}

// load parses a package.
func load(path, dir string) (*pkg, error) {
	p := &pkg{
		path: path, types: map[string]declared{}, enums: map[string][]string{}, own: map[string]bool{}, removed: map[string]string{},
		constants: map[string]string{}, groups: map[string]string{},
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		p.file(file)
	}
	return p, nil
}

func (p *pkg) file(file *ast.File) {
	imports := map[string]string{}
	for _, i := range file.Imports {
		path, _ := strconv.Unquote(i.Path.Value)
		name := filepath.Base(path)
		if i.Name != nil {
			name = i.Name.Name
		}
		imports[name] = path
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			for _, s := range d.Specs {
				p.spec(s, d.Doc.Text(), imports)
			}
		case *ast.FuncDecl:
			p.function(d)
		}
	}
}

func (p *pkg) spec(s ast.Spec, doc string, imports map[string]string) {
	switch s := s.(type) {
	case *ast.TypeSpec:
		p.types[s.Name.Name] = declared{s.Type, imports, strings.Contains(doc+s.Doc.Text(), "+enum")}
	case *ast.ValueSpec:
		for i, v := range s.Values {
			if text, ok := literal(v); ok {
				p.constants[s.Names[i].Name] = text
				if of, ok := s.Type.(*ast.Ident); ok {
					p.enums[of.Name] = append(p.enums[of.Name], text)
				}
			}
			if group, ok := v.(*ast.CompositeLit); ok {
				p.group(s.Names[i].Name, group)
			}
		}
	}
}

// group takes the value of a schema.GroupVersion, once all constants are known.
func (p *pkg) group(name string, v *ast.CompositeLit) {
	if s, ok := v.Type.(*ast.SelectorExpr); !ok || s.Sel.Name != "GroupVersion" {
		return
	}
	var parts []string
	for _, e := range v.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			text, isText := literal(pair.Value)
			if id, ok := pair.Value.(*ast.Ident); ok && !isText {
				text = p.constants[id.Name]
			}
			parts = append(parts, text)
		}
	}
	p.groups[name] = strings.TrimPrefix(strings.Join(parts, "/"), "/")
}

func (p *pkg) function(d *ast.FuncDecl) {
	if of := receiver(d); of != "" {
		switch d.Name.Name {
		case "UnmarshalJSON":
			p.own[of] = true
		case "APILifecycleRemoved":
			if r, ok := d.Body.List[0].(*ast.ReturnStmt); ok && len(r.Results) == 2 {
				p.removed[of] = fmt.Sprintf("%s.%s", number(r.Results[0]), number(r.Results[1]))
			}
		}
		return
	}
	ast.Inspect(d, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if f, ok := call.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "AddKnownTypes" || f.Sel.Name == "AddKnownTypeWithName") {
				p.calls = append(p.calls, call)
			}
		}
		return true
	})
}

func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) != 1 {
		return ""
	}
	e := d.Recv.List[0].Type
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	id, _ := e.(*ast.Ident)
	if id == nil {
		return ""
	}
	return id.Name
}

func number(e ast.Expr) string {
	if lit, ok := e.(*ast.BasicLit); ok {
		return lit.Value
	}
	return "0"
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}
