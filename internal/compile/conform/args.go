package conform

import (
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// CheckArgs judges the extra arguments of a spec by themselves, where errors keep it from being rendered. Where parts of a
// cluster run other minors, those of the whole cluster alone are judged.
func CheckArgs(s spec.Spec, known cluster.Releases, layers fs.FS) diag.List {
	minor := minorOf(s.KubernetesVersion, known)
	if _, ok := known[minor]; !ok {
		return nil
	}
	facts, list := release.ReadFacts(layers, minor)
	if list.HasErrors() {
		return nil // It is told where the cluster is rendered.
	}
	past, _ := newHistory(layers) // Likewise.
	j := checker{minor: minor, facts: facts, past: past}
	all := levels(s)
	if pinned(s) {
		all = all[:1]
	}
	for _, l := range all {
		list = append(list, j.level(l)...)
	}
	return list
}

func minorOf(version string, known cluster.Releases) string {
	if version == "" {
		version = known.Newest()
	}
	parts := strings.Split(version, ".")
	return strings.Join(parts[:min(len(parts), 2)], ".")
}

// pinned reports whether a part of the cluster runs a version of its own.
func pinned(s spec.Spec) bool {
	for _, groups := range []map[string]spec.Group{s.Roles, s.Pools} {
		for _, g := range groups {
			if g.KubernetesVersion != "" {
				return true
			}
		}
	}
	return slices.ContainsFunc(s.Nodes, func(n spec.Node) bool { return n.KubernetesVersion != "" })
}

// level judges the arguments of one place of the spec.
func (j checker) level(l cluster.Level) diag.List {
	var list diag.List
	for _, program := range slices.Sorted(maps.Keys(l.Args)) {
		c, ok := j.facts.Flags[program]
		if !ok {
			continue
		}
		for _, flag := range slices.Sorted(maps.Keys(l.Args[program])) {
			for _, value := range l.Args[program][flag] {
				wrong, found := judgeFlag(c, program, argument{name: flag, value: value, valued: true})
				if !found {
					continue
				}
				p := problem{finding: wrong, subject: subject{table: flagTable, component: program, name: flag}}
				d, _ := j.place(p, "", string(l.Field.Key(program).Key(flag)))
				list = append(list, d)
			}
		}
	}
	return list
}
