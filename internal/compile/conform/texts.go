package conform

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/harender/harender/internal/compile/conform/plaintext"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

// isText reports whether a file is of a format that is no document, and of which something is known.
func isText(f tree.File) bool {
	return len(f.Content.Bytes()) > 0 && !f.Content.IsSealed() && plaintext.Knows(f.Path)
}

// readWords reads the keywords of the programs whose files are judged.
func readWords(layers fs.FS) (map[string]release.Words, diag.List) {
	out := map[string]release.Words{}
	var list diag.List
	for _, program := range []string{"systemd", "haproxy", "keepalived", "coredns"} {
		words, found := release.ReadWords(layers, program)
		out[program] = words
		list = append(list, found...)
	}
	return out, list
}

// wordsOf the program that reads a file.
func (j checker) wordsOf(name string) release.Words {
	switch base := path.Base(name); {
	case base == "Corefile":
		return j.words["coredns"]
	case path.Ext(base) == ".cfg":
		return j.words["haproxy"]
	case base == "keepalived.conf":
		return j.words["keepalived"]
	}
	return j.words["systemd"]
}

// lines finds what is wrong in a text.
func (j checker) lines(name, content string) []problem {
	var out []problem
	for _, f := range plaintext.Judge(name, content, j.wordsOf(name)) {
		d := diag.Diagnostic{Severity: f.Severity, Summary: diag.Escape(name + ": " + f.Summary), Hint: diag.Escape(f.Hint)}
		words := []string{f.Word, path.Base(name)}
		if f.Line > 0 {
			var line string
			line, d.Detail = lineOf(content, f.Line)
			words = append([]string{line}, words...)
		}
		out = append(out, problem{finding: d, words: words, subject: subject{table: pairTable}})
	}
	return out
}

// lineOf a text, which counts from 1, and a sentence that shows it.
func lineOf(content string, n int) (line, sentence string) {
	line = strings.TrimSpace(strings.Split(content, "\n")[n-1])
	return line, fmt.Sprintf("Line %d is %s.", n, diag.Quote(line))
}
