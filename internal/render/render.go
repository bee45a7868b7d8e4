// Package render turns a plan into files: jsonnet computes, kustomize shapes. It is pure, and sees no key.
//
// The layers lie in an ordered union of the user's repository over the built-in assets. lib/ computes flags, addresses
// and configuration files; base/ has the shape of each static pod and of the addons; an overlay extends the one with a
// mixin (overlay.libsonnet), the other with a Component (kustomization.yaml), or both.
package render

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/plan"
	"github.com/harender/harender/internal/tree"
)

// Output is all that can be rendered without keys.
type Output struct {
	// Nodes are the files by node, without those that come from secrets/.
	Nodes map[string][]tree.File
	// Addons is a kustomization of the cluster's own objects.
	Addons []tree.File
}

// Owner of every file.
const Owner = "root"

const (
	manifests    = "etc/kubernetes/manifests/"
	manifestMode = 0o600
	addonMode    = 0o644
)

// Render runs each distinct stack of layers once.
func Render(p plan.Plan, layers fs.FS) (Output, diag.List) {
	release, list := readRelease(layers, p.Cluster.Version)
	mem, found := loadLayers(layers)
	list = append(append(list, found...), checkOverlays(p, layers)...)
	if list.HasErrors() {
		return Output{}, list
	}
	all, err := groups(p, release)
	if err != nil {
		return Output{}, diag.List{{Summary: "cannot render", Detail: err.Error()}}
	}
	s := &shaper{files: mem}
	out := Output{Nodes: map[string][]tree.File{}}
	for _, g := range all {
		files, found := renderGroup(layers, s, g)
		list = append(list, found...)
		maps.Copy(out.Nodes, files)
	}
	addons, found := renderAddons(layers, s, p, release)
	out.Addons = addons
	return out, append(list, found...)
}

// checkOverlays finds overlays that do not exist, once each.
func checkOverlays(p plan.Plan, layers fs.FS) diag.List {
	var list diag.List
	seen := map[string]bool{}
	for _, n := range p.Nodes {
		for _, name := range n.Cluster.Overlays {
			if seen[name] {
				continue
			}
			seen[name] = true
			if _, err := fs.ReadDir(layers, "overlays/"+name); err != nil {
				list = append(list, unknownOverlay(layers, name, n.Cluster.Field))
			}
		}
	}
	return list
}

func unknownOverlay(layers fs.FS, name, field string) diag.Diagnostic {
	var known []string
	entries, _ := fs.ReadDir(layers, "overlays") // Without a folder there is nothing to propose.
	for _, e := range entries {
		if e.IsDir() {
			known = append(known, e.Name())
		}
	}
	hint := "make overlays/" + name + "/ with an overlay.libsonnet, a kustomization.yaml, or both"
	if len(known) > 0 {
		hint += "; there are: " + strings.Join(known, ", ")
	}
	return diag.Diagnostic{Summary: "there is no overlay " + diag.Quote(name), Hint: hint, Field: field}
}

