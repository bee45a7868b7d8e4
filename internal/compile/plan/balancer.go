package plan

import (
	"slices"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/layout"
)

// Names of the balancers, as static pods and as units.
const (
	podHAProxy     = "haproxy"
	podKeepalived  = "keepalived"
	podKubeVIP     = "kube-vip"
	unitHAProxy    = "haproxy.service"
	unitKeepalived = "keepalived.service"
	// unitVirtualIP has the virtual IP on an apiserver's loopback, where a director sends what came for it.
	unitVirtualIP = "apiserver-vip.service"
)

// balancer is what the load balancer adds to a node. What every node with a kubelet gets, kubernetesNode adds.
func balancer(c cluster.Cluster, n cluster.Node) nodeParts {
	if c.LoadBalancer.Kind == cluster.LVS && n.Has(cluster.RoleControlPlane) {
		return nodeParts{units: []string{unitVirtualIP}}
	}
	if !n.Has(cluster.RoleControlPlane) && !n.Has(cluster.RoleLoadBalancer) {
		return nodeParts{} // Of a thousand workers, none looks through all nodes for the balancers.
	}
	if !slices.ContainsFunc(c.Balancers(), func(b cluster.Node) bool { return b.Name == n.Name }) {
		return nodeParts{}
	}
	switch c.LoadBalancer.Kind {
	case cluster.HAProxy:
		return haproxy(c)
	case cluster.Keepalived:
		return haproxy(c).plus(program(c, podKeepalived, unitKeepalived))
	case cluster.LVS:
		return program(c, podKeepalived, unitKeepalived)
	}
	return kubeVIP()
}

func haproxy(c cluster.Cluster) nodeParts { return program(c, podHAProxy, unitHAProxy) }

func program(c cluster.Cluster, pod, unit string) nodeParts {
	if c.LoadBalancer.RunAs == cluster.Systemd {
		return nodeParts{units: []string{unit}}
	}
	return nodeParts{pods: []string{pod}}
}

func kubeVIP() nodeParts {
	return nodeParts{
		pods: []string{podKubeVIP},
		leaves: []leaf{{
			name: podKubeVIP, authority: KubernetesCA, profile: "client", commonName: podKubeVIP,
			cert: layout.PKI + "kube-vip/client.crt", key: layout.PKI + "kube-vip/client.key",
			restarts: []string{podKubeVIP},
		}},
	}
}

// caFile is the authority by which everything that asks an apiserver knows it.
func caFile() SecretFile {
	return SecretFile{
		Path: layout.PKI + "ca.crt", Source: Bundle(KubernetesCA, authorityPart), Mode: modePublic,
		Restarts: []string{unitKubelet, podProxy, podHAProxy, unitHAProxy, podKubeVIP},
	}
}
