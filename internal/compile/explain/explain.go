// Package explain tells where the flags of a node's programs come from. It lays the layers upon each other one by one,
// and sees which of them changes what.
package explain

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/conform"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

// Setting is a flag of a program on a node.
type Setting struct {
	Program string `json:"program"`
	// Flag is its name without dashes.
	Flag string `json:"flag"`
	// Values are what it has in the end; several where it repeats, none where a layer left it out.
	Values []string `json:"values"`
	// Default is what the program takes without the flag, as its help words it.
	Default string `json:"default,omitempty"`
	// Configured is where the program's configuration file says it instead of the flag, or nothing.
	Configured *Configured `json:"configured,omitempty"`
	// By are the layers that changed it, the last one first: its word counts. None for a flag that no layer knows.
	By []Origin `json:"by"`
}

// Origin is a layer that changed a flag.
type Origin struct {
	Kind render.Kind `json:"kind"`
	// Name is the minor of version, the field of spec, and the overlay of mixin and component.
	Name string `json:"name,omitempty"`
	// Values that the flag had with this layer on top.
	Values []string `json:"values"`
	// Place is the file, and the line and column where it is known.
	Place diag.Pos `json:"place"`
	// Builtin: the file is the program's own, not the repository's.
	Builtin bool `json:"builtin"`
}

// Source is a repository that was compiled without errors.
type Source struct {
	Document spec.Document
	Plan     plan.Plan
	// Own are the repository's files, Layers those over the built-in ones.
	Own, Layers fs.FS
	Engines     render.Engines
}

// Flags of what runs on a node by the name of a static pod or a unit, in the order of the alphabet; only those of the
// name, where one is given.
func Flags(s Source, node, runs, name string) ([]Setting, diag.List) {
	at := slices.IndexFunc(s.Plan.Nodes, func(n plan.Node) bool { return n.Cluster.Name == node })
	if at < 0 {
		return nil, diag.List{unknownNode(s.Plan, node)}
	}
	steps, list := render.Trace(s.Plan, node, s.levels(at), s.Layers, s.Engines)
	if list.HasErrors() {
		return nil, list
	}
	facts, found := release.ReadFacts(s.Layers, s.Plan.Nodes[at].Cluster.Version.Series())
	list = append(list, found...)
	last := steps[len(steps)-1].Files
	if !slices.ContainsFunc(last, func(f tree.File) bool { return starts(f, runs) }) {
		return nil, append(list, unknownProgram(last, node, runs))
	}
	all := s.settings(steps, runs, facts.Flags)
	if name == "" {
		return all, list
	}
	own := slices.DeleteFunc(slices.Clone(all), func(set Setting) bool { return set.Flag != name })
	if len(own) == 0 {
		var unset diag.List
		own, unset = untouched(all, facts.Flags, runs, name)
		for i := range own {
			own[i].Configured = configured(last, all, own[i])
		}
		list = append(list, unset...)
	}
	return own, list
}

// untouched is a flag that no layer sets, for each of the programs that has it.
func untouched(all []Setting, known release.Flags, runs, name string) ([]Setting, diag.List) {
	var out []Setting
	var names []string
	for _, program := range programsOf(all) {
		for flag := range known[program].Flags {
			names = append(names, flag)
		}
		if f, ok := known[program].Flags[name]; ok {
			out = append(out, Setting{Program: program, Flag: name, Values: []string{}, Default: f.Default, By: []Origin{}})
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	hint := "without --flag, all that are set are shown"
	if near := diag.Nearest(name, names); near != "" {
		hint = "did you mean --" + near + "?"
	}
	return nil, diag.List{{Summary: runs + " has no flag " + diag.Escape("--"+name), Hint: hint}}
}

func programsOf(all []Setting) []string {
	var out []string
	for _, s := range all {
		if !slices.Contains(out, s.Program) {
			out = append(out, s.Program)
		}
	}
	return out
}

// key is a flag of a program.
type key struct{ program, flag string }

func (s Source) settings(steps []render.Step, runs string, known release.Flags) []Setting {
	history := map[key][]Origin{}
	before := map[key][]string{}
	for _, step := range steps {
		now := valuesIn(step.Files, runs, known)
		for k := range now {
			if _, had := before[k]; !had {
				before[k] = nil
			}
		}
		for k, was := range before {
			if is := now[k]; !slices.Equal(is, was) {
				history[k] = append(history[k], s.origin(step, k, is))
			}
			before[k] = now[k]
		}
	}
	out := make([]Setting, 0, len(history))
	for k, by := range history {
		slices.Reverse(by)
		out = append(out, Setting{
			Program: k.program, Flag: k.flag, Values: by[0].Values, Default: known[k.program].Flags[k.flag].Default, By: by,
		})
	}
	slices.SortFunc(out, func(a, b Setting) int {
		return strings.Compare(a.Program+" "+a.Flag, b.Program+" "+b.Flag)
	})
	return out
}

func (s Source) origin(step render.Step, k key, values []string) Origin {
	o := Origin{Kind: step.Kind, Name: step.Name, Values: append([]string{}, values...), Place: s.place(step, k)}
	if o.Place.File != "" {
		_, err := fs.Stat(s.Own, o.Place.File)
		o.Builtin = err != nil
	}
	return o
}

func valuesIn(files []tree.File, runs string, known release.Flags) map[key][]string {
	out := map[key][]string{}
	for _, f := range files {
		if !starts(f, runs) {
			continue
		}
		for _, g := range conform.CommandFlags(f, known) {
			k := key{g.Program, g.Name}
			out[k] = append(out[k], g.Value)
		}
	}
	return out
}

const (
	manifests = layout.Manifests
	units     = layout.Units
)

// starts reports whether the file is the manifest of the static pod, or belongs to the unit, of that name.
func starts(f tree.File, name string) bool {
	return slices.Contains(startedBy(f), strings.TrimSuffix(name, ".service"))
}

// startedBy names what a manifest or a file of a unit starts; nothing for other files.
func startedBy(f tree.File) []string {
	if pod, ok := strings.CutPrefix(f.Path, manifests); ok {
		return []string{strings.TrimSuffix(pod, path.Ext(pod))}
	}
	if unit, ok := strings.CutPrefix(f.Path, units); ok {
		unit, _, _ = strings.Cut(unit, "/")
		if name, ok := strings.CutSuffix(strings.TrimSuffix(unit, ".d"), ".service"); ok {
			return []string{name}
		}
	}
	return nil
}

func unknownNode(p plan.Plan, name string) diag.Diagnostic {
	var known []string
	for _, n := range p.Nodes {
		known = append(known, n.Cluster.Name)
	}
	return diag.Diagnostic{Summary: "there is no node " + diag.Quote(name), Hint: choose(name, known)}
}

func unknownProgram(files []tree.File, node, name string) diag.Diagnostic {
	known := map[string]bool{}
	for _, f := range files {
		for _, started := range startedBy(f) {
			known[started] = true
		}
	}
	return diag.Diagnostic{
		Summary: "no static pod and no unit of " + node + " is called " + diag.Quote(name), Hint: choose(name, slices.Sorted(maps.Keys(known))),
	}
}

// choose is the hint for a name that is none of those known.
func choose(name string, known []string) string {
	const most = 10
	there := known
	if len(known) > most {
		there = append(slices.Clone(known[:most]), "...")
	}
	return diag.DidYouMean(name, known, "there are "+strings.Join(there, ", "))
}
