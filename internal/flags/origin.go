package flags

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/harender/harender/internal/cluster"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/spec"
)

// place completes a finding with where the flag came from: a field of the spec, an overlay, or at last the file that it
// stands in. A warning about a flag that only the library can have set is nothing for the user, and not told.
func place(p problem, file, field string) (diag.Diagnostic, bool) {
	d := p.finding
	switch {
	case field != "":
		d.Field = field
	case p.layer.File != "":
		d.Pos = p.layer
	default:
		d.Detail = strings.TrimPrefix(d.Detail+"\nIt stands in "+file+".", "\n")
		return d, d.Severity == diag.Error
	}
	return d, true
}

// specField is the field of extraArgs that the flag of node i stands in; the later level wins. Where the values differ, a
// layer has the last word.
func specField(s spec.Spec, i int, n cluster.Node, component string, a argument) string {
	const root = diag.Path("spec")
	levels := []level{{root, s.ExtraArgs}}
	for _, role := range n.Roles {
		levels = append(levels, level{root.Key("roles").Key(string(role)), s.Roles[string(role)].ExtraArgs})
	}
	levels = append(levels,
		level{root.Key("pools").Key(n.Pool), s.Pools[n.Pool].ExtraArgs},
		level{diag.Path(n.Field), s.Nodes[i].ExtraArgs})
	for _, l := range slices.Backward(levels) {
		if values, ok := l.args[component][a.name]; ok {
			if slices.Contains(values, a.value) {
				return string(l.at.Key("extraArgs").Key(component).Key(a.name))
			}
			return ""
		}
	}
	return ""
}

const mixin = "overlay.libsonnet"

// lastUse is the last place in the node's overlays where the flag's name stands, in a file that speaks of the component.
// Components come after all mixins.
func lastUse(layers fs.FS, overlays []string, component, flag string) diag.Pos {
	word := regexp.MustCompile(`(?:^|[^-\w])(?:--)?(` + regexp.QuoteMeta(flag) + `)(?:[^-\w]|$)`)
	for _, files := range []func(fs.FS, string) []string{componentFiles, mixinFile} {
		for _, overlay := range slices.Backward(overlays) {
			for _, file := range slices.Backward(files(layers, overlay)) {
				if pos := lastIn(layers, file, component, word); pos.File != "" {
					return pos
				}
			}
		}
	}
	return diag.Pos{}
}

func mixinFile(_ fs.FS, overlay string) []string {
	return []string{path.Join("overlays", overlay, mixin)}
}

// componentFiles are the files of the overlay's kustomization.
func componentFiles(layers fs.FS, overlay string) []string {
	var out []string
	// What cannot be read has been told by who had to read it.
	_ = fs.WalkDir(layers, path.Join("overlays", overlay), func(name string, _ fs.DirEntry, err error) error {
		if err == nil && slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(name)) {
			out = append(out, name)
		}
		return nil
	})
	return out
}

func lastIn(layers fs.FS, file, component string, word *regexp.Regexp) diag.Pos {
	src, err := fs.ReadFile(layers, file)
	if err != nil || !speaksOf(string(src), component) {
		return diag.Pos{} // An overlay need not have a mixin.
	}
	var pos diag.Pos
	for i, line := range strings.Split(string(src), "\n") {
		if at := word.FindStringSubmatchIndex(line); at != nil {
			pos = diag.Pos{File: file, Line: i + 1, Col: utf8.RuneCountInString(line[:at[2]]) + 1}
		}
	}
	return pos
}

// speaksOf takes the component's name as patches have it, kube-apiserver, and as mixins have it, kubeApiserver.
func speaksOf(src, component string) bool {
	return strings.Contains(strings.ToLower(src), strings.ReplaceAll(component, "-", "")) || strings.Contains(src, component)
}
