// Package render turns a plan into files: jsonnet computes, kustomize shapes. It is pure, and sees no key.
//
// The layers lie in an ordered union of the user's repository over the built-in assets. lib/ computes flags, addresses
// and configuration files; base/ has the shape of each static pod and of the addons; an overlay extends the one with a
// mixin (overlay.libsonnet), the other with a Component (kustomization.yaml), or both.
package render

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

// Output is all that can be rendered without keys.
type Output struct {
	// Nodes are the files by node, without those that come from secrets/.
	Nodes map[string][]tree.File
	// Shared are the cluster's own: a kustomization of its objects, and what the cloud has to bring.
	Shared tree.Shared
}

// Owner of every file.
const Owner = "root"

const (
	manifests    = layout.Manifests
	manifestMode = 0o600
	addonMode    = 0o644
)

// Render runs each distinct stack of layers once.
func Render(p plan.Plan, layers fs.FS, engines Engines) (Output, diag.List) {
	releases, list := readReleases(p, layers)
	list = append(list, checkKubeadm(p, releases)...)
	list = slices.Concat(list, engines.Inspect(), checkOverlays(p, layers))
	if list.HasErrors() {
		return Output{}, list
	}
	all, err := groups(p, releases)
	if err != nil {
		return Output{}, diag.List{{Summary: "cannot render", Detail: err.Error()}}
	}
	out := Output{Nodes: map[string][]tree.File{}}
	seen := newSights(layers)
	for _, g := range all {
		files, m, found := renderGroup(layers, engines, g)
		list = merge(list, found)
		maps.Copy(out.Nodes, files)
		seen.add(m)
	}
	shared, m, found := renderShared(layers, engines, p, releases[p.Cluster.Version.Series()])
	out.Shared = shared
	seen.add(m)
	if list = merge(list, found); !list.HasErrors() {
		list = append(list, seen.findings(p)...)
	}
	return out, list
}

// readReleases of every minor that the cluster or one of its nodes has.
func readReleases(p plan.Plan, layers fs.FS) (map[string]release.Release, diag.List) {
	r, list := release.Read(layers, p.Cluster.Version.Series())
	out := map[string]release.Release{p.Cluster.Version.Series(): r}
	for _, n := range p.Nodes {
		minor := n.Cluster.Version.Series()
		if _, ok := out[minor]; ok {
			continue
		}
		r, found := release.Read(layers, minor)
		out[minor] = r
		list = append(list, found...)
	}
	return out, list
}

// merge tells once what several groups of nodes have in common.
func merge(list, found diag.List) diag.List {
	for _, d := range found {
		if !slices.Contains(list, d) {
			list = append(list, d)
		}
	}
	return list
}

// checkOverlays finds overlays that do not exist, or do nothing, once each.
func checkOverlays(p plan.Plan, layers fs.FS) diag.List {
	var list diag.List
	seen := map[string]bool{}
	for i, name := range p.Cluster.Overlays {
		seen[name] = true
		list = append(list, checkOverlay(layers, name, fmt.Sprintf("spec.overlays[%d]", i))...)
	}
	for _, n := range p.Nodes {
		for _, name := range n.Cluster.Overlays {
			if seen[name] {
				continue
			}
			seen[name] = true
			list = append(list, checkOverlay(layers, name, n.Cluster.Field)...)
			if has, err := overlayHas(layers, name, tree.Addons+"/"+kustomization); err == nil && has {
				list = append(list, diag.Diagnostic{
					Severity: diag.Warning, Summary: "the addons/ of overlay " + name + " shape nothing",
					Detail: "Addons belong to the whole cluster, and are shaped by the overlays of the whole cluster alone.",
					Hint:   "move the folder to an overlay that is listed in spec.overlays", Field: n.Cluster.Field,
				})
			}
		}
	}
	return list
}

// CheckOverlays finds overlays of a spec that do not exist, or do nothing, where there is no plan of it yet.
func CheckOverlays(s spec.Spec, layers fs.FS) diag.List {
	var list diag.List
	seen := map[string]bool{}
	check := func(at diag.Path, names []string) {
		for i, name := range names {
			if !seen[name] && len(validation.IsDNS1123Label(name)) == 0 {
				list = append(list, checkOverlay(layers, name, string(at.Key("overlays").Index(i)))...)
			}
			seen[name] = true
		}
	}
	const root = diag.Path("spec")
	check(root, s.Overlays)
	for _, name := range slices.Sorted(maps.Keys(s.Roles)) {
		check(root.Key("roles").Key(name), s.Roles[name].Overlays)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Pools)) {
		check(root.Key("pools").Key(name), s.Pools[name].Overlays)
	}
	for i, n := range s.Nodes {
		check(root.Key("nodes").Index(i), n.Overlays)
	}
	return list
}

