package plan

import (
	"slices"

	"github.com/harender/harender/internal/cluster"
)

// Names of the addons, which are folders of base/addons/.
const (
	addonCoreDNS = "coredns"
	// addonKubeletAccess are the rights with which apiservers ask kubelets for logs, exec and metrics.
	addonKubeletAccess = "kubelet-access"
)

// addons are those that the cluster needs, sorted.
func addons(cluster.Cluster) []string {
	out := []string{addonCoreDNS, addonKubeletAccess}
	slices.Sort(out)
	return out
}
