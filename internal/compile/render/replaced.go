package render

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/harender/harender/internal/diag"
)

// replacement is an object of the library that a mixin replaces: what the library has in it is gone.
type replacement struct {
	// Name is the path of the object, such as etcd.flags.
	Name string `json:"name"`
	// Write is how a mixin extends it.
	Write string `json:"write"`
	// Lost are the fields that are gone.
	Lost []string `json:"lost"`
}

// shownFields of those that are lost; a component has more than anybody reads.
const shownFields = 6

func (r replacement) finding(layers fs.FS, overlays []string) diag.Diagnostic {
	d := diag.Diagnostic{
		Summary: "a mixin replaces " + r.Name, Pos: lastReplacement(layers, r.Name, overlays),
		Detail: "It drops what the library sets there" + r.lost() + ".",
		Hint:   "write " + r.Write + " to extend it",
	}
	if strings.Count(r.Name, ".") > 1 {
		d.Hint += "; null leaves one of its fields out"
	}
	return d
}

// lost lists some of the fields. Those of the root are other ones on other nodes, and not listed: one mixin is one finding.
func (r replacement) lost() string {
	if !strings.Contains(r.Name, ".") {
		return ""
	}
	out := ": " + strings.Join(r.Lost[:min(shownFields, len(r.Lost))], ", ")
	if more := len(r.Lost) - shownFields; more > 0 {
		out += fmt.Sprintf(" and %d more", more)
	}
	return out
}

// lastReplacement is the last place in the mixins where the last part of a field's name is set without +.
func lastReplacement(layers fs.FS, name string, overlays []string) diag.Pos {
	field := regexp.QuoteMeta(name[strings.LastIndex(name, ".")+1:])
	if pos := lastMatch(layers, regexp.MustCompile(`(?:^|[^\w.-])(`+field+`)['"]?\]?\s*(?:\([^)]*\)\s*)?:`), overlays); pos.File != "" {
		return pos
	}
	return lastUse(layers, name, overlays)
}

// lastUse is the last place in the mixins where the last part of a field's name stands.
func lastUse(layers fs.FS, name string, overlays []string) diag.Pos {
	field := regexp.QuoteMeta(name[strings.LastIndex(name, ".")+1:])
	return lastMatch(layers, regexp.MustCompile(`\b(`+field+`)\b`), overlays)
}

// lastMatch is the last place of the pattern's first group in the overlays' mixins and what these import from beside them.
func lastMatch(layers fs.FS, pattern *regexp.Regexp, overlays []string) diag.Pos {
	var pos diag.Pos
	for _, overlay := range overlays {
		for _, file := range mixinFiles(layers, "overlays/"+overlay) {
			src, err := fs.ReadFile(layers, file)
			if err != nil {
				continue // An overlay need not have a mixin.
			}
			for i, line := range strings.Split(string(src), "\n") {
				if at := pattern.FindStringSubmatchIndex(line); at != nil {
					pos = diag.Pos{File: file, Line: i + 1, Col: utf8.RuneCountInString(line[:at[2]]) + 1}
				}
			}
		}
	}
	return pos
}

// mixinFiles are the jsonnet files of an overlay, its mixin last.
func mixinFiles(layers fs.FS, dir string) []string {
	entries, _ := fs.ReadDir(layers, dir) // Anyone who had to read it has told why it cannot be.
	var out []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), "sonnet") && e.Name() != mixin {
			out = append(out, dir+"/"+e.Name())
		}
	}
	slices.Sort(out)
	return append(out, dir+"/"+mixin)
}
