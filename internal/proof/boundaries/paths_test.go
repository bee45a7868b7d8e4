package boundaries

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// spelled are paths, and parts of paths, that layout makes.
var spelled = regexp.MustCompile(strings.Join([]string{
	`^secrets/`, `(^|/)(retired|pending)/`, `^(nodes|cluster)/`, `^\.(next|previous|adopted|source|elsewhere|csr)$`, `\.(key|yaml|csv|token|password)\.sops$`,
	`^\.sops$`, `\.index\.json$`, `^/?etc/kubernetes/(manifests|pki)(/|$)`, `^/?srv/kubernetes(/|$)`, `^/?etc/systemd/system(-preset)?(/|$)`,
}, "|"))

// spells are the words in a text of Go's that only layout may spell. Sentences for people are theirs.
func spells(t *testing.T, files *token.FileSet, name string, text []byte) []string {
	t.Helper()
	file, err := parser.ParseFile(files, name, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		if field, is := n.(*ast.Field); is && field.Tag != nil {
			field.Tag = nil
		}
		lit, is := n.(*ast.BasicLit)
		if !is || lit.Kind != token.STRING {
			return true
		}
		word, err := strconv.Unquote(lit.Value)
		if err == nil && !strings.ContainsAny(word, " \n") && spelled.MatchString(word) {
			out = append(out, files.Position(lit.Pos()).String()+": "+word)
		}
		return true
	})
	return out
}

// TestLayoutAloneSpellsPaths: two that spell a path come to differ.
func TestLayoutAloneSpellsPaths(t *testing.T) {
	// Names that other tools give, and folders of a node where anybody's files may lie.
	others := []string{"keys/adopt/role.go", "change/verify/watch.go", "compile/conform/plaintext/unit.go", "compile/conform/owner.go"}
	root := filepath.Join("..", "..")
	for _, name := range sources(t, root) {
		below := filepath.ToSlash(strings.TrimPrefix(name, root+string(filepath.Separator)))
		if strings.HasPrefix(below, "layout/") || strings.HasPrefix(below, "proof/") || slices.Contains(others, below) {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range spells(t, token.NewFileSet(), name, text) {
			t.Errorf("%s: layout makes this path", found)
		}
	}
}

func TestSpelledPathsAreFound(t *testing.T) {
	for text, want := range map[string]int{
		`"retired/" + id`: 1, `"secrets/retired/%s"`: 1, `id + ".key.sops"`: 1, `"/etc/kubernetes/manifests"`: 1, `"srv/kubernetes/ca.crt"`: 1, `"nodes/" + n`: 1,
		`"move it to secrets/retired/ first"`: 0, `"etc/kubernetes/kubelet.conf"`: 0, `".crt"`: 0, `"x.sops.yaml"`: 0,
	} {
		if got := spells(t, token.NewFileSet(), "x.go", []byte("package p\nvar x = "+text)); len(got) != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}
