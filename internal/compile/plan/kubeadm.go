package plan

import (
	"slices"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/layout"
)

// Folders and names that kubeadm is fixed on (k8s.io/kubernetes, cmd/kubeadm/app/constants).
const (
	kubeadmPKI = layout.PKI
	// adminPKI is outside kubeadmPKI, which the apiserver and the controller manager mount.
	adminPKI = "etc/kubernetes/admin/"
	// clusterAdmins is bound to cluster-admin by kubeadm init.
	clusterAdmins = "kubeadm:cluster-admins"
	// clusterAdminsSince is the minor of which admin.conf is no more in system:masters.
	clusterAdminsSince = 29
)

// forKubeadm leaves to kubeadm what it writes itself, and lays the rest where it looks for it. It finds authorities
// without keys, and so signs nothing (external CA). A node that has etcd alone is none of kubeadm's, but kubeadm's
// DaemonSet brings kube-proxy to it.
func (s nodeParts) forKubeadm(c cluster.Cluster, n cluster.Node) nodeParts {
	s.pods = without(s.pods, podProxy)
	s.leaves = slices.DeleteFunc(s.leaves, func(l leaf) bool { return l.name == "kube-proxy" })
	s.kubeadm = n.Has(cluster.RoleControlPlane) || n.Has(cluster.RoleWorker)
	if !n.Has(cluster.RoleControlPlane) {
		return s
	}
	s.foreign = []string{podAPIServer, podControllerManager, podScheduler}
	if n.Has(cluster.RoleEtcd) {
		s.foreign = append(s.foreign, podEtcd)
	}
	s.pods = without(s.pods, s.foreign...)
	s.leaves = append(s.leaves, kubeadmLeaves(c)...)
	if superAdmin := firstServer(c).Name == n.Name; c.Version.Minor >= clusterAdminsSince && !superAdmin {
		s.leaves = slices.DeleteFunc(s.leaves, func(l leaf) bool { return l.name == "kubecfg" })
	}
	for i, l := range s.leaves {
		if base, ok := kubeadmPair(c, l.name); ok {
			s.leaves[i].cert, s.leaves[i].key = base+".crt", base+".key"
		}
	}
	for i, cp := range s.copies {
		s.copies[i].path = kubeadmPath(cp.path)
	}
	s.material = kubeadmMaterial(s.material)
	return s
}

// kubeadmMaterial has one ca.crt, with the readers of both.
func kubeadmMaterial(all []SecretFile) []SecretFile {
	var out []SecretFile
	var readers []string
	for _, m := range all {
		if m.Path == layout.APIServer+"ca.crt" {
			readers = m.Restarts
			continue
		}
		m.Path = kubeadmPath(m.Path)
		out = append(out, m)
	}
	for i, m := range out {
		if m.Path == kubeadmPKI+"ca.crt" {
			out[i].Restarts = slices.Concat(m.Restarts, readers)
		}
	}
	return out
}

// without are the static pods but those named.
func without(pods []string, named ...string) []string {
	return slices.DeleteFunc(pods, func(pod string) bool { return slices.Contains(named, pod) })
}

// firstServer is where kubeadm init runs.
func firstServer(c cluster.Cluster) cluster.Node {
	return c.Nodes[slices.IndexFunc(c.Nodes, func(n cluster.Node) bool { return n.Has(cluster.RoleControlPlane) })]
}

// kubeadmLeaves are the client certificates that kubeadm itself works with.
func kubeadmLeaves(c cluster.Cluster) []leaf {
	var out []leaf
	if c.Version.Minor >= clusterAdminsSince {
		out = append(out, leaf{
			name: "kubernetes-admin", authority: KubernetesCA, profile: "client", commonName: "kubernetes-admin", organization: clusterAdmins,
		})
	}
	if c.Stacked() {
		out = append(out, leaf{name: "etcd-healthcheck-client", authority: EtcdCA, profile: "client", commonName: "kube-etcd-healthcheck-client"})
	}
	return out
}

// kubeadmPair is where kubeadm expects the certificate of that name, without .crt and .key.
func kubeadmPair(c cluster.Cluster, name string) (string, bool) {
	superAdmin := adminPKI + "super-admin"
	if c.Version.Minor < clusterAdminsSince {
		superAdmin = adminPKI + "admin" // The only one.
	}
	base, ok := map[string]string{
		"apiserver":                kubeadmPKI + "apiserver",
		"apiserver-kubelet-client": kubeadmPKI + "apiserver-kubelet-client",
		"etcd-client":              kubeadmPKI + "apiserver-etcd-client",
		"etcd-healthcheck-client":  kubeadmPKI + "etcd/healthcheck-client",
		"etcd-peer":                kubeadmPKI + "etcd/peer",
		"etcd-server":              kubeadmPKI + "etcd/server",
		"front-proxy-client":       kubeadmPKI + "front-proxy-client",
		"kubecfg":                  superAdmin,
		"kubernetes-admin":         adminPKI + "admin",
	}[name]
	return base, ok
}

// kubeadmPath is where kubeadm expects a file of the control plane.
func kubeadmPath(path string) string {
	switch path {
	case layout.APIServer + "front-proxy-ca.crt":
		return kubeadmPKI + "front-proxy-ca.crt"
	case layout.APIServer + "sa.pub":
		return kubeadmPKI + "sa.pub"
	case layout.APIServer + "sa.key":
		return kubeadmPKI + "sa.key"
	case layout.EtcdPKI + "ca.pem":
		return kubeadmPKI + "etcd/ca.crt"
	}
	return path
}
