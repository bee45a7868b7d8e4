package conform

import (
	"net/netip"
	"strconv"

	"github.com/harender/harender/internal/compile/cluster"
)

// rule says how a value is held to what is wanted of it.
type rule int

const (
	// same: the wanted values, in their order.
	same rule = iota
	// equal: the wanted values, in any order.
	equal
	// among: some of the wanted values, and no other.
	among
	// within: the wanted values, and others.
	within
	// serves: addresses or URLs, and what listens there is reached at each that is wanted.
	serves
	// file: the wanted path, or another file that is delivered.
	file
)

// fact is a value that one field of the spec owns, although a flag or a file of configuration has it.
type fact struct {
	program string
	// flag on the command line, and the path of the same in the file of configuration; either may be empty.
	flag, key string
	rule      rule
	want      func(cluster.Cluster, cluster.Node) []string
	// absent is what the program takes without the flag; empty: it is not judged.
	absent string
	// field that owns the value. Where none does, it is the library's own.
	field string
	// reason is who depends on it.
	reason string
}

// unset stands for what is nothing that a user could want.
const unset = "nothing"

const (
	nodeName    = "the name in spec.nodes"
	nodeAddress = "address, secondaryAddress and publicAddress of the node"
)

// facts are all that have an owner. What is not here, extraArgs and mixins may set: probes follow, or nothing depends on it.
func facts() []fact {
	out := []fact{
		{"kube-apiserver", "secure-port", "", same, apiServerPort, "", "spec.apiServer.port", "the load balancer, the probes and all kubeconfigs name it"},
		{"kube-apiserver", "bind-address", "", among, anyAddress, "", "", "the load balancer asks the node's address, the controllers ask loopback"},
		{"kube-apiserver", "advertise-address", "", among, ownAddresses, "", nodeAddress, "the certificate names these"},
		{"kube-apiserver", "service-cluster-ip-range", "", same, services, "10.0.0.0/24", "spec.networks.services", "certificates, DNS and the controller manager follow it"},
		{"kube-apiserver", "etcd-servers", "", among, etcdServers, unset, "the nodes with the role etcd", "their certificates and ports are those of the members"},

		{"kube-controller-manager", "service-cluster-ip-range", "", same, services, "", "spec.networks.services", "the apiservers have it too"},
		{"kube-controller-manager", "cluster-cidr", "", same, pods, "", "spec.networks.pods", "kube-proxy and the nodes' blocks follow it"},
		{"kube-controller-manager", "secure-port", "", same, kubeadmPort(10257), "", "", "kubeadm's probes ask there"},
		{"kube-scheduler", "secure-port", "", same, kubeadmPort(10259), "", "", "kubeadm's probes ask there"},

		{"kube-proxy", "hostname-override", "hostnameOverride", same, name, "", nodeName, "the certificates have it"},
		{"kube-proxy", "", "clusterCIDR", among, podsOrNone, "", "spec.networks.pods", "the controller manager has it too"},
		{"kube-proxy", "", "mode", same, proxyMode, "", "spec.kubeProxy.mode", "modules of the kernel and the DNS cache follow it"},

		{"kubelet", "hostname-override", "", same, name, "", nodeName, "the certificates have it"},
		{"kubelet", "node-ip", "", among, ownAddresses, "", nodeAddress, "the certificate names these"},
		{"kubelet", "node-labels", "", within, labels, "", "labels of the node, its pool or role", "the flag is the library's: here they would be lost"},
		{"kubelet", "register-with-taints", "", within, taints, "", "taints of the node, its pool or role", "the flag goes before the file: here they would be lost"},
		{"kubelet", "cluster-dns", "clusterDNS", among, dnsServers, "", "spec.networks.services, and spec.dns.nodeLocalCache.address", "the Service of the DNS has it"},
		{"kubelet", "cluster-domain", "clusterDomain", same, dnsDomain, "", "spec.networks.dnsDomain", "DNS and the certificates have it"},
		{"kubelet", "port", "port", same, values("10250"), "", "", "firewalls and monitoring look there"},
		{"kubelet", "address", "address", among, anyOrOwn, "", "", "apiservers ask the node's address"},
		{"kubelet", "pod-manifest-path", "staticPodPath", same, values("/etc/kubernetes/manifests"), "", "", "the manifests are delivered there"},
	}
	return append(append(out, etcdFacts()...), fileFacts()...)
}

func etcdFacts() []fact {
	const ports = "etcd's ports are 2379 and 2380: apiservers, snapshots and etcdctl ask there"
	return []fact{
		{etcd, "name", "", same, name, "default", nodeName, "initial-cluster has it"},
		{etcd, "data-dir", "", same, values(cluster.EtcdData), unset, "", "volumes, mounts and snapshots are made for it"},
		{etcd, "listen-client-urls", "", serves, clientURLs, "http://localhost:2379", nodeAddress, ports},
		{etcd, "listen-peer-urls", "", serves, peerURLs, "http://localhost:2380", nodeAddress, ports},
		{etcd, "advertise-client-urls", "", among, clientURLs, "http://localhost:2379", nodeAddress, ports},
		{etcd, "initial-advertise-peer-urls", "", same, peerURLs, "http://localhost:2380", nodeAddress, "initial-cluster has it"},
		{etcd, "initial-cluster", "", equal, initialCluster, unset, "the nodes with the role etcd", "a member keeps the list that it began with"},
		{etcd, "initial-cluster-state", "", same, clusterState, "", "spec.etcd.initialClusterState", "a member keeps the state that it began in"},
	}
}

