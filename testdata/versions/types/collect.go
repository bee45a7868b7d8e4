package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// collector follows the types of the kinds.
type collector struct {
	minor string
	// dirs of the modules by path.
	dirs     map[string]string
	packages map[string]*pkg
	out      schema
}

// kinds takes those that the packages of a source register.
func (c *collector) kinds(source string) error {
	module, rest := split(source)
	found, err := filepath.Glob(filepath.Join(c.dirs[module], rest))
	if err != nil {
		return err
	}
	for _, dir := range found {
		if _, err := os.Stat(filepath.Join(dir, "register.go")); err != nil {
			continue
		}
		inner, _ := filepath.Rel(c.dirs[module], dir)
		p, err := c.load(module + "/" + filepath.ToSlash(inner))
		if err != nil {
			return err
		}
		for _, call := range p.calls {
			if err := c.registered(p, call); err != nil {
				return err
			}
		}
	}
	return nil
}

func split(path string) (module, rest string) {
	parts := strings.SplitN(path, "/", 3)
	return parts[0] + "/" + parts[1], strings.Join(parts[2:], "/")
}

func (c *collector) load(path string) (*pkg, error) {
	if p, ok := c.packages[path]; ok {
		return p, nil
	}
	module, rest := split(path)
	p, err := load(path, filepath.Join(c.dirs[module], rest))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c.packages[path] = p
	return p, nil
}

// registered takes the kinds of one call, but for lists, internal versions, and what the minor serves no longer.
func (c *collector) registered(p *pkg, call *ast.CallExpr) error {
	group, kind := call.Args[0], ""
	if with, ok := group.(*ast.CallExpr); ok {
		group = with.Fun.(*ast.SelectorExpr).X
		kind, _ = literal(with.Args[0])
	}
	id, ok := group.(*ast.Ident)
	if !ok || p.groups[id.Name] == "" || strings.HasSuffix(p.groups[id.Name], "__internal") {
		return nil
	}
	for _, a := range call.Args[1:] {
		name := registeredName(a)
		if name == "" || strings.HasSuffix(name, "List") || gone(p.removed[name], c.minor) {
			continue
		}
		t, err := c.named(p, name)
		if err != nil {
			return err
		}
		c.out.Kinds[p.groups[id.Name]+" "+cmp.Or(kind, name)] = t
		c.out.leaveStatus(t)
	}
	return nil
}

// registeredName is Name of &Name{}.
func registeredName(e ast.Expr) string {
	if u, ok := e.(*ast.UnaryExpr); ok {
		if lit, ok := u.X.(*ast.CompositeLit); ok {
			if id, ok := lit.Type.(*ast.Ident); ok {
				return id.Name
			}
		}
	}
	return ""
}

func gone(removed, minor string) bool {
	ordinal := func(v string) int {
		_, n, _ := strings.Cut(v, ".")
		i, _ := strconv.Atoi(n)
		return i
	}
	return removed != "" && ordinal(removed) <= ordinal(minor)
}

// policyWebhook adds the one admission plugin whose configuration has neither kind nor version.
func (c *collector) policyWebhook() error {
	p, err := c.load("k8s.io/kubernetes/plugin/pkg/admission/imagepolicy")
	if err != nil {
		return err
	}
	c.out.Kinds["ImagePolicyWebhook"], err = c.named(p, "AdmissionConfig")
	return err
}

// known are the types that decode themselves, in the words of types.json.
var known = map[string]string{
	"k8s.io/apimachinery/pkg/apis/meta/v1.Time": "time", "k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime": "time",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Duration":   "duration",
	"k8s.io/apimachinery/pkg/api/resource.Quantity":   "quantity",
	"k8s.io/apimachinery/pkg/util/intstr.IntOrString": "intOrString",
	"k8s.io/apimachinery/pkg/runtime.RawExtension":    "object",
	"k8s.io/apimachinery/pkg/runtime.Object":          "object",
	"k8s.io/apimachinery/pkg/runtime.Unknown":         "object",
	"time.Duration": "int64",
}

