package cluster

import (
	"fmt"

	"github.com/harender/harender/internal/diag"
)

// The port on which haproxy tells its own health.
const balancerHealthPort = 8404

// takenBy names what listens on a port of a node of the control plane, other than apiserver and balancer.
func takenBy(port int, kind string) string {
	switch port {
	case 2379, 2380, 2381:
		return "etcd"
	case 10248, 10250:
		return "the kubelet"
	case 10249, 10256:
		return "kube-proxy"
	case 10257:
		return "kube-controller-manager"
	case 10259:
		return "kube-scheduler"
	case balancerHealthPort:
		if kind != External {
			return "haproxy's health check"
		}
	}
	return ""
}

// checkPorts keeps apiserver, balancer and the rest of a control plane node apart.
func checkPorts(r *report, c Cluster) {
	shared := c.LoadBalancer.Kind != External
	at := endpointField.Key("port")
	if shared && c.Endpoint.Port == c.APIServer.Port {
		r.error(at, fmt.Sprintf("the load balancer and the apiserver would both listen on port %d of a control plane node", c.Endpoint.Port),
			fmt.Sprintf("write another port, such as %d", freePort(c)))
	} else if shared {
		checkPort(r, at, c.Endpoint.Port, c)
	}
	checkPort(r, "spec.apiServer.port", c.APIServer.Port, c)
}

func checkPort(r *report, field diag.Path, port int, c Cluster) {
	if who := takenBy(port, c.LoadBalancer.Kind); who != "" {
		r.error(field, fmt.Sprintf("port %d of the nodes belongs to %s", port, who), fmt.Sprintf("write another port, such as %d", freePort(c)))
	}
}

// freePort is one that neither apiserver nor balancer has.
func freePort(c Cluster) int {
	for _, p := range []int{defaultAPIServerPort, defaultBalancerPort, 9443} {
		if p != c.APIServer.Port && p != c.Endpoint.Port {
			return p
		}
	}
	return 0
}
