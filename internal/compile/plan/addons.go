package plan

import (
	"slices"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/layout"
)

// Names of the addons, which are folders of base/addons/.
const (
	addonCoreDNS       = "coredns"
	addonDNSAutoscaler = "dns-autoscaler"
	addonKubeDNS       = "kube-dns"
	// addonKubeletAccess are the rights with which apiservers ask kubelets for logs, exec and metrics.
	addonKubeletAccess = "kubelet-access"
	addonNodeLocalDNS  = "node-local-dns"
	addonProxy         = "kube-proxy"
	addonAutoscaler    = "cluster-autoscaler"
	// addonAutoscalerClusterAPI are its rights where node groups are objects of the cluster.
	addonAutoscalerClusterAPI = "cluster-autoscaler-clusterapi"
	// addonStorage has no folder: its objects are the spec's alone.
	addonStorage = "storage"
	// addonKubeVIP is the right to the Lease by which kube-vip elects a leader.
	addonKubeVIP = "kube-vip"
)

// addons are those that the cluster needs, sorted.
func addons(c cluster.Cluster) []string {
	out := append(dnsAddons(c.DNS), addonKubeletAccess)
	if c.RunsProxy() && c.ProxyDaemonSet {
		out = append(out, addonProxy)
	}
	if c.ClusterAutoscaler.CloudProvider != "" {
		out = append(out, addonAutoscaler)
	}
	if c.ClusterAutoscaler.CloudProvider == "clusterapi" {
		out = append(out, addonAutoscalerClusterAPI)
	}
	if len(c.Storage.Classes) > 0 || len(c.Storage.Volumes) > 0 {
		out = append(out, addonStorage)
	}
	if c.LoadBalancer.Kind == cluster.KubeVIP {
		out = append(out, addonKubeVIP)
	}
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

// staticProxy is kube-proxy as a static pod, with a certificate of its own.
func staticProxy() nodeParts {
	return nodeParts{
		pods: []string{podProxy},
		leaves: []leaf{{
			name: "kube-proxy", authority: KubernetesCA, profile: "client", commonName: "system:kube-proxy",
			cert: layout.PKI + "kube-proxy/client.crt", key: layout.PKI + "kube-proxy/client.key",
			restarts: []string{podProxy},
		}},
	}
}