func renderGroup(layers fs.FS, s *shaper, g group) (map[string][]tree.File, diag.List) {
	result, list := compute(layers, g)
	if list.HasErrors() {
		return nil, list
	}
	components, list := componentsOf(s.files, g.overlays, "")
	pods, found := s.shape(prefixed("base/", g.input.Pods), result.Pods, components)
	list = append(list, found...)
	if list.HasErrors() {
		return nil, list
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
	return out, list
}

// componentsOf lists the overlays' Components in sub, in the overlays' order.
func componentsOf(mem filesys.FileSystem, overlays []string, sub string) ([]string, diag.List) {
	var out []string
	for _, name := range overlays {
		dir := path.Join("overlays", name, sub)
		if mem.Exists("/" + dir + "/" + kustomization) {
			out = append(out, dir)
		}
	}
	return out, nil
}

// staticPods makes a manifest of each resource. A kubelet takes nothing but pods from its folder.
func staticPods(pods resmap.ResMap) ([]tree.File, diag.List) {
	var out []tree.File
	var list diag.List
	for _, r := range pods.Resources() {
		if r.GetKind() != "Pod" {
			list = append(list, diag.Diagnostic{
				Summary: fmt.Sprintf("%s %s cannot be a static pod", r.GetKind(), diag.Quote(r.GetName())),
				Detail:  "A kubelet reads nothing but pods from its manifest folder.",
				Hint:    "put cluster objects in the overlay's addons/ folder, a Component of its own",
			})
			continue
		}
		text, err := r.AsYAML()
		if err != nil {
			list = append(list, diag.Diagnostic{Summary: "cannot write the manifest of " + r.GetName(), Detail: err.Error()})
			continue
		}
		out = append(out, tree.File{
			Path: manifests + r.GetName() + ".yaml", Mode: manifestMode, Owner: Owner, Group: Owner,
			Content: tree.Clear(text), Restarts: []string{r.GetName()},
		})
	}
	return out, list
}

func filesOf(specs map[string]fileSpec) ([]tree.File, diag.List) {
	var out []tree.File
	var list diag.List
	for _, name := range slices.Sorted(maps.Keys(specs)) {
		f, err := fileOf(name, specs[name])
		if err != nil {
			list = append(list, diag.Diagnostic{
				Summary: "the layers give " + diag.Quote(name) + " wrongly", Detail: err.Error(),
				Hint: "a file is { text: '...', mode: '0644' } or { object: { ... }, mode: '0600' }, by its path from the node's root without a leading slash",
			})
			continue
		}
		out = append(out, f)
	}
	return out, list
}

func fileOf(name string, s fileSpec) (tree.File, error) {
	mode, err := strconv.ParseUint(s.Mode, 8, 9)
	if err != nil || len(s.Mode) != len("0644") {
		return tree.File{}, fmt.Errorf("mode %s is not four octal digits", diag.Quote(s.Mode))
	}
	if !fs.ValidPath(name) {
		return tree.File{}, fmt.Errorf("%s is no path below the node's root", diag.Quote(name))
	}
	if (s.Text == nil) == (s.Object == nil) {
		return tree.File{}, fmt.Errorf("it has neither or both of text and object")
	}
	f := tree.File{Path: name, Mode: fs.FileMode(mode), Owner: Owner, Group: Owner, Restarts: s.Restarts}
	if s.Text != nil {
		f.Content = tree.Clear([]byte(*s.Text))
		return f, nil
	}
	text, err := yaml.JSONToYAML(s.Object)
	if err != nil {
		return tree.File{}, err
	}
	f.Content = tree.Clear(text)
	return f, nil
}

// renderAddons makes a kustomization with one file an object, which kubectl, Flux and Argo CD take as it is.
func renderAddons(layers fs.FS, s *shaper, p plan.Plan, release json.RawMessage) ([]tree.File, diag.List) {
	overlays := p.Cluster.Overlays
	result, list := compute(layers, group{overlays: overlays, input: input{
		Cluster: newClusterInput(p.Cluster), Release: release, Pods: []string{}, Taints: taintInputs(nil),
		ExtraArgs: extraArgs(nil), Nodes: []nodeInput{},
	}})
	if list.HasErrors() {
		return nil, list
	}
	components, list := componentsOf(s.files, overlays, tree.Addons)
	objects, found := s.shape([]string{"base/" + tree.Addons}, result.Addons, components)
	list = append(list, found...)
	if list.HasErrors() {
		return nil, list
	}
	out, err := addonFiles(objects)
	if err != nil {
		list = append(list, diag.Diagnostic{Summary: "cannot write the addons", Detail: err.Error()})
	}
	return out, list
}

func addonFiles(objects resmap.ResMap) ([]tree.File, error) {
	var out []tree.File
	var names []string
	file := func(name string, text []byte) tree.File {
		return tree.File{Path: name, Mode: addonMode, Owner: Owner, Group: Owner, Content: tree.Clear(text)}
	}
	for _, r := range objects.Resources() {
		text, err := r.AsYAML()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.GetName(), err)
		}
		name := addonName(r.GetKind(), r.GetName(), r.GetNamespace())
		names = append(names, name)
		out = append(out, file(name, text))
	}
	slices.Sort(names)
	text, err := yaml.Marshal(map[string]any{
		"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": names,
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kustomization, err)
	}
	return append(out, file(kustomization, text)), nil
}

// addonName is unique for an object: RBAC names may have colons, which some file systems refuse.
func addonName(kind, name, namespace string) string {
	out := strings.ToLower(kind) + "-" + strings.ReplaceAll(name, ":", "-")
	if namespace != "" && namespace != "kube-system" {
		out += "-" + namespace
	}
	return out + ".yaml"
}
