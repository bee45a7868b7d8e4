package plan

import (
	"slices"

	"github.com/harender/harender/internal/cluster"
)

// Names of the addons, which are folders of base/addons/.
const (
	addonCoreDNS       = "coredns"
	addonDNSAutoscaler = "dns-autoscaler"
	addonKubeDNS       = "kube-dns"
	// addonKubeletAccess are the rights with which apiservers ask kubelets for logs, exec and metrics.
	addonKubeletAccess = "kubelet-access"
	addonNodeLocalDNS  = "node-local-dns"
)

// addons are those that the cluster needs, sorted.
func addons(c cluster.Cluster) []string {
	out := append(dnsAddons(c.DNS), addonKubeletAccess)
	slices.Sort(out)
	return out
}

func dnsAddons(d cluster.DNS) []string {
	out := []string{addonCoreDNS}
	if d.Kind == cluster.KubeDNS {
		out = []string{addonKubeDNS}
	}
	if d.Autoscaler.Min > 0 {
		out = append(out, addonDNSAutoscaler)
	}
	if d.LocalCache.Address.IsValid() {
		out = append(out, addonNodeLocalDNS)
	}
	return out
}
