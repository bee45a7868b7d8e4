package render

import (
	"encoding/json"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

// sight is what the entries of a Component may be aimed at: the objects before, between and after the layers, as far as that
// can be known without running each. It has rather too much than too little.
type sight struct {
	objects []target
	images  []string
}

// made is what one run of kustomize had and gave.
type made struct {
	parts   Parts
	objects []Object
	// nodes that the mixins have files for.
	nodes []string
}

// sights of the Components, by folder.
type sights struct {
	layers fs.FS
	aims   map[string][]aim
	seen   map[string]sight
	// nodeFiles are the names of nodes for which mixins have files.
	nodeFiles map[string]bool
}

func newSights(layers fs.FS) *sights {
	return &sights{layers: layers, aims: map[string][]aim{}, seen: map[string]sight{}, nodeFiles: map[string]bool{}}
}

// add a run.
func (s *sights) add(m made) {
	for _, name := range m.nodes {
		s.nodeFiles[name] = true
	}
	var seen sight
	aimed := false
	for _, dir := range m.parts.Components {
		if _, ok := s.aims[dir]; !ok {
			s.aims[dir] = aimsOf(s.layers, dir, map[string]bool{})
		}
		aimed = aimed || len(s.aims[dir]) > 0
	}
	if aimed {
		seen = s.of(m)
	}
	for _, dir := range m.parts.Components {
		have := s.seen[dir]
		s.seen[dir] = sight{objects: append(have.objects, seen.objects...), images: append(have.images, seen.images...)}
	}
}

// of a run: what its folders have, what was computed, and what came of it.
func (s *sights) of(m made) sight {
	var out sight
	for _, dir := range slices.Concat(m.parts.Bases, m.parts.Components) {
		s.folder(dir, &out, map[string]bool{})
	}
	for _, objects := range []map[string]json.RawMessage{m.parts.Whole, m.parts.Partial} {
		for _, name := range slices.Sorted(maps.Keys(objects)) {
			out.text(objects[name])
		}
	}
	for _, o := range m.objects {
		out.text(o.Text)
	}
	return out
}

// folder of a kustomization, and those that it names.
func (s *sights) folder(dir string, out *sight, seen map[string]bool) {
	entries, err := fs.ReadDir(s.layers, dir)
	if err != nil || seen[dir] {
		return // What cannot be read has been told.
	}
	seen[dir] = true
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if text, err := fs.ReadFile(s.layers, name); err == nil && isYAML(name) {
			out.text(text)
			for _, next := range foldersOf(name, text) {
				s.folder(next, out, seen)
			}
		}
	}
}

// foldersOf are what a kustomization names.
func foldersOf(name string, text []byte) []string {
	var out []string
	var k struct{ Components, Resources []string }
	if path.Base(name) != kustomization || yaml.Unmarshal(text, &k) != nil {
		return nil
	}
	for _, ref := range slices.Concat(k.Components, k.Resources) {
		if next, err := layer.Resolve(name, ref); err == nil {
			out = append(out, next)
		}
	}
	return out
}

// text of objects.
func (s *sight) text(text []byte) {
	documents, _ := parse("", string(text))
	for _, doc := range documents {
		var v any
		if doc.Decode(&v) == nil {
			s.value(v, "")
		}
		if o, ok := v.(map[string]any); ok {
			if t := newTarget(o); t.fields["name"] != "" && t.fields["kind"] != "" {
				s.objects = append(s.objects, t)
			}
		}
	}
}

// value finds images, also those that a patch or another entry gives.
func (s *sight) value(v any, key string) {
	switch v := v.(type) {
	case map[string]any:
		for k, value := range v {
			s.value(value, k)
		}
	case []any:
		for _, element := range v {
			s.value(element, "")
		}
	case string:
		switch key {
		case "image", "newName", "value":
			s.images = append(s.images, v)
		case "patch":
			s.text([]byte(v))
		}
	}
}

// imageNames are those of the images of objects, without tags.
func (s *sight) imageNames() []string {
	var out []string
	for _, image := range s.images {
		if name := untagged(image); strings.Contains(name, "/") && !strings.HasPrefix(name, "/") {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func untagged(image string) string {
	image, _, _ = strings.Cut(image, "@")
	if at := strings.LastIndexByte(image, ':'); at > strings.LastIndexByte(image, '/') {
		return image[:at]
	}
	return image
}

// names of the objects.
func (s *sight) names() string {
	var out []string
	for _, t := range s.objects {
		out = append(out, t.fields["kind"]+" "+t.fields["name"])
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), ", ")
}

// findings of the overlays that the spec names: what hits nothing on any node that has the overlay.
func (s *sights) findings(p plan.Plan) diag.List {
	var list diag.List
	for _, dir := range slices.Sorted(maps.Keys(s.aims)) {
		overlay := strings.TrimSuffix(dir, "/"+tree.Addons)
		if !named(p, path.Base(overlay)) {
			continue // It belongs to a version.
		}
		whose, other, elsewhere := "the nodes that have the overlay", "the addons ("+overlay+"/"+tree.Addons+"/"+kustomization+")", tree.Addons
		if overlay != dir {
			whose, other, elsewhere = "the addons", "the pods ("+overlay+"/"+kustomization+")", ""
		}
		for _, a := range s.aims[dir] {
			seen := s.seen[dir]
			if a.entry == "image" && a.hitsImage(seen.images) || a.entry != "image" && a.hits(seen.objects, "") {
				continue
			}
			list = merge(list, diag.List{a.astray(seen, s.everywhere(elsewhere), whose, other)})
		}
	}
	return append(list, s.strangers(p)...)
}

// everywhere is what all Components see of pods, or of addons.
func (s *sights) everywhere(sub string) sight {
	var out sight
	for dir, seen := range s.seen {
		if (path.Base(dir) == tree.Addons) == (sub == tree.Addons) {
			out.objects = append(out.objects, seen.objects...)
			out.images = append(out.images, seen.images...)
		}
	}
	return out
}

func named(p plan.Plan, overlay string) bool {
	return slices.Contains(p.Cluster.Overlays, overlay) ||
		slices.ContainsFunc(p.Nodes, func(n plan.Node) bool { return slices.Contains(n.Cluster.Overlays, overlay) })
}

// strangers are nodes that mixins have files for, and that the cluster does not have.
func (s *sights) strangers(p plan.Plan) diag.List {
	var known, overlays []string
	for _, n := range p.Nodes {
		known = append(known, n.Cluster.Name)
		overlays = append(overlays, n.Cluster.Overlays...)
	}
	slices.Sort(overlays)
	var list diag.List
	for _, name := range slices.Sorted(maps.Keys(s.nodeFiles)) {
		if slices.Contains(known, name) {
			continue
		}
		d := diag.Diagnostic{
			Severity: diag.Warning, Summary: "a mixin has nodeFiles of " + diag.Quote(name) + ", and there is no such node",
			Detail: "Nothing of them is rendered.", Hint: "mend the name, or remove them", Pos: lastUse(s.layers, name, slices.Compact(slices.Clone(overlays))),
		}
		if near := diag.Nearest(name, known); near != "" {
			d.Hint = "did you mean " + near + "? If not, remove them"
		}
		list = append(list, d)
	}
	return list
}
