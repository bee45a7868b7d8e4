package explain

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/diag"
)

// levels of the spec that give the node at index i extra arguments, the lowest first.
func (s Source) levels(i int) []cluster.Level {
	all := s.Plan.Nodes[i].Cluster.Levels(s.Document.Cluster.Spec, i)
	return slices.DeleteFunc(all, func(l cluster.Level) bool { return len(l.Args) == 0 })
}

// place is where a layer sets a flag: exactly for the spec, and as the flag's name is found in the layer's files for
// the others. A layer that computes the name has a file at most.
func (s Source) place(step render.Step, k key) diag.Pos {
	quoted := regexp.QuoteMeta(k.flag)
	word := regexp.MustCompile(`(?:^|[^-\w])(?:--)?(` + quoted + `)(?:[^-\w]|$)`)
	switch step.Kind {
	case render.Arguments:
		pos, _, _ := s.Document.Locate(string(diag.Path(step.Name).Key(k.program).Key(k.flag)))
		return pos
	case render.Data:
		return s.find([]string{"lib/versions/" + step.Name + ".json"}, `"`+k.program+`"`, word)
	case render.Mixin:
		return s.find([]string{"overlays/" + step.Name + "/overlay.libsonnet"}, "", word)
	case render.Component:
		return s.find(s.filesBelow("overlays/"+step.Name, ".yaml", ".yml", ".json"), "", word)
	}
	field := regexp.MustCompile(`(?:^|[\s{,\['"])(` + quoted + `)['"]?\]?\+?:`)
	return s.first(append(s.named("lib/components", k.program), s.filesBelow("lib/components", ".libsonnet")...), field)
}

// named are the files of a component; kube-scheduler and kube-controller-manager share one.
func (s Source) named(dir, program string) []string {
	file := dir + "/" + program + ".libsonnet"
	if _, err := fs.Stat(s.Layers, file); err != nil {
		return nil
	}
	return []string{file}
}

// filesBelow a folder, which need not be there.
func (s Source) filesBelow(dir string, extensions ...string) []string {
	var out []string
	_ = fs.WalkDir(s.Layers, dir, func(name string, _ fs.DirEntry, err error) error {
		if err == nil && slices.Contains(extensions, path.Ext(name)) {
			out = append(out, name)
		}
		return nil
	})
	return out
}

// find the first file that has the word, and there the last line that has it; after the last line with section, where
// one is given. Without the word, it is the first file.
func (s Source) find(files []string, section string, word *regexp.Regexp) diag.Pos {
	for _, file := range files {
		src, err := fs.ReadFile(s.Layers, file)
		if err != nil {
			continue // What cannot be read has been told by who had to read it.
		}
		lines := strings.Split(string(src), "\n")
		if pos := lastWord(lines, section, word); pos.Line > 0 {
			pos.File = file
			return pos
		}
	}
	if len(files) == 0 {
		return diag.Pos{}
	}
	return diag.Pos{File: files[0]}
}

// first is the first line of the first file that has the word.
func (s Source) first(files []string, word *regexp.Regexp) diag.Pos {
	for _, file := range files {
		src, err := fs.ReadFile(s.Layers, file)
		if err != nil {
			continue // What cannot be read has been told by who had to read it.
		}
		for i, line := range strings.Split(string(src), "\n") {
			if at := word.FindStringSubmatchIndex(line); at != nil {
				return diag.Pos{File: file, Line: i + 1, Col: utf8.RuneCountInString(line[:at[2]]) + 1}
			}
		}
	}
	return diag.Pos{File: "lib/main.libsonnet"}
}

func lastWord(lines []string, section string, word *regexp.Regexp) diag.Pos {
	var pos diag.Pos
	begun := section == ""
	for i, line := range lines {
		if !begun {
			begun = strings.Contains(line, section)
			continue
		}
		if section != "" && strings.HasPrefix(strings.TrimSpace(line), "}") {
			begun = false
		}
		if at := word.FindStringSubmatchIndex(line); at != nil {
			pos = diag.Pos{Line: i + 1, Col: utf8.RuneCountInString(line[:at[2]]) + 1}
		}
	}
	return pos
}
