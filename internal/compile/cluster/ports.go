package cluster

import (
	"fmt"

	"github.com/harender/harender/internal/diag"
)

// Ports of the balancers themselves.
const (
	// haproxyHealthPort is where haproxy tells its own health.
	haproxyHealthPort = 8404
	kubeVIPPort       = 2112
)

// takenBy names what listens on a port of a node, other than apiserver and balancer.
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
	case haproxyHealthPort:
		if runsHAProxy(kind) {
			return "haproxy's health check"
		}
	case kubeVIPPort:
		if kind == KubeVIP {
			return "the metrics of kube-vip"
		}
	}
	return ""
}

// checkPorts keeps apiserver, balancer and the rest of a node apart.
func checkPorts(r *report, c Cluster) {
	at := endpointField.Key("port")
	switch {
	case keepsPort(c.LoadBalancer.Kind) && c.Endpoint.Port != c.APIServer.Port:
		r.error(at, fmt.Sprintf("%s cannot turn port %d into the apiservers' %d", c.LoadBalancer.Kind, c.Endpoint.Port, c.APIServer.Port),
			fmt.Sprintf("write %d, or leave the port out", c.APIServer.Port))
	case sharesHost(c) && c.Endpoint.Port == c.APIServer.Port:
		r.error(at, fmt.Sprintf("the load balancer and the apiserver would both listen on port %d of a control plane node", c.Endpoint.Port),
			fmt.Sprintf("write another port, such as %d", freePort(c)))
	case runsHAProxy(c.LoadBalancer.Kind):
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
