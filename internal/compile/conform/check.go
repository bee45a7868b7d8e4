// Package conform holds what was rendered to what the components of that version of Kubernetes take: their flags, feature
// gates, admission plugins and configuration files, and the objects of its API.
//
// It judges files as they are rendered, so that a mistake is found wherever it came from: the spec, a mixin or a patch.
package conform

import (
	"io/fs"
	"path"
	"strings"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

// problem is what is wrong with something that was rendered.
type problem struct {
	finding diag.Diagnostic
	// subject is what it is about, for its history.
	subject subject
	// argument that has it; none where it stands in a file of configuration.
	argument argument
	// words stand where it came from, the most telling first.
	words []string
	// layer is where an overlay has it, if one has; a level of the spec may be the cause all the same.
	layer diag.Pos
}

// checker knows what one minor takes.
type checker struct {
	minor string
	facts release.Facts
	rules []release.Rule
	words map[string]release.Words
	past  *history
}

// Judges are those of every minor that a plan has, and what they judge by. s is the spec that the plan was made from.
type Judges struct {
	plan    plan.Plan
	spec    spec.Spec
	layers  fs.FS
	past    *history
	byMinor map[string]checker
	// pods that were read, by the first byte of their manifests, which nodes share.
	pods map[*byte]object
}

// NewJudges reads what is known of the versions of a plan. After an error, nothing can be judged.
func NewJudges(p plan.Plan, s spec.Spec, layers fs.FS) (Judges, diag.List) {
	past, list := newHistory(layers)
	byMinor, found := newJudges(p, layers, past)
	return Judges{plan: p, spec: s, layers: layers, past: past, byMinor: byMinor, pods: map[*byte]object{}}, append(list, found...)
}

// of a version.
func (js Judges) of(v cluster.Version) checker { return js.byMinor[v.Series()] }

// CheckFiles judges the files of the nodes, and the addons. Each distinct file is looked at once.
func (js Judges) CheckFiles(nodes map[string][]tree.File, addons []tree.File) diag.List {
	list := checkKubeadm(js.plan, js.spec, js.layers)
	told := map[diag.Diagnostic]bool{}
	tell := func(d diag.Diagnostic, ok bool) {
		if ok && !told[d] {
			told[d] = true
			list = append(list, d)
		}
	}
	// Nodes with equal overlays share the bytes of their files.
	judged := map[*byte][]problem{}
	for i, n := range js.plan.Nodes {
		files, j := nodes[n.Cluster.Name], js.of(n.Cluster.Version)
		for _, f := range files {
			content := f.Content.Bytes()
			if !judgeable(f) && !isText(f) {
				continue
			}
			problems, ok := judged[&content[0]]
			if !ok {
				problems = located(j.file(f, files), js.layers, n.Cluster.Overlays)
				judged[&content[0]] = problems
			}
			for _, wrong := range problems {
				tell(j.place(wrong, f.Path, specField(n.Cluster.Levels(js.spec, i), wrong)))
			}
		}
	}
	js.checkManifests(nodes, tell)
	j := js.of(js.plan.Cluster.Version)
	for _, f := range addons {
		for _, wrong := range located(j.file(f, addons), js.layers, js.plan.Cluster.Overlays) {
			tell(j.place(wrong, tree.Addons+"/"+f.Path, specField([]cluster.Level{cluster.TopLevel(js.spec)}, wrong)))
		}
	}
	return append(list, js.past.list...)
}

// newJudges has one for every minor of the cluster and its nodes.
func newJudges(p plan.Plan, layers fs.FS, past *history) (map[string]checker, diag.List) {
	judges := map[string]checker{}
	words, list := readWords(layers)
	add := func(v cluster.Version) {
		minor := v.Series()
		if _, ok := judges[minor]; ok {
			return
		}
		facts, found := release.ReadFacts(layers, minor)
		demands, broken := release.ReadRules(layers, minor)
		judges[minor] = checker{minor: minor, facts: facts, rules: demands, words: words, past: past}
		list = append(append(list, found...), broken...)
	}
	add(p.Cluster.Version)
	for _, n := range p.Nodes {
		add(n.Cluster.Version)
	}
	return judges, list
}

func located(problems []problem, layers fs.FS, overlays []string) []problem {
	for i, wrong := range problems {
		problems[i].layer = lastUse(layers, overlays, wrong)
	}
	return problems
}

const units = layout.Units

// judgeable files may have command lines, or say of what kind they are.
func judgeable(f tree.File) bool {
	return len(f.Content.Bytes()) > 0 && !f.Content.IsSealed() && (isUnit(f) || isDocument(f))
}

// isUnit reports whether systemd reads the file: a unit, or a drop-in of one.
func isUnit(f tree.File) bool {
	ext := path.Ext(f.Path)
	return strings.HasPrefix(f.Path, units) && (ext == ".service" || ext == ".conf")
}

// file finds what is wrong in a file. files are all that lie beside it.
func (j checker) file(f tree.File, files []tree.File) []problem {
	var out []problem
	if isText(f) {
		out = j.lines(f.Path, string(f.Content.Bytes()))
	}
	if isUnit(f) {
		return append(out, j.programs(unitPrograms(f.Content.Bytes()), files)...)
	}
	addon := strings.HasSuffix(f.Path, ".yaml") && !strings.Contains(f.Path, "/")
	if !judgeable(f) && !addon {
		return out
	}
	for _, doc := range documents(f.Content.Bytes()) {
		out = append(out, j.halfNamed(doc, addon)...)
		out = append(out, j.value(doc, files)...)
		out = append(out, j.document(doc, isDropIn(f))...)
	}
	return out
}