// named gives the word for a type that has a name, and takes it in if it has fields or closed values.
func (c *collector) named(p *pkg, name string) (string, error) {
	path := p.path + "." + name
	if word, ok := known[path]; ok {
		return word, nil
	}
	d, ok := p.types[name]
	switch {
	case !ok:
		return "", fmt.Errorf("no type %s", path)
	case p.own[name]:
		return "any", nil
	}
	short := shorten(p.path) + "." + name
	s, isStruct := d.expr.(*ast.StructType)
	if !isStruct {
		word, err := c.word(p, d, d.expr)
		if word == "string" && d.closed && len(p.enums[name]) > 0 {
			c.out.Enums[short] = p.enums[name]
			return short, nil
		}
		return word, err
	}
	if _, done := c.out.Types[short]; done {
		return short, nil
	}
	fields := map[string]string{}
	c.out.Types[short] = fields // Before its fields: types may hold themselves.
	return short, c.fields(p, d, s, fields)
}

// fields are those that JSON has, of the struct and of what it embeds.
func (c *collector) fields(p *pkg, d declared, s *ast.StructType, into map[string]string) error {
	for _, f := range s.Fields.List {
		tag := ""
		if f.Tag != nil {
			text, _ := literal(f.Tag)
			tag = reflect.StructTag(text).Get("json")
		}
		name, options, _ := strings.Cut(tag, ",")
		switch {
		case name == "-", len(f.Names) > 0 && !f.Names[0].IsExported():
			continue
		case len(f.Names) == 0 && (name == "" || strings.Contains(options, "inline")):
			if err := c.embedded(p, d, f.Type, into); err != nil {
				return err
			}
			continue
		case name == "" && len(f.Names) > 0:
			name = f.Names[0].Name
		}
		word, err := c.word(p, d, f.Type)
		if err != nil {
			return err
		}
		into[name] = word
	}
	return nil
}

func (c *collector) embedded(p *pkg, d declared, e ast.Expr, into map[string]string) error {
	word, err := c.word(p, d, e)
	for name, t := range c.out.Types[word] {
		into[name] = t
	}
	return err
}

// word says what an expression takes: a scalar, []WORD, map WORD, or the name of a type.
func (c *collector) word(p *pkg, d declared, e ast.Expr) (string, error) {
	switch e := e.(type) {
	case *ast.StarExpr:
		return c.word(p, d, e.X)
	case *ast.ArrayType:
		if id, ok := e.Elt.(*ast.Ident); ok && id.Name == "byte" {
			return "bytes", nil
		}
		word, err := c.word(p, d, e.Elt)
		return "[]" + word, err
	case *ast.MapType:
		word, err := c.word(p, d, e.Value)
		return "map " + word, err
	case *ast.InterfaceType:
		return "any", nil
	case *ast.Ident:
		if slices.Contains([]string{"string", "bool", "int", "int32", "int64", "uint32", "float32", "float64", "any"}, e.Name) {
			return e.Name, nil
		}
		return c.named(p, e.Name)
	case *ast.SelectorExpr:
		return c.imported(d, e)
	}
	return "", fmt.Errorf("%s: nothing known of %T", p.path, e)
}

func (c *collector) imported(d declared, e *ast.SelectorExpr) (string, error) {
	path := d.imports[e.X.(*ast.Ident).Name]
	if word, ok := known[path+"."+e.Sel.Name]; ok {
		return word, nil
	}
	p, err := c.load(path)
	if err != nil {
		return "", err
	}
	return c.named(p, e.Sel.Name)
}

func shorten(path string) string {
	return strings.NewReplacer("k8s.io/apimachinery/pkg/apis/", "", "k8s.io/api/", "", "k8s.io/", "", "/pkg", "", "/app", "").Replace(path)
}
