package render

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

// Kind of a layer.
type Kind string

// The kinds of layers, in the order in which they lie upon each other. There is one Arguments for each level of the
// spec, and one Mixin and one Component for each overlay that has them.
const (
	Library   Kind = "library"
	Data      Kind = "version"
	Arguments Kind = "spec"
	Mixin     Kind = "mixin"
	Component Kind = "component"
)

// Step is what a node has once a layer lies on those before it.
type Step struct {
	Kind Kind
	// Name is the minor of Data, the field of Arguments, and the overlay of Mixin and Component.
	Name  string
	Files []tree.File
}

// Trace renders one node of a plan layer by layer, the lowest first. levels are those of the spec, the lowest first.
func Trace(p plan.Plan, node string, levels []cluster.Level, layers fs.FS, engines Engines) ([]Step, diag.List) {
	p.Nodes = slices.DeleteFunc(slices.Clone(p.Nodes), func(n plan.Node) bool { return n.Cluster.Name != node })
	releases, list := readReleases(p, layers)
	if list = append(list, engines.Inspect()...); list.HasErrors() {
		return nil, list
	}
	all, err := groups(p, releases)
	if err != nil || len(all) != 1 {
		return nil, diag.List{{Summary: fmt.Sprintf("cannot take the layers of %s apart", node), Detail: fmt.Sprint(err)}}
	}
	t := tracer{node: node, layers: layers, engines: engines}
	minor := p.Nodes[0].Cluster.Version.Series()
	bare, err := withoutFlags(releases[minor].Text)
	if err != nil {
		return nil, diag.List{{Summary: "cannot read the data of Kubernetes " + minor, Detail: err.Error()}}
	}
	t.run(all[0], bare, minor, levels)
	return t.steps, t.list
}

type tracer struct {
	node    string
	layers  fs.FS
	engines Engines
	steps   []Step
	list    diag.List
}

// run lays one layer after the other; whole is the group with all of them, bare the data of its version without flags.
func (t *tracer) run(whole group, bare json.RawMessage, minor string, levels []cluster.Level) {
	g := group{input: whole.input}
	g.input.ExtraArgs, g.input.Release = extraArgs(nil), bare
	t.step(Library, "", g)
	g.input.Release = whole.input.Release
	t.step(Data, minor, g)
	args := cluster.Args{}
	for _, l := range levels {
		for component, flags := range l.Args {
			own := maps.Clone(args[component])
			if own == nil {
				own = map[string][]string{}
			}
			maps.Copy(own, flags)
			args[component] = own
		}
		g.input.ExtraArgs = extraArgs(args)
		t.step(Arguments, string(l.Field), g)
	}
	for _, name := range whole.mixins {
		g.mixins = append(g.mixins, name)
		t.step(Mixin, name, g)
	}
	for _, name := range whole.components {
		g.components = append(g.components, name)
		t.step(Component, name, g)
	}
}

func (t *tracer) step(kind Kind, name string, g group) {
	if t.list.HasErrors() {
		return
	}
	files, _, list := renderGroup(t.layers, t.engines, g)
	t.list = merge(t.list, list)
	t.steps = append(t.steps, Step{Kind: kind, Name: name, Files: files[t.node]})
}

// withoutFlags is the data of a version as if it set no flag.
func withoutFlags(text json.RawMessage) (json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	fields["flags"] = json.RawMessage("{}")
	return json.Marshal(fields)
}
