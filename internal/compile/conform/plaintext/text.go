// Package plaintext judges configuration that is no document: units of systemd, what its helpers read, and the files of haproxy,
// keepalived and CoreDNS. It parses as these do, as far as their mistakes need it.
//
// What a program would not start with is an error. A word that nobody here knows may be one of another version, or of a plugin:
// it is an error only where it is nearly a known one, as a misspelt word is.
package plaintext

import (
	"path"
	"strings"

	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/diag"
)

// Finding is what is wrong in a line.
type Finding struct {
	Severity diag.Severity
	// Line from 1 on; 0 is the file as a whole.
	Line          int
	Summary, Hint string
	// Word that stands in the line.
	Word string
}

// judge of one format.
type judge func(name, content string, words release.Words) []Finding

// judgeOf a path on a node; nil where nothing is known of the format.
func judgeOf(name string) judge {
	base, dir := path.Base(name), path.Dir(name)
	switch {
	case base == "haproxy.cfg" || dir == "etc/haproxy" && path.Ext(base) == ".cfg":
		return haproxy
	case base == "keepalived.conf":
		return keepalived
	case base == "Corefile":
		return corefile
	case unitType(name) != "":
		return unit
	case path.Ext(base) != ".conf":
		return nil
	case base == "sysctl.conf" || path.Base(dir) == "sysctl.d":
		return sysctl
	case path.Base(dir) == "modules-load.d":
		return modules
	case path.Base(dir) == "tmpfiles.d":
		return tmpfiles
	case path.Base(dir) == "sysusers.d":
		return sysusers
	}
	return nil
}

// Knows reports whether something is known of the format of a file, by its path from the root of a node.
func Knows(name string) bool { return judgeOf(name) != nil }

// Judge finds what is wrong in a file.
func Judge(name, content string, words release.Words) []Finding {
	if judge := judgeOf(name); judge != nil {
		return judge(name, content, words)
	}
	return nil
}

// unknown words a word that is not among the known ones.
func unknown(line int, word, what string, known []string) Finding {
	f := Finding{
		Severity: diag.Warning, Line: line, Word: word, Summary: what + " " + diag.Quote(word) + " is not known",
		Hint: "mend the name, or remove the line, if it is not of another version",
	}
	if near := diag.Nearest(word, known); near != "" {
		f.Severity, f.Hint = diag.Error, "did you mean "+near+"?"
	}
	return f
}

// fault is an error in a line.
func fault(line int, word, summary, hint string) Finding {
	return Finding{Severity: diag.Error, Line: line, Word: word, Summary: summary, Hint: hint}
}

// lines without their ends, with numbers from 1 on.
func lines(content string) func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(content) {
			n++
			if !yield(n, strings.TrimRight(line, "\r\n")) {
				return
			}
		}
	}
}

// bare is a line without what follows a # outside of quotes.
func bare(line string) string {
	var quote rune
	escaped := false
	for i, r := range line {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote = r
		case quote == 0 && r == '#':
			return line[:i]
		}
	}
	return line
}

// twice finds names that stand twice. at are the lines of those that were seen.
func twice(at map[string]int, line int, name, summary string) []Finding {
	if first, seen := at[name]; seen && first != line {
		return []Finding{fault(line, name, summary, "rename or remove one of the two")}
	}
	at[name] = line
	return nil
}
