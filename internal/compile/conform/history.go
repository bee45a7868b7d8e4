package conform

import (
	"cmp"
	"io/fs"
	"maps"
	"slices"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/diag"
)

// table says of what sort a subject is.
type table int

const (
	flagTable table = iota
	gateTable
	pluginTable
	// apiTable has configuration files: component is their kind, name the apiVersion. objectTable has objects of the API.
	apiTable
	objectTable
	// fieldTable has fields: component is the type, name the field.
	fieldTable
	// pairTable is for what no single thing is wrong with.
	pairTable
)

// subject is something that versions have or do not have.
type subject struct {
	table           table
	component, name string
	// spoken is what the layers call what it is about, where that is not the component.
	spoken string
}

// history is what other minors have, for what is not in this one.
type history struct {
	layers  fs.FS
	history release.History
	// minors that there is data for, the oldest first, and their facts, read when they are asked for.
	minors []string
	facts  map[string]release.Facts
	list   diag.List
}

func newHistory(layers fs.FS) (*history, diag.List) {
	h, list := release.ReadHistory(layers)
	return &history{layers: layers, history: h}, list
}

// recorded is the curated entry.
func (p *history) recorded(s subject) release.Change {
	switch s.table {
	case flagTable:
		return p.history.Flags[s.component][s.name]
	case gateTable:
		return p.history.Gates[s.component][s.name]
	case pluginTable:
		return p.history.Admission[s.name]
	case apiTable:
		return p.history.APIs[s.component][s.name]
	case objectTable:
		return p.history.Objects[s.component][s.name]
	}
	return release.Change{}
}

// knowsKind reports whether any version has had configuration files of the kind and the group.
func (p *history) knowsKind(s subject) bool {
	same := func(apiVersion string) bool { return groupOf(apiVersion) == groupOf(s.name) }
	for apiVersion := range p.history.APIs[s.component] {
		if same(apiVersion) {
			return true
		}
	}
	known, _ := release.Known(p.layers)
	for minor := range known {
		if slices.ContainsFunc(release.ReadAPIs(p.layers, minor)[s.component], same) {
			return true
		}
	}
	return false
}

// load reads the facts of all minors, once. What is wrong with those that no node has is not told.
func (p *history) load() {
	if p.facts != nil {
		return
	}
	p.facts = map[string]release.Facts{}
	known, _ := release.Known(p.layers)
	p.minors = slices.SortedFunc(maps.Keys(known), cluster.CompareMinors)
	for _, minor := range p.minors {
		p.facts[minor], _ = release.ReadFacts(p.layers, minor)
	}
}

// has reports whether the facts of a version have the thing.
func has(f release.Facts, s subject) bool {
	switch s.table {
	case flagTable:
		_, ok := flagOf(f.Flags[s.component], s.name)
		return ok
	case gateTable:
		_, ok := f.Gates[s.component][s.name]
		return ok
	case pluginTable:
		return f.Admission != nil && slices.Contains(f.Admission.Plugins, s.name)
	case apiTable:
		return slices.Contains(f.APIs[s.component], s.name)
	case fieldTable:
		return f.Types != nil && f.Types.Types[s.component][s.name] != ""
	}
	return false
}

// lifecycle is what is known of a thing, as seen from a version.
type lifecycle struct {
	release.Change
	// exists: the version has it.
	exists bool
	// until is the last known version that had it, where nobody knows which one removed it; from likewise the first.
	until, from string
	// stage is that of a gate when it was last there.
	stage string
	// why it was deprecated, in the words of the program.
	why string
}

// lifecycleOf of a thing, from the curated entry and from the minors before and after this one.
func (p *history) lifecycleOf(s subject, minor string) lifecycle {
	p.load()
	out := lifecycle{Change: p.recorded(s), exists: has(p.facts[minor], s)}
	here := slices.Index(p.minors, minor)
	if out.exists {
		out.Deprecated = cmp.Or(out.Deprecated, p.deprecated(s, here))
		return out
	}
	for i := here - 1; i >= 0; i-- {
		f := p.facts[p.minors[i]]
		if !has(f, s) {
			continue
		}
		out.until = p.label(s, p.minors[i])
		if out.Removed == "" && adjacent(p.minors[i], p.minors[i+1]) {
			out.Removed = p.label(s, p.minors[i+1])
		}
		flag, _ := flagOf(f.Flags[s.component], s.name)
		out.why, out.stage = flag.Deprecated, f.Gates[s.component][s.name].Stage
		return out
	}
	for i := here + 1; i < len(p.minors); i++ {
		if !has(p.facts[p.minors[i]], s) {
			continue
		}
		out.from = p.label(s, p.minors[i])
		if out.Since == "" && adjacent(p.minors[i-1], p.minors[i]) {
			out.Since = p.label(s, p.minors[i])
		}
		return out
	}
	return out
}

// deprecated is since when a flag or a gate is, where the minor before is known and thought otherwise.
func (p *history) deprecated(s subject, here int) string {
	if !isDeprecated(p.facts[p.minors[here]], s) {
		return ""
	}
	for i := here; i > 0 && adjacent(p.minors[i-1], p.minors[i]); i-- {
		if before := p.facts[p.minors[i-1]]; !has(before, s) || !isDeprecated(before, s) {
			return p.label(s, p.minors[i])
		}
	}
	return ""
}

func isDeprecated(f release.Facts, s subject) bool {
	flag, _ := flagOf(f.Flags[s.component], s.name)
	return s.table == flagTable && flag.Deprecated != "" || s.table == gateTable && f.Gates[s.component][s.name].Stage == "deprecated"
}

// label is the version of the component in a minor of Kubernetes, which etcd numbers otherwise.
func (p *history) label(s subject, minor string) string {
	if s.table == flagTable || s.table == gateTable {
		if v := p.facts[minor].Flags[s.component].Version; v != "" {
			return v
		}
	}
	return minor
}

// older reports whether version a, such as 1.9, comes before b.
func older(a, b string) bool { return cluster.CompareMinors(a, b) < 0 }

func adjacent(a, b string) bool { return cluster.CompareMinors(a, b) == -1 }