// fileFacts are the files that the library delivers.
func fileFacts() []fact {
	var out []fact
	add := func(program, flag, key, path, absent string) {
		out = append(out, fact{program, flag, key, file, values(path), absent, "", "the library delivers it there, with the certificates that it names"})
	}
	for program, conf := range map[string]string{"kube-controller-manager": "controller-manager", "kube-scheduler": "scheduler"} {
		for _, flag := range []string{"kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"} {
			add(program, flag, "", "/etc/kubernetes/"+conf+".conf", "")
		}
	}
	add("kubelet", "kubeconfig", "", "/etc/kubernetes/kubelet.conf", unset)
	add("kubelet", "config", "", "/var/lib/kubelet/config.yaml", unset)
	return out
}

func values(all ...string) func(cluster.Cluster, cluster.Node) []string {
	return func(cluster.Cluster, cluster.Node) []string { return all }
}

func name(_ cluster.Cluster, n cluster.Node) []string { return []string{n.Name} }

func apiServerPort(c cluster.Cluster, _ cluster.Node) []string {
	return []string{strconv.Itoa(c.APIServer.Port)}
}

// kubeadmPort is for kubeadm alone, whose probes know no other.
func kubeadmPort(port int) func(cluster.Cluster, cluster.Node) []string {
	return func(c cluster.Cluster, _ cluster.Node) []string {
		if !c.Kubeadm {
			return nil
		}
		return []string{strconv.Itoa(port)}
	}
}

func anyAddress(cluster.Cluster, cluster.Node) []string { return []string{"0.0.0.0", "::", ""} }

func ownAddresses(_ cluster.Cluster, n cluster.Node) []string {
	out := texted(n.Addresses)
	if n.Public.IsValid() {
		out = append(out, n.Public.String())
	}
	return out
}

func anyOrOwn(c cluster.Cluster, n cluster.Node) []string {
	return append(anyAddress(c, n), ownAddresses(c, n)...)
}

func services(c cluster.Cluster, _ cluster.Node) []string { return texted(c.Networks.Services) }
func pods(c cluster.Cluster, _ cluster.Node) []string     { return texted(c.Networks.Pods) }

func podsOrNone(c cluster.Cluster, n cluster.Node) []string { return append(pods(c, n), "") }

func proxyMode(c cluster.Cluster, _ cluster.Node) []string { return []string{c.ProxyMode} }
func dnsDomain(c cluster.Cluster, _ cluster.Node) []string { return []string{c.Networks.DNSDomain} }

// dnsOffset numbers the address of the cluster's DNS among those of Services.
const dnsOffset = 10

func dnsServers(c cluster.Cluster, _ cluster.Node) []string {
	var out []string
	for _, block := range c.Networks.Services {
		a := block.Masked().Addr()
		for range dnsOffset {
			a = a.Next()
		}
		out = append(out, a.String())
	}
	if a := c.DNS.LocalCache.Address; a.IsValid() {
		out = append(out, a.String())
	}
	return out
}

func labels(_ cluster.Cluster, n cluster.Node) []string {
	out := []string{}
	for k, v := range n.Labels {
		out = append(out, k+"="+v)
	}
	return out
}

func taints(_ cluster.Cluster, n cluster.Node) []string {
	out := []string{}
	for _, t := range n.Taints {
		out = append(out, t.Key+"="+t.Value+":"+t.Effect)
	}
	return out
}

func clusterState(_ cluster.Cluster, n cluster.Node) []string {
	if n.Start.State == "" {
		return nil
	}
	return []string{n.Start.State}
}

func atHost(host netip.Addr, port uint16) string {
	return "https://" + netip.AddrPortFrom(host, port).String()
}

// loopback is that of the cluster's primary family.
func loopback(n cluster.Node) netip.Addr {
	if n.Address().Is6() {
		return netip.IPv6Loopback()
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

const clientPort, peerPort = 2379, 2380

func clientURLs(_ cluster.Cluster, n cluster.Node) []string {
	return []string{atHost(n.Address(), clientPort), atHost(loopback(n), clientPort)}
}

func peerURLs(_ cluster.Cluster, n cluster.Node) []string {
	return []string{atHost(n.Address(), peerPort)}
}

// etcdServers are those that the apiserver of n may ask: its own member by loopback too.
func etcdServers(c cluster.Cluster, n cluster.Node) []string {
	var out []string
	for _, m := range c.Nodes {
		if m.Has(cluster.RoleEtcd) {
			out = append(out, atHost(m.Address(), clientPort))
		}
	}
	if n.Has(cluster.RoleEtcd) {
		out = append(out, atHost(loopback(n), clientPort))
	}
	return out
}

func initialCluster(_ cluster.Cluster, n cluster.Node) []string { return n.Start.Peers }

func texted[T interface{ String() string }](all []T) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = v.String()
	}
	return out
}
