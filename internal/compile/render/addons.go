package render

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

// renderShared makes what belongs to the cluster and to no node. The addons are a kustomization with one file an object,
// which kubectl, Flux and Argo CD take as it is.
func renderShared(layers fs.FS, engines Engines, p plan.Plan, r release.Release) (tree.Shared, made, diag.List) {
	if list := missingImages(r, p); list.HasErrors() {
		return tree.Shared{}, made{}, list
	}
	overlays := slices.Concat(r.Overlays, p.Cluster.Overlays)
	result, list := compute(layers, engines, group{mixins: overlays, input: input{
		Cluster: newClusterInput(p.Cluster), Version: p.Cluster.Version.String(), Release: r.Text, Pods: []string{}, Units: []string{}, Addons: p.Addons, Taints: taintInputs(nil),
		ExtraArgs: extraArgs(p.Cluster.Args), Nodes: []nodeInput{}, Storage: newDisksInput(cluster.Disks{}),
	}})
	list = append(list, checkAutoscaler(p, r)...)
	if list.HasErrors() {
		return tree.Shared{}, made{}, list
	}
	cloud, found := filesOf(result.Cloud)
	list = append(list, found...)
	parts := Parts{
		Bases: bases(layers, p.Addons), Whole: result.Resources, Partial: result.Addons, Components: componentsOf(layers, overlays, tree.Addons),
	}
	objects, found := engines.Shape(parts)
	list = append(list, found...)
	if list.HasErrors() {
		return tree.Shared{}, made{}, list
	}
	addons, err := addonFiles(objects)
	if err != nil {
		list = append(list, diag.Diagnostic{Summary: "cannot write the addons", Detail: err.Error()})
	}
	return tree.Shared{Addons: addons, Cloud: cloud}, made{parts: parts, objects: objects, nodes: slices.Sorted(maps.Keys(result.NodeFiles))}, list
}

// imagesOf are the images that an addon has beside those that the data of every version has.
func imagesOf(addon string) []string {
	switch addon {
	case "dns-autoscaler":
		return []string{"dns-autoscaler"}
	case "kube-dns":
		return []string{"kube-dns", "kube-dns-dnsmasq", "kube-dns-sidecar"}
	case "kube-vip":
		return []string{"kube-vip"}
	case "node-local-dns":
		return []string{"node-cache"}
	}
	return nil
}

// missingImages finds addons that the data of a version knows nothing of.
func missingImages(r release.Release, p plan.Plan) diag.List {
	var list diag.List
	minor := p.Cluster.Version.Series()
	for _, addon := range p.Addons {
		for _, image := range imagesOf(addon) {
			if r.Images[image] == "" {
				list = append(list, diag.Diagnostic{
					Summary: "Kubernetes " + minor + " has no image of " + image, Pos: diag.Pos{File: "lib/versions/" + minor + ".json"},
					Detail: "The cluster needs it for the addon " + addon + ".",
					Hint:   "add images." + image + " there, in a copy in the repository, or take what needs it out of the spec",
				})
			}
		}
	}
	return list
}

// checkAutoscaler wants an image: cluster-autoscaler follows the minors of Kubernetes, and its name none of its patch releases.
func checkAutoscaler(p plan.Plan, r release.Release) diag.List {
	a, minor := p.Cluster.ClusterAutoscaler, p.Cluster.Version.Series()
	if a.CloudProvider == "" || a.Image != "" || r.Images["cluster-autoscaler"] != "" {
		return nil
	}
	return diag.List{{
		Summary: "which cluster-autoscaler belongs to Kubernetes " + minor + " is not known", Field: "spec.clusterAutoscaler",
		Hint: "write its image: REGISTRY/PATH:TAG, of the same minor; or add images.cluster-autoscaler to lib/versions/" + minor + ".json",
	}}
}

// bases are the folders of the sets. A set whose objects are all computed has none.
func bases(layers fs.FS, sets []string) []string {
	var out []string
	for _, name := range sets {
		dir := "base/" + tree.Addons + "/" + name
		if _, err := fs.Stat(layers, dir); err == nil {
			out = append(out, dir)
		}
	}
	return out
}

func addonFiles(objects []Object) ([]tree.File, error) {
	var out []tree.File
	var names []string
	file := func(name string, text []byte) tree.File {
		return tree.File{Path: name, Mode: addonMode, Owner: Owner, Group: Owner, Content: tree.Clear(text)}
	}
	for _, r := range objects {
		name := addonName(r.Kind, r.Name, r.Namespace)
		names = append(names, name)
		out = append(out, file(name, r.Text))
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

// addonName has no colon, which RBAC names may have and some file systems refuse. Other names have no underscore.
func addonName(kind, name, namespace string) string {
	out := strings.ToLower(kind) + "-" + strings.ReplaceAll(name, ":", "_")
	if namespace != "" && namespace != "kube-system" {
		out += "_" + namespace
	}
	return out + ".yaml"
}
