package cluster

import (
	"maps"
	"slices"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// runs reports whether a node has the component. A member that systemd runs needs no kubelet.
func runs(component string, n Node, e spec.Etcd) bool {
	switch component {
	case "etcd":
		return n.Has(RoleEtcd)
	case "kube-apiserver", "kube-controller-manager", "kube-scheduler":
		return n.Has(RoleControlPlane)
	}
	return e.RunAs != Systemd || n.Has(RoleControlPlane) || n.Has(RoleWorker)
}

// checkReach warns of flags for components that none of the nodes at hand runs.
func checkReach(r *report, s spec.Spec, nodes []Node) {
	for _, name := range slices.Sorted(maps.Keys(s.Roles)) {
		at := diag.Path("spec.roles").Key(name)
		checkReached(r, at, s.Etcd, s.Roles[name].ExtraArgs, func(n Node) bool { return n.Has(Role(name)) }, nodes)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Pools)) {
		at := diag.Path("spec.pools").Key(name)
		checkReached(r, at, s.Etcd, s.Pools[name].ExtraArgs, func(n Node) bool { return n.Pool == name }, nodes)
	}
	for i, n := range s.Nodes {
		checkReached(r, nodesField.Index(i), s.Etcd, n.ExtraArgs, func(Node) bool { return true }, nodes[i:i+1])
	}
}

func checkReached(r *report, at diag.Path, e spec.Etcd, args spec.ExtraArgs, member func(Node) bool, nodes []Node) {
	for _, component := range slices.Sorted(maps.Keys(args)) {
		if !slices.ContainsFunc(nodes, func(n Node) bool { return member(n) && runs(component, n, e) }) {
			r.warning(at.Key("extraArgs").Key(component), "these flags reach no node: none here runs "+component,
				"move them to where "+component+" runs, or remove them")
		}
	}
}
