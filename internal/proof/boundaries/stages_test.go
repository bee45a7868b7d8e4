package boundaries

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// stages are the functions that read a repository, judge it or make something of it. The command line asks repository
// for what they give, so that one place opens, locks and closes.
func stages() []string {
	return []string{
		"compile.Compile", "compile.Resolve", "spec.Read", "cluster.Resolve", "plan.Make", "release.Known", "release.Read", "release.Summaries",
		"issue.Issue", "issue.Judge", "issue.DryRun", "issue.Examine", "issue.Inventory", "issue.Request", "issue.Import", "issue.Client",
		"issue.Pins", "issue.Record", "issue.Trusted", "issue.StateOf", "access.Files", "access.Holders", "access.Compromised",
		"access.StaleSecrets", "access.Drift", "vault.Load", "diff.Compare", "rollout.Plan", "verify.Output", "verify.Secrets", "tree.Publish",
		"tree.Replace", "tree.Lock",
	}
}

func TestCommandLineRunsNoStage(t *testing.T) {
	files := token.NewFileSet()
	for _, name := range sources(t, filepath.Join("..", "..", "cli")) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range staged(t, files, name, text) {
			t.Errorf("%s: the command line asks repository for that", at)
		}
	}
}

func TestStagesAreFound(t *testing.T) {
	text := "package p\nfunc f() { issue.Judge(); spec.Explain(); x.y.Judge(); plan.Make() }\n"
	if got := staged(t, token.NewFileSet(), "x.go", []byte(text)); len(got) != 2 {
		t.Errorf("%q", got)
	}
}

// staged are the calls of stages in a file.
func staged(t *testing.T, files *token.FileSet, name string, text []byte) []string {
	t.Helper()
	file, err := parser.ParseFile(files, name, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		if call, is := n.(*ast.SelectorExpr); is {
			if pkg, is := call.X.(*ast.Ident); is && slices.Contains(stages(), pkg.Name+"."+call.Sel.Name) {
				out = append(out, strings.Join([]string{files.Position(n.Pos()).String(), call.Sel.Name}, ": "))
			}
		}
		return true
	})
	return out
}
