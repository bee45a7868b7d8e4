package cluster

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/harender/harender/internal/diag"
)

const bootstrapField = diag.Path("spec.bootstrap")

func kubeadm(r *report, s string) bool {
	return oneOf(r, bootstrapField, s, "staticPods", "staticPods", "kubeadm") == "kubeadm"
}

// checkKubeadm refuses what kubeadm could not be told, and would leave out without a word.
func checkKubeadm(r *report, c Cluster) {
	if !c.Kubeadm {
		return
	}
	checkKubeadmEtcd(r, c)
	if c.ProxyDaemonSet {
		r.error("spec.kubeProxy.runAs", "kubeadm runs kube-proxy as a DaemonSet of its own", "remove the line: kubeadm's has the same configuration")
	}
	if c.LoadBalancer.Kind == LVS {
		r.error("spec.loadBalancer.kind", "behind lvs every control plane node has the virtual IP on its own loopback, where kubeadm join would look for an apiserver that is not there yet",
			"choose keepalived or nodeLocal")
	}
	checkKubeadmData(r, c.Nodes)
	checkProxyArgs(r, c.Nodes)
	checkKubeletArgs(r, c.Nodes)
	checkEqualArgs(r, c)
	checkEqualOverlays(r, c.Nodes)
	checkPodBlocks(r, c.Networks)
}

// Stacked reports whether the members of etcd are on control plane nodes.
func (c Cluster) Stacked() bool {
	return slices.ContainsFunc(c.Nodes, func(n Node) bool { return n.Has(RoleControlPlane) && n.Has(RoleEtcd) })
}

// checkKubeadmEtcd: kubeadm makes a member on every control plane node, or none at all.
func checkKubeadmEtcd(r *report, c Cluster) {
	if !c.Stacked() {
		return
	}
	for _, n := range c.Nodes {
		if n.Has(RoleControlPlane) != n.Has(RoleEtcd) && (n.Has(RoleControlPlane) || n.Has(RoleEtcd)) {
			r.error(diag.Path(n.Field).Key("roles"), "kubeadm runs etcd on all control plane nodes or on none, and "+diag.Quote(n.Name)+" has only one of the two roles",
				"give control plane nodes both roles, or let nodes of their own have the role etcd")
		}
	}
	if c.Etcd.RunAs == Systemd {
		r.error("spec.etcd.runAs", "kubeadm runs the etcd of control plane nodes as a static pod", "remove the line, or let nodes of their own have the role etcd")
	}
	if c.Etcd.InitialClusterState == "existing" {
		r.error("spec.etcd.initialClusterState", "kubeadm decides by itself whether a member of its etcd joins a running cluster",
			"remove it: kubeadm init begins a cluster, and kubeadm join joins it")
	}
}

// checkKubeadmData: kubeadm wants etcd's folder empty, and ext4 makes lost+found there.
func checkKubeadmData(r *report, nodes []Node) {
	for _, n := range nodes {
		for _, m := range n.Storage.Mounts {
			if n.Has(RoleControlPlane) && m.Path == EtcdData && m.Type == "ext4" {
				r.error(diag.Path(n.Field), "kubeadm wants "+EtcdData+" empty, and a new ext4 has lost+found", "write type: xfs for that mount")
				return
			}
		}
	}
}

// checkProxyArgs: kubeadm runs kube-proxy as a DaemonSet, with a configuration file and no flags.
func checkProxyArgs(r *report, nodes []Node) {
	const component = "kube-proxy"
	if i := slices.IndexFunc(nodes, func(n Node) bool { return len(n.Args[component]) > 0 }); i >= 0 {
		r.error(bootstrapField, "kubeadm gives kube-proxy no flags, and "+diag.Quote(nodes[i].Name)+" has --"+slices.Sorted(maps.Keys(nodes[i].Args[component]))[0],
			"remove extraArgs.kube-proxy, and set the field of KubeProxyConfiguration by a mixin: kubeProxy+: { config+:: { ... } }")
	}
}

// checkKubeletArgs: the unit of kubeadm's package has some flags of its own.
func checkKubeletArgs(r *report, nodes []Node) {
	for _, flag := range []string{"bootstrap-kubeconfig", "config", "kubeconfig"} {
		i := slices.IndexFunc(nodes, func(n Node) bool { _, ok := n.Args["kubelet"][flag]; return ok })
		if i >= 0 {
			r.error(bootstrapField, "kubeadm's unit gives the kubelet --"+flag+", and "+diag.Quote(nodes[i].Name)+" has it in extraArgs too",
				"remove it from extraArgs.kubelet")
		}
	}
}

// checkEqualArgs: kubeadm keeps the flags of a control plane once, for the whole cluster.
func checkEqualArgs(r *report, c Cluster) {
	components := []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler"}
	if c.Stacked() {
		components = append(components, "etcd")
	}
	servers := withRole(c.Nodes, RoleControlPlane)
	for _, n := range servers {
		for _, component := range components {
			if len(n.Args[component])+len(servers[0].Args[component]) > 0 && !reflect.DeepEqual(n.Args[component], servers[0].Args[component]) {
				r.error(diag.Path(n.Field), fmt.Sprintf("kubeadm gives %s the same flags on all control plane nodes, and %s differs from %s",
					component, diag.Quote(n.Name), diag.Quote(servers[0].Name)),
					"move extraArgs."+component+" to spec.extraArgs or spec.roles.control-plane")
			}
		}
	}
}

// checkEqualOverlays: a mixin of one control plane node alone changes nothing that kubeadm writes.
func checkEqualOverlays(r *report, nodes []Node) {
	servers := withRole(nodes, RoleControlPlane)
	for _, n := range servers {
		if !slices.Equal(n.Overlays, servers[0].Overlays) {
			r.warning(diag.Path(n.Field), "the overlays of "+diag.Quote(n.Name)+" are not those of "+diag.Quote(servers[0].Name)+
				", from which kubeadm takes the flags of the control plane", "list them for all control plane nodes, unless they change the kubelet alone")
		}
	}
}

// maxPodBlocks is the difference of lengths that kubeadm admits between the block of all pods and that of a node's
// (PodSubnetNodeMaskMaxDiff of its constants).
const maxPodBlocks = 16

// checkPodBlocks: kubeadm has no node's block but a /24 (IPv4) or /64 (IPv6).
func checkPodBlocks(r *report, nets Networks) {
	for i, block := range nets.Pods {
		bits := 24
		if block.Addr().Is6() {
			bits = 64
		}
		if diff := bits - block.Bits(); diff < 0 || diff > maxPodBlocks {
			r.error(diag.Path("spec.networks.pods").Index(i), fmt.Sprintf("kubeadm takes no %s for pods, of which each node gets a /%d", block, bits),
				fmt.Sprintf("choose a block from /%d to /%d", bits-maxPodBlocks, bits))
		}
	}
}
