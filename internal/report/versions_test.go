package report

import (
	"slices"
	"testing"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/deliver/tree"
)

func versioned(name string, role cluster.Role, minor, patch int) cluster.Node {
	return cluster.Node{Name: name, Roles: []cluster.Role{role}, Version: cluster.Version{Major: 1, Minor: minor, Patch: patch}}
}

// TestVersions holds the rows to the version skew policy.
func TestVersions(t *testing.T) {
	const master, worker = cluster.RoleControlPlane, cluster.RoleWorker
	programs := "kube-apiserver, kube-controller-manager, kube-scheduler"
	for name, c := range map[string]struct {
		cluster cluster.Cluster
		want    []Version
	}{
		"equal": {
			cluster.Cluster{Nodes: []cluster.Node{versioned("m", master, 36, 3), versioned("w", worker, 36, 3)}},
			[]Version{{programs, "1.36.3", "m", "1.36", "one minor apart", "none", false}, {"kubelet, kube-proxy", "1.36.3", "m, w", "1.36", "1.33 to 1.36", "none", false}},
		},
		"upgrade": {
			cluster.Cluster{ProxyDaemonSet: true, Version: cluster.Version{Major: 1, Minor: 35}, Nodes: []cluster.Node{versioned("m", master, 36, 0), versioned("n", master, 35, 1), versioned("w", worker, 33, 9)}},
			[]Version{
				{programs, "1.36.0", "m", "1.36", "one minor apart", "an upgrade from 1.35 to 1.36 is under way: finish it", true},
				{programs, "1.35.1", "n", "1.35", "one minor apart", "an upgrade from 1.35 to 1.36 is under way: finish it", true},
				{"kubelet", "1.36.0", "m", "1.36", "1.33 to 1.35", "newer than the apiservers of 1.35, until their upgrade is done", true},
				{"kubelet", "1.35.1", "n", "1.35", "1.33 to 1.35", "1 of 3 minors behind", false},
				{"kubelet", "1.33.9", "w", "1.33", "1.33 to 1.35", "3 of 3 minors behind: upgrade before the control plane", true},
				{"kube-proxy", "1.35.0", "DaemonSet", "1.35", "1.33 to 1.35", "1 of 3 minors behind", false},
			},
		},
		"old": {
			cluster.Cluster{Nodes: []cluster.Node{versioned("m", master, 9, 11)}},
			[]Version{{programs, "1.9.11", "m", "1.9", "one minor apart", "none", false}, {"kubelet, kube-proxy", "1.9.11", "m", "1.9", "1.7 to 1.9", "none", false}},
		},
	} {
		if got := Versions(c.cluster); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%+v\n%+v", name, got, c.want)
		}
	}
}

func TestImages(t *testing.T) {
	pod := func(text string) tree.File {
		return tree.File{Path: "etc/kubernetes/manifests/p.yaml", Content: tree.Clear([]byte(text))}
	}
	c := cluster.Cluster{Nodes: []cluster.Node{{Name: "m1"}, {Name: "m2"}, {Name: "m3"}}}
	same := pod("spec: {initContainers: [{image: a:1}], containers: [{image: b:2}, {name: c}]}")
	got := Images(c, map[string][]tree.File{"m1": {same}, "m2": {same, pod("[broken")}, "m3": {{Path: "etc/other.yaml", Content: same.Content}}})
	if want := []Image{{"a:1", "m1, m2"}, {"b:2", "m1, m2"}}; !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}
