package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/harender/harender/testdata/versions/describe"
)

// etcdComponent asks etcd itself for the flags that it has and what they take. Its help is not complete and has no types,
// so it is asked for each name that stands in its sources.
func etcdComponent(minor, program string) (component, error) {
	version, dir, err := etcdModule(minor)
	if err != nil {
		return component{}, err
	}
	var src sources
	for _, file := range []string{"etcdmain/config.go", "embed/config.go"} {
		if err := src.read(filepath.Join(dir, file)); err != nil {
			return component{}, err
		}
	}
	text, _ := says(program, "--help")
	help := readHelp(text)
	c := component{
		Version: version[:strings.LastIndex(version, ".")],
		Flags:   map[string]describe.Flag{"help": {Type: "bool"}}, // The one that Go's own package brings.
	}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(src.names))) {
		kind, ok := kindOf(program, name)
		if !ok {
			continue
		}
		f := help[name]
		f.Type, f.Deprecated = kind, cmp.Or(f.Deprecated, src.deprecated[name])
		if slices.Contains(src.ignored, name) {
			f = describe.Flag{Type: "string", Deprecated: "It does nothing."}
		}
		c.Flags[name] = f
	}
	if len(c.Flags) < 100 {
		return c, fmt.Errorf("%s knows of %d flags alone", program, len(c.Flags))
	}
	return c, nil
}

// etcdModule is the version without v, and the folder, of the server's module.
func etcdModule(minor string) (version, dir string, err error) {
	out, err := exec.Command("go", "list", "-modfile="+minor+".mod", "-m", "-f", "{{.Version}} {{.Dir}}", "go.etcd.io/etcd/server/v3").Output()
	if err != nil {
		return "", "", fmt.Errorf("go list: %w", err)
	}
	version, dir, _ = strings.Cut(strings.TrimSpace(string(out)), " ")
	return strings.TrimPrefix(version, "v"), dir, nil
}

// sources are what the files that make up the command line say: all that may be a flag's name, the flags that are taken
// and ignored, and why others are going.
type sources struct {
	names, ignored []string
	deprecated     map[string]string
}

var flagName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

func (s *sources) read(file string) error {
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		return err
	}
	if s.deprecated == nil {
		s.deprecated = map[string]string{}
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if text := literal(n); flagName.MatchString(text) {
				s.names = append(s.names, text)
			}
		case *ast.ValueSpec:
			s.readVariable(n)
		}
		return true
	})
	return nil
}

// readVariable takes the lists of ignored and of deprecated flags.
func (s *sources) readVariable(v *ast.ValueSpec) {
	if len(v.Values) != 1 {
		return
	}
	list, ok := v.Values[0].(*ast.CompositeLit)
	if !ok {
		return
	}
	for _, e := range list.Elts {
		switch pair, keyed := e.(*ast.KeyValueExpr); {
		case v.Names[0].Name == "ignored":
			s.ignored = append(s.ignored, literal(e))
		case v.Names[0].Name == "deprecatedFlags" && keyed:
			s.deprecated[literal(pair.Key)] = literal(pair.Value)
		}
	}
}

// literal is the text of a string, and empty for all else.
func literal(e ast.Expr) string {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		text, _ := strconv.Unquote(lit.Value)
		return text
	}
	return ""
}

var (
	helpFlag  = regexp.MustCompile(`^  --([a-z0-9-]+)(?: (.*))?$`)
	helpGoing = regexp.MustCompile(`(?:Deprecated in|(?:Will|[Tt]o) be deprecated|Deprecated and) .*$`)
)

// readHelp takes the defaults from etcd's help, and what it says against a flag or a section of flags.
func readHelp(help string) map[string]describe.Flag {
	out := map[string]describe.Flag{}
	name, section := "", ""
	for line := range strings.SplitSeq(help, "\n") {
		going := helpGoing.FindString(line)
		switch m := helpFlag.FindStringSubmatch(line); {
		case m != nil:
			name = m[1]
			out[name] = describe.Flag{Default: strings.Trim(m[2], "'"), Deprecated: section}
		case !strings.HasPrefix(line, " "):
			name, section = "", strings.TrimSuffix(going, "):")
		case name != "" && going != "":
			out[name] = describe.Flag{Default: out[name].Default, Deprecated: going}
		}
	}
	return out
}

// kindOf asks a program whether it has a flag and what that takes. It refuses a wrong value before it shows its help.
func kindOf(program, name string) (kind string, ok bool) {
	takes := func(value string) bool {
		_, ok := says(program, "--"+name+"="+value, "--help")
		return ok
	}
	if out, ok := says(program, "--"+name+"=x", "--help"); ok || strings.Contains(out, "flag provided but not defined") {
		return "string", ok
	}
	switch {
	case takes("true"):
		return "bool", true
	case takes("1s"):
		return "duration", true
	case takes("1.5"):
		return "float64", true
	case takes("-1"):
		return "int", true
	case takes("2"):
		return "uint", true
	}
	return "string", true
}

// says is what a program prints, and whether it takes the arguments.
func says(program string, args ...string) (string, bool) {
	out, err := exec.Command(program, args...).CombinedOutput()
	return string(out), err == nil
}
