package conform

import (
	"maps"
	"slices"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

// nodeFiles is what the programs of one node have been told, at last.
type nodeFiles struct {
	judge    checker
	cluster  cluster.Cluster
	node     cluster.Node
	files    []tree.File
	settings []setting
	pods     []manifest
	// given is the range of node ports that the spec gives, if it does.
	given setting
}

// CheckNodes judges what the programs of each node have been told at last, wherever that came from: by the fields of the spec
// that own what others depend on, by each other, and by the probes. Its arguments are those of [Judges.CheckFiles], which tells
// of values of the wrong type.
func (js Judges) CheckNodes(nodes map[string][]tree.File, addons []tree.File) diag.List {
	var list diag.List
	told := map[diag.Diagnostic]bool{}
	tell := func(d diag.Diagnostic, ok bool) {
		key := d
		if d.Field != "" {
			key.Detail, key.Hint = "", "" // What one field says is one mistake, whatever it is on each node.
		}
		if ok && !told[key] {
			told[key] = true
			list = append(list, d)
		}
	}
	known := estates{settings: map[*byte][]setting{}, pods: js.pods, nodePorts: givenNodePorts(js.plan.Cluster)}
	for i, n := range js.plan.Nodes {
		e := known.of(js.of(n.Cluster.Version), js.plan.Cluster, n.Cluster, nodes[n.Cluster.Name])
		for _, wrong := range located(e.problems(), js.layers, n.Cluster.Overlays) {
			if e.judge.mistyped(wrong.subject.component, wrong.argument) {
				continue
			}
			tell(e.judge.place(wrong, "the files of "+n.Cluster.Name, specField(n.Cluster.Levels(js.spec, i), wrong)))
		}
	}
	for _, wrong := range located(deafDNS(addons), js.layers, js.plan.Cluster.Overlays) {
		tell(js.of(js.plan.Cluster.Version).place(wrong, tree.Addons, ""))
	}
	return list
}

// estates read each of the files that nodes share once.
type estates struct {
	settings map[*byte][]setting
	pods     map[*byte]object
	// nodePorts is the range that the spec gives the apiservers, if it does.
	nodePorts setting
}

// of a node.
func (s estates) of(j checker, c cluster.Cluster, n cluster.Node, files []tree.File) nodeFiles {
	e := nodeFiles{judge: j, cluster: c, node: n, files: files, pods: manifests(files, s.pods), given: s.nodePorts}
	for _, f := range files {
		content := f.Content.Bytes()
		if len(content) == 0 || f.Content.IsSealed() {
			continue
		}
		found, ok := s.settings[&content[0]]
		if !ok {
			found = settingsOf(f, j.facts.Flags)
			s.settings[&content[0]] = found
		}
		e.settings = append(e.settings, found...)
	}
	return e
}

// problems of a node as a whole.
func (e nodeFiles) problems() []problem {
	listeners := e.listeners()
	return slices.Concat(e.owned(), e.deaf(listeners), collisions(listeners), e.nodePorts(listeners), startedTwice(e.files))
}

// mistyped reports whether a flag's value is of another type than it takes.
func (j checker) mistyped(program string, a argument) bool {
	f, known := flagOf(j.facts.Flags[program], a.name)
	a.valued = true
	return known && a.name != "" && !fits(f.Type, a)
}

// unclear reports whether a flag that says where a program listens is mistyped: then nobody knows where it does.
func (e nodeFiles) unclear(program string) bool {
	return slices.ContainsFunc(e.settings, func(s setting) bool {
		return s.program == program && slices.ContainsFunc(sockets(), func(at socket) bool {
			return at.program == program && slices.Contains(slices.Concat(at.hosts, at.ports), s.name) &&
				e.judge.mistyped(program, argument{name: s.name, value: expand(s.value, e.node)})
		})
	})
}

// last is the value of a setting by any of its names; the flag goes before the file.
func (e nodeFiles) last(program string, names ...string) (setting, bool) {
	for _, name := range names {
		for _, s := range slices.Backward(e.settings) {
			if s.program == program && s.name == name {
				s.value = expand(s.value, e.node)
				return s, true
			}
		}
	}
	return setting{}, false
}

// runs are the programs of the node.
func (e nodeFiles) runs() []string {
	names := map[string]bool{}
	for _, s := range e.settings {
		names[s.program] = true
	}
	return slices.Sorted(maps.Keys(names))
}
