package render

import (
	"maps"
	"slices"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/diag"
)

// checkKubeadm wants to know which configuration the kubeadm of each minor reads.
func checkKubeadm(p plan.Plan, releases map[string]release.Release) diag.List {
	if !p.Cluster.Kubeadm {
		return nil
	}
	var list diag.List
	for _, minor := range slices.Sorted(maps.Keys(releases)) {
		versions := releases[minor].APIVersions
		current, known := versions["InitConfiguration"]
		switch {
		case current != nil || versions["MasterConfiguration"] != nil:
		case known:
			list = append(list, diag.Diagnostic{
				Field:   "spec.bootstrap",
				Summary: "the kubeadm of Kubernetes " + minor + " brings up no cluster whose authorities have no keys on its nodes",
				Hint:    "write bootstrap: staticPods; docs/kubeadm.md says what that kubeadm could still do",
			})
		default:
			list = append(list, diag.Diagnostic{
				Field:   "spec.bootstrap",
				Summary: "which configuration the kubeadm of Kubernetes " + minor + " reads is not known",
				Hint:    "add apiVersions.InitConfiguration, such as kubeadm.k8s.io/v1beta4, to lib/versions/" + minor + ".json",
			})
		}
	}
	return list
}
