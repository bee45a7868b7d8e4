package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/layout"
)

// Version is programs of Kubernetes of one version, and where they run.
type Version struct {
	Programs, Version, Nodes string
	// Minor is that of the version, such as 1.36.
	Minor string
	// Allowed are the minors that the version skew policy lets the programs have (https://kubernetes.io/releases/version-skew-policy).
	Allowed string
	// Skew says in words how far they are from others, and Limit that they have no minor left.
	Skew  string
	Limit bool
}

// Versions has the control plane first, the newest of each first.
func Versions(c cluster.Cluster) []Version {
	fleet := diff.FleetOf(c)
	masters := byVersion(c, func(n cluster.Node) bool { return n.Has(cluster.RoleControlPlane) })
	if len(masters) == 0 {
		return nil
	}
	newest, oldest := masters[0].version, masters[len(masters)-1].version
	var out []Version
	for _, g := range masters {
		out = append(out, Version{
			Programs: "kube-apiserver, kube-controller-manager, kube-scheduler", Version: g.version.String(), Minor: g.version.Series(), Nodes: fleet.Name(g.nodes),
			Allowed: "one minor apart", Skew: masterSkew(newest, oldest), Limit: newest.Minors(oldest) > 0,
		})
	}
	kubelets := byVersion(c, c.RunsKubelet)
	programs := "kubelet, kube-proxy"
	if c.RunsProxy() && (c.ProxyDaemonSet || c.Kubeadm) {
		programs = "kubelet"
		kubelets = append(kubelets, group{c.Version, nil})
	}
	for _, g := range kubelets {
		v := Version{
			Programs: programs, Version: g.version.String(), Minor: g.version.Series(), Nodes: fleet.Name(g.nodes),
			Allowed: cluster.OldestKubelet(newest).Series() + " to " + oldest.Series(),
		}
		v.Skew, v.Limit = agentSkew(newest, oldest, g.version)
		if g.nodes == nil {
			v.Programs, v.Nodes = "kube-proxy", "DaemonSet"
		}
		out = append(out, v)
	}
	return out
}

// group are nodes of one version; without any, it is the version of a DaemonSet.
type group struct {
	version cluster.Version
	nodes   []string
}

// byVersion groups nodes, the newest version first.
func byVersion(c cluster.Cluster, here func(cluster.Node) bool) []group {
	nodes := map[cluster.Version][]string{}
	for _, n := range c.Nodes {
		if here(n) {
			nodes[n.Version] = append(nodes[n.Version], n.Name)
		}
	}
	var out []group
	for _, v := range slices.SortedFunc(maps.Keys(nodes), func(a, b cluster.Version) int { return cmp.Or(b.Minors(a), b.Patch-a.Patch) }) {
		out = append(out, group{v, nodes[v]})
	}
	return out
}

func masterSkew(newest, oldest cluster.Version) string {
	if newest.Minors(oldest) == 0 {
		return "none"
	}
	return "an upgrade from " + oldest.Series() + " to " + newest.Series() + " is under way: finish it"
}

// agentSkew is how far a kubelet or a kube-proxy is from the apiservers.
func agentSkew(newest, oldest, v cluster.Version) (text string, limit bool) {
	switch behind, most := newest.Minors(v), cluster.KubeletSkew(v); {
	case v.Minors(oldest) > 0:
		return "newer than the apiservers of " + oldest.Series() + ", until their upgrade is done", true
	case behind == 0:
		return "none", false
	case behind < most:
		return fmt.Sprintf("%d of %d minors behind", behind, most), false
	default:
		return fmt.Sprintf("%d of %d minors behind: upgrade before the control plane", behind, most), true
	}
}

// Image is what containers of static pods are made of, and where.
type Image struct{ Name, Nodes string }

// Images are those of the manifests among the files of each node, by name.
func Images(c cluster.Cluster, rendered map[string][]tree.File) []Image {
	fleet := diff.FleetOf(c)
	known := map[string][]string{} // by manifest: nodes of a pool have equal ones
	nodes := map[string][]string{}
	for _, n := range fleet.Nodes {
		here := map[string]bool{}
		for _, f := range rendered[n] {
			if !strings.HasPrefix(f.Path, layout.Manifests) {
				continue
			}
			text := string(f.Content.Bytes())
			if _, ok := known[text]; !ok {
				known[text] = imagesOf(text)
			}
			for _, image := range known[text] {
				here[image] = true
			}
		}
		for image := range here {
			nodes[image] = append(nodes[image], n)
		}
	}
	var out []Image
	for _, image := range slices.Sorted(maps.Keys(nodes)) {
		out = append(out, Image{image, fleet.Name(nodes[image])})
	}
	return out
}

// imagesOf are those of a pod; what is no pod has none.
func imagesOf(manifest string) []string {
	var pod struct {
		Spec struct {
			Init []struct{ Image string } `yaml:"initContainers"`
			Main []struct{ Image string } `yaml:"containers"`
		}
	}
	if err := yaml.Unmarshal([]byte(manifest), &pod); err != nil {
		return nil
	}
	var out []string
	for _, c := range slices.Concat(pod.Spec.Init, pod.Spec.Main) {
		if c.Image != "" {
			out = append(out, c.Image)
		}
	}
	return out
}
