package conform

import (
	"bytes"
	"cmp"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/diag"
)

// specField is the field of extraArgs that the problem's flag stands in. Where the values differ, a layer has the last word.
func specField(levels []cluster.Level, p problem) string {
	a, component := p.argument, p.subject.component
	for _, l := range slices.Backward(levels) {
		if values, ok := l.Args[component][a.name]; ok {
			// A flag that is left out has no value.
			if slices.Contains(values, a.value) || len(values) == 0 && a.value == "" {
				return string(l.Field.Key(component).Key(a.name))
			}
			return ""
		}
	}
	return ""
}

const mixin = "overlay.libsonnet"

// lastUse is the last place in the node's overlays where the first of the problem's words stands that stands anywhere.
// Components come after all mixins.
func lastUse(layers fs.FS, overlays []string, p problem) diag.Pos {
	for _, word := range p.words {
		for _, files := range []func(fs.FS, string) []string{componentFiles, mixinFiles} {
			for _, overlay := range slices.Backward(overlays) {
				for _, file := range slices.Backward(files(layers, overlay)) {
					if pos := lastIn(layers, file, word, p.subject); pos.File != "" {
						return pos
					}
				}
			}
		}
	}
	return diag.Pos{}
}

var imports = regexp.MustCompile(`\bimport(?:str)?\s*['"]([^'"]+)['"]`)

// mixinFiles are the overlay's mixin and, before it, what it imports, from beside it or from lib/.
func mixinFiles(layers fs.FS, overlay string) []string {
	var out []string
	var add func(name string)
	add = func(name string) {
		src, err := fs.ReadFile(layers, name)
		if err != nil || slices.Contains(out, name) {
			return // An overlay need not have a mixin.
		}
		out = append(out, name)
		for _, m := range imports.FindAllSubmatch(src, -1) {
			add(path.Join(path.Dir(name), string(m[1])))
			add(path.Join("lib", string(m[1])))
			add(path.Clean(string(m[1])))
		}
	}
	add(path.Join("overlays", overlay, mixin))
	slices.Reverse(out)
	return out
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

// lastIn is the last place of a word in a file that speaks of the subject's component. An apiVersion that stands beside its
// kind goes before others, and who sets one need not name the kind.
func lastIn(layers fs.FS, file, word string, s subject) diag.Pos {
	src, err := fs.ReadFile(layers, file)
	versioned := s.table == apiTable || s.table == objectTable
	if err != nil || word == "" || !bytes.Contains(src, []byte(word)) || !versioned && !speaksOf(file, string(src), cmp.Or(s.spoken, s.component)) {
		return diag.Pos{}
	}
	pattern := regexp.MustCompile(`(?:^|[^-\w])(?:--?)?(` + regexp.QuoteMeta(word) + `)(?:[^-\w]|$)`)
	var pos, beside diag.Pos
	lines := strings.Split(string(src), "\n")
	for i, line := range lines {
		if isComment(line) || !strings.Contains(line, word) {
			continue
		}
		if at := pattern.FindStringSubmatchIndex(line); at != nil {
			pos = diag.Pos{File: file, Line: i + 1, Col: utf8.RuneCountInString(line[:at[2]]) + 1}
			if versioned && strings.Contains(strings.Join(lines[max(i-1, 0):min(i+2, len(lines))], "\n"), s.component) {
				beside = pos
			}
		}
	}
	return cmp.Or(beside, pos)
}

func isComment(line string) bool {
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, "//") || strings.HasPrefix(line, "#")
}

// speaksOf takes the component's name as patches have it, kube-apiserver, and as mixins have it, kubeApiserver. What a mixin
// imports need not name it.
func speaksOf(file, src, component string) bool {
	imported := strings.Contains(path.Ext(file), "sonnet") && path.Base(file) != mixin
	return imported || strings.Contains(strings.ToLower(src), strings.ToLower(strings.ReplaceAll(component, "-", ""))) || strings.Contains(src, component)
}
