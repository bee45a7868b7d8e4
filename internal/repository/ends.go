package repository

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/diag"
)

const hintEnds = "git's core.autocrlf does that: write overlays/** text=auto eol=lf into .gitattributes, and the same for lib/** and base/**, " +
	"commit it, remove these files and git checkout them again"

// ends finds rendered files whose lines end in CR LF because the files that they are made of do. That the output as it is has
// the same lines with LF is a sign of it, and so is a script that no Linux would run. Others may be meant, as HTTP messages are.
func ends(dir *os.Root, c compile.Compiled) diag.List {
	var changed, broken, odd []string
	have := layer.Stack{dir.FS()}
	for _, node := range slices.Sorted(maps.Keys(c.Rendered.Nodes)) {
		for _, f := range c.Rendered.Nodes[node] {
			text := f.Content.Bytes()
			unix := bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
			if len(unix) == len(text) {
				continue
			}
			name := path.Join(Output, node, f.Path)
			was, err := fs.ReadFile(have, name)
			switch {
			case err == nil && bytes.Equal(was, unix):
				changed = append(changed, name)
			case bytes.HasPrefix(text, []byte("#!")):
				broken = append(broken, name)
			case path.Ext(name) != ".http":
				odd = append(odd, name)
			}
		}
	}
	return slices.Concat(
		crlf(diag.Error, changed, "the lines of what is rendered end in CR LF here, and in LF in "+Output+"/"),
		crlf(diag.Error, broken, "a script's lines end in CR LF, and no Linux runs it"),
		crlf(diag.Warning, odd, "the lines of what is rendered end in CR LF"),
	)
}

func crlf(s diag.Severity, names []string, summary string) diag.List {
	if len(names) == 0 {
		return nil
	}
	return diag.List{{Severity: s, Summary: summary, Detail: diag.Few(names), Hint: hintEnds, Pos: diag.Pos{File: names[0]}}}
}
