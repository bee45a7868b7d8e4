package cli_test

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"

	harender "github.com/harender/harender"
	"github.com/harender/harender/internal/compile/release"
)

// root is the repository of harender.
const root = "../.."

// block is one fenced block of a document.
type block struct {
	line       int
	info, text string
}

// picture is one that a document shows.
var picture = regexp.MustCompile(`!\[[^]]*\]\(([^)]+)\)`)

// TestDocuments runs the commands of each document as a reader would, from its first block to its last, in a directory
// of the document's own. Blocks called "sh make" are targets of the Makefile, and "sh cluster" takes a cluster, as the
// boot proof has one: its TestRotation runs those of rotation.md, and its TestEtcd those called "sh quorum", on the members of
// an etcd. What a document shows of their output is what they print.
func TestDocuments(t *testing.T) {
	dir := t.TempDir()
	for _, name := range documents(t) {
		commands := commandsOf(t, name)
		if commands == "" {
			continue
		}
		script := &txtar.Archive{
			Comment: []byte("exec bash -euo pipefail commands.sh\n"),
			Files:   []txtar.File{{Name: "commands.sh", Data: []byte(commands)}},
		}
		for _, f := range shown(t, name) {
			script.Comment = fmt.Appendf(script.Comment, "cmp %s shown/%s\n", f.Name, f.Name)
			script.Files = append(script.Files, txtar.File{Name: "shown/" + f.Name, Data: f.Data})
		}
		file := filepath.Join(dir, strings.TrimSuffix(filepath.Base(name), ".md")+".txtar")
		if err := os.WriteFile(file, txtar.Format(script), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := params(t, filepath.Join(dir, "*.txtar"))
	setup := p.Setup
	p.Setup = func(e *testscript.Env) error {
		if os.Geteuid() != 0 {
			if err := ownInstall(filepath.Join(e.WorkDir, ".own")); err != nil {
				return err
			}
			e.Setenv("PATH", filepath.Join(e.WorkDir, ".own")+string(filepath.ListSeparator)+e.Getenv("PATH"))
		}
		e.Setenv("HOME", e.WorkDir)
		return setup(e)
	}
	testscript.Run(t, p)
}

// commandsOf are all commands of a document, one after the other.
func commandsOf(t *testing.T, name string) string {
	t.Helper()
	var out strings.Builder
	for _, b := range blocks(t, name) {
		switch b.info {
		case "sh":
			fmt.Fprintf(&out, "echo '%s:%d' >&2\n%s", name, b.line, b.text)
		case "sh make":
			checkTargets(t, name, b.text)
		}
	}
	return out.String()
}

// shown is what the commands of a document made, as it shows that: pictures, and blocks called "text NAME.txt".
func shown(t *testing.T, name string) []txtar.File {
	t.Helper()
	var out []txtar.File
	for _, b := range blocks(t, name) {
		if file, named := strings.CutPrefix(b.info, "text "); named && strings.HasSuffix(file, ".txt") {
			out = append(out, txtar.File{Name: file, Data: []byte(b.text)})
		}
	}
	for _, m := range picture.FindAllStringSubmatch(read(t, name), -1) {
		out = append(out, txtar.File{Name: filepath.Base(m[1]), Data: []byte(read(t, filepath.Join(filepath.Dir(name), m[1])))})
	}
	return out
}

// ownInstall stands in for install where the tests do not run as root: it gives nothing away.
func ownInstall(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	const script = "#!/bin/bash\nexec /usr/bin/install \"${@:1:3}\" \"${@:8}\"\n"
	return os.WriteFile(filepath.Join(dir, "install"), []byte(script), 0o700)
}

// TestNoUnknownBlocks keeps commands from hiding from TestDocuments under another name.
func TestNoUnknownBlocks(t *testing.T) {
	known := []string{"sh", "sh make", "sh cluster", "sh quorum"}
	files := []string{"text", "yaml", "json", "jsonnet"} // The name of a file may follow.
	for _, name := range documents(t) {
		for _, b := range blocks(t, name) {
			first, _, _ := strings.Cut(b.info, " ")
			if !slices.Contains(known, b.info) && !slices.Contains(files, first) {
				t.Errorf("%s:%d: a block is one of %s, %s, not %q", name, b.line, strings.Join(known, ", "), strings.Join(files, ", "), b.info)
			}
		}
	}
}

// TestLinks finds the file of every link that stays in the repository.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)\)`)
	for _, name := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, name), -1) {
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1])
			}
		}
	}
}

// TestVersionsTable compares docs/versions.md with the data of the versions.
func TestVersionsTable(t *testing.T) {
	all, list := release.Summaries(harender.Assets)
	if list.HasErrors() || len(all) == 0 {
		t.Fatal(list)
	}
	var want strings.Builder
	for _, s := range all {
		cells := []string{s.Minor, s.Default}
		for _, image := range []string{"etcd", "coredns", "pause"} {
			tag, _, _ := strings.Cut(s.Images[image], "-")
			cells = append(cells, cmp.Or(strings.TrimPrefix(tag, "v"), "-"))
		}
		fmt.Fprintf(&want, "| %s |\n", strings.Join(cells, " | "))
	}
	const name = "docs/versions.md"
	text := read(t, name)
	if !strings.Contains(text, "|\n"+want.String()+"\n") {
		t.Errorf("%s has not this table of versions:\n%s", name, &want)
	}
	for _, image := range []string{"haproxy", "keepalived"} {
		tag, _, _ := strings.Cut(all[0].Images[image], "-")
		if !strings.Contains(text, image+" is "+tag) && !strings.Contains(text, image+" "+tag) {
			t.Errorf("%s does not say %s %s", name, image, tag)
		}
	}
}

// documents are the Markdown files for readers, by their paths from the root.
func documents(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		found, err := fs.Glob(os.DirFS(root), pattern)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	if !slices.Contains(names, "README.md") {
		t.Fatalf("no README.md among %q", names)
	}
	return names
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// blocks are the fenced blocks of a document.
func blocks(t *testing.T, name string) []block {
	t.Helper()
	var out []block
	var b *block
	n := 0
	for line := range strings.Lines(read(t, name)) {
		n++
		fence, fenced := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case fenced && b == nil:
			b = &block{line: n + 1, info: fence}
		case fenced:
			out = append(out, *b)
			b = nil
		case b != nil:
			b.text += line
		}
	}
	if b != nil {
		t.Fatalf("%s:%d: the block does not end", name, b.line)
	}
	return out
}

// checkTargets looks for the Makefile's rule of each line.
func checkTargets(t *testing.T, name, text string) {
	t.Helper()
	makefile := read(t, "Makefile")
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "make" || !regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(words[1])+`:`).MatchString(makefile) {
			t.Errorf("%s: %q is no target of the Makefile", name, strings.TrimSpace(line))
		}
	}
}