func checkOverlay(layers fs.FS, name, field string) diag.List {
	if info, err := fs.Stat(layers, "overlays/"+name); err != nil || !info.IsDir() {
		return diag.List{unknownOverlay(layers, name, field)}
	}
	for _, file := range []string{mixin, kustomization, tree.Addons + "/" + kustomization} {
		if has, err := overlayHas(layers, name, file); err != nil || has {
			return nil // What cannot be read is told where it is read.
		}
	}
	return diag.List{{
		Summary: "overlay " + diag.Quote(name) + " has nothing that is read", Field: field,
		Hint: "write " + mixin + " (a mixin), " + kustomization + " (a Component) or addons/" + kustomization + " in overlays/" + name + "/",
	}}
}

func unknownOverlay(layers fs.FS, name, field string) diag.Diagnostic {
	var known []string
	entries, _ := fs.ReadDir(layers, "overlays") // Without a folder there is nothing to propose.
	for _, e := range entries {
		// A spec cannot name those that belong to a version.
		if e.IsDir() && len(validation.IsDNS1123Label(e.Name())) == 0 {
			known = append(known, e.Name())
		}
	}
	add := "make overlays/" + name + "/ with an " + mixin + ", a " + kustomization + ", or both; there are: " + strings.Join(known, ", ")
	return diag.Diagnostic{
		Summary: "there is no overlay " + diag.Quote(name), Field: field, Hint: diag.DidYouMean(name, known, add),
	}
}

func renderGroup(layers fs.FS, engines Engines, g group) (map[string][]tree.File, made, diag.List) {
	result, list := compute(layers, engines, g)
	if list.HasErrors() {
		return nil, made{}, list
	}
	parts := Parts{Bases: prefixed("base/", g.input.Pods), Partial: result.Pods, Components: componentsOf(layers, g.components, "")}
	pods, found := engines.Shape(parts)
	list = append(list, found...)
	if list.HasErrors() {
		return nil, made{}, list
	}
	shared, found := staticPods(pods)
	list = append(list, found...)
	files, found := filesOf(result.Files)
	list = append(list, found...)
	shared = append(shared, files...)
	out := map[string][]tree.File{}
	for _, n := range g.input.Nodes {
		own, found := filesOf(result.NodeFiles[n.Name])
		list = append(list, found...)
		out[n.Name] = append(slices.Clone(shared), own...)
	}
	return out, made{parts: parts, objects: pods, nodes: slices.Sorted(maps.Keys(result.NodeFiles))}, list
}

// componentsOf lists the overlays' Components in sub, in the overlays' order.
func componentsOf(layers fs.FS, overlays []string, sub string) []string {
	var out []string
	for _, name := range overlays {
		dir := path.Join("overlays", name, sub)
		if _, err := fs.Stat(layers, dir+"/"+kustomization); err == nil {
			out = append(out, dir)
		}
	}
	return out
}

// staticPods makes a manifest of each resource. A kubelet takes nothing but pods from its folder.
func staticPods(pods []Object) ([]tree.File, diag.List) {
	var out []tree.File
	var list diag.List
	for _, r := range pods {
		if r.Kind != "Pod" {
			list = append(list, diag.Diagnostic{
				Summary: fmt.Sprintf("%s %s cannot be a static pod", r.Kind, diag.Quote(r.Name)),
				Detail:  "A kubelet reads nothing but pods from its manifest folder.",
				Hint:    "put cluster objects in the overlay's addons/ folder, a Component of its own",
			})
			continue
		}
		if problems := validation.IsDNS1123Subdomain(r.Name); len(problems) > 0 {
			list = append(list, diag.Diagnostic{
				Summary: diag.Quote(r.Name) + " is no name of a pod",
				Hint:    "use lower case letters, digits, - and ., beginning and ending with a letter or digit",
			})
			continue
		}
		out = append(out, tree.File{
			Path: manifests + r.Name + ".yaml", Mode: manifestMode, Owner: Owner, Group: Owner,
			Content: tree.Clear(r.Text), Restarts: []string{r.Name},
		})
	}
	return out, list
}
