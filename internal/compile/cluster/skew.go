package cluster

import (
	"fmt"
	"slices"

	"github.com/harender/harender/internal/diag"
)

// pin is a version of Kubernetes for some nodes, and the field that asks for it; none without a field.
type pin struct {
	version Version
	field   diag.Path
}

// KubeletSkew is how many minors a kubelet and a kube-proxy may be older than an apiserver (kubernetes.io, Version Skew
// Policy): three from 1.25 on, two before.
func KubeletSkew(kubelet Version) int {
	if kubelet.Minors(Version{Major: 1, Minor: 25}) < 0 {
		return 2
	}
	return 3
}

// checkSkew holds the versions of the nodes to the published policy. The controller manager and the scheduler have the
// version of the apiserver beside them, which they ask.
func checkSkew(r *report, c Cluster) {
	masters := slices.DeleteFunc(withRole(c.Nodes, RoleControlPlane), func(n Node) bool { return n.Version.unknown() })
	if len(masters) == 0 {
		return
	}
	byVersion := func(a, b Node) int { return a.Version.Minors(b.Version) }
	oldest, newest := slices.MinFunc(masters, byVersion), slices.MaxFunc(masters, byVersion)
	apiserverSkew(r, c, oldest, newest)
	told := map[diag.Path]bool{}
	for _, n := range c.Nodes {
		if told[n.versionField] || n.Version.unknown() || n.Has(RoleControlPlane) || !c.RunsKubelet(n) {
			continue
		}
		if summary, hint := kubeletOutside(n, oldest, newest); summary != "" {
			told[n.versionField] = true
			r.error(n.versionField, summary, hint)
		}
	}
}

// RunsKubelet reports whether a node has one: a node of units alone has none.
func (c Cluster) RunsKubelet(n Node) bool {
	return n.Has(RoleControlPlane) || n.Has(RoleWorker) ||
		n.Has(RoleEtcd) && c.Etcd.RunAs == StaticPod || n.Has(RoleLoadBalancer) && c.LoadBalancer.RunAs == StaticPod
}

// apiserverSkew judges the control plane nodes among each other.
func apiserverSkew(r *report, c Cluster, oldest, newest Node) {
	switch skew := newest.Version.Minors(oldest.Version); {
	case skew > 1:
		r.error(oldest.versionField, fmt.Sprintf("the apiserver of %s would be %s, and that of %s %s: they may be one minor apart",
			oldest.Name, oldest.Version, newest.Name, newest.Version),
			"give them versions of two minors that follow each other, the older first, and build once for each step")
	case skew == 1:
		r.list = append(r.list, diag.Diagnostic{
			Severity: diag.Warning, Field: string(oldest.versionField),
			Summary: fmt.Sprintf("the apiservers are of Kubernetes %s and %s", oldest.Version.Series(), newest.Version.Series()),
			Detail:  mixedDetail(c),
			Hint:    "finish the upgrade: let all control plane nodes have " + newest.Version.String(),
		})
	}
}

func mixedDetail(c Cluster) string {
	what := "kubelet and kube-proxy"
	if c.KubeletLocal {
		what = "kube-proxy"
	}
	return "That is for the time of an upgrade: the newer nodes' " + what + " may ask an apiserver that is older than they are."
}

// kubeletOutside tells why the kubelet and the kube-proxy of a node may not run beside the apiservers.
func kubeletOutside(n, oldest, newest Node) (summary, hint string) {
	most := KubeletSkew(n.Version)
	switch {
	case n.Version.Minors(oldest.Version) > 0:
		return fmt.Sprintf("the kubelet of %s would be %s, newer than the apiserver of %s, which is %s", n.Name, n.Version, oldest.Name, oldest.Version),
			"upgrade the control plane first: no kubelet may be newer than an apiserver"
	case newest.Version.Minors(n.Version) > most:
		return fmt.Sprintf("the kubelet of %s would be %s, more than %d minors older than the apiserver of %s, which is %s",
				n.Name, n.Version, most, newest.Name, newest.Version),
			"upgrade the node to " + OldestKubelet(newest.Version).Series() + " or newer before the control plane"
	}
	return "", ""
}

// OldestKubelet is the oldest that an apiserver works with, and the oldest kube-proxy.
func OldestKubelet(apiserver Version) Version {
	v := Version{Major: apiserver.Major, Minor: apiserver.Minor}
	for v.Minor > 0 && apiserver.Minors(Version{v.Major, v.Minor - 1, 0}) <= KubeletSkew(Version{v.Major, v.Minor - 1, 0}) {
		v.Minor--
	}
	return v
}

// Minors is how many minors v is newer than w; of different majors, more than there can be.
func (v Version) Minors(w Version) int {
	const major = 10000 // More than a minor can be.
	return (v.Major-w.Major)*major + v.Minor - w.Minor
}

// unknown versions have been reported.
func (v Version) unknown() bool { return v == Version{} }
