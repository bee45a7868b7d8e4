// Package cluster turns a spec as written into a cluster in which every default is filled in, every value has its type,
// and the rules of a highly available control plane hold.
package cluster

import (
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// New resolves a spec. Its diagnostics name fields; spec.Document.Complete adds the lines. The cluster must not be used
// where the list has errors.
func New(c spec.Cluster, known Releases) (Cluster, diag.List) {
	var out Cluster
	r := new(report)
	checkHeader(r, c)
	out.Name = clusterName(r, c.Metadata.Name)
	out.Version = version(r, c.Spec.KubernetesVersion, known)
	before := len(r.list)
	out.Networks = networks(r, c.Spec.Networks, out.Version, len(c.Spec.Nodes), masksOf(c.Spec))
	// Nodes are held to their networks only where these are sound: one mistake there is not one a node.
	sound := len(r.list) == before
	out.Kubeadm = kubeadm(r, c.Spec.Bootstrap)
	out.APIServer = apiServer(r, out.Version, c.Spec.APIServer)
	out.Etcd = etcd(r, c.Spec.Etcd)
	out.KubeletLocal = kubeletLocal(r, c.Spec.Kubelet.APIServer)
	out.KubeletUnit = kubeletUnit(r, c.Spec.Kubelet.Unit, out.Kubeadm)
	out.KubeletPackage = kubeletPackage(r, c.Spec.Kubelet.Package)
	out.ProxyMode = proxyMode(r, out.Version, c.Spec.KubeProxy.Mode)
	out.ProxyDaemonSet = proxyDaemonSet(r, c.Spec.KubeProxy.RunAs)
	out.IPVS = ipvs(r, c.Spec.KubeProxy.IPVS, out.ProxyMode)
	out.LeaderElection = leaderElection(r, c.Spec.LeaderElection)
	out.CloudProvider = cloudProvider(r, c.Spec.CloudProvider, out.Version)
	out.Storage = storage(r, c.Spec.Storage, out.Version)
	out.DNS = resolveDNS(r, c.Spec.DNS, out, sound)
	out.Certificates = certificates(r, c.Spec.Certificates)
	out.Acknowledged = acknowledged(r, c.Spec)
	out.Overlays = mergeOverlays(nil, c.Spec.Overlays)
	out.Args = clusterArgs(c.Spec.ExtraArgs)
	out.Nodes = nodes(r, c.Spec, out.Version, known, out.Networks, sound)
	out.LoadBalancer, out.Endpoint = balancer(r, c.Spec, out, sound)
	checkBalancers(r, out)
	checkPorts(r, out)
	checkDNSPorts(r, out)
	interfaces(r, c.Spec, out)
	checkQuorum(r, out.Nodes)
	checkSkew(r, out)
	checkReach(r, c.Spec, out.Nodes)
	checkElectionArgs(r, c.Spec, out)
	if out.ProxyDaemonSet {
		checkProxyReach(r, c.Spec)
	}
	checkProxyServer(r, out)
	checkNoProxy(r, c.Spec, out)
	out.ClusterAutoscaler = clusterAutoscaler(r, c.Spec.ClusterAutoscaler, out)
	checkKubeadm(r, out)
	return out, r.list
}

// report collects what the rules find.
type report struct{ list diag.List }

// error reports a field, what is wrong with it, and what to do.
func (r *report) error(field diag.Path, summary, hint string) {
	r.list = append(r.list, diag.Diagnostic{Field: string(field), Summary: summary, Hint: hint})
}

// secret reports one that stands in the clear, and is not to be repeated.
func (r *report) secret(field diag.Path, summary, hint string) {
	r.list = append(r.list, diag.Diagnostic{Field: string(field), Summary: summary + ", and would stand in the clear in the repository", Hint: hint, Confidential: true})
}

func (r *report) warning(field diag.Path, summary, hint string) {
	r.list = append(r.list, diag.Diagnostic{Severity: diag.Warning, Field: string(field), Summary: summary, Hint: hint})
}
