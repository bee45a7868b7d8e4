package render

import (
	"net/netip"
	"strconv"

	"github.com/harender/harender/internal/compile/cluster"
)

// highestPriority of VRRP but for the owner of the address, which nobody is.
const highestPriority = 254

type loadBalancerInput struct {
	Kind string `json:"kind"`
	// Nodes run the balancer; there are none where each node has its own, or where it is no part of the cluster.
	Nodes           []nodeInput `json:"nodes"`
	VirtualIP       string      `json:"virtualIP,omitempty"`
	VirtualIPPrefix string      `json:"virtualIPPrefix,omitempty"`
	VirtualRouterID int         `json:"virtualRouterID,omitempty"`
	// Instances of VRRP are one for each virtual IP, the primary family's first.
	Instances []instanceInput `json:"instances"`
}

type instanceInput struct {
	Name            string `json:"name"`
	VirtualIPPrefix string `json:"virtualIPPrefix"`
	VirtualRouterID int    `json:"virtualRouterID"`
	// Addresses of the balancer's nodes in the family, by node.
	Addresses map[string]string `json:"addresses"`
}

func newLoadBalancerInput(c cluster.Cluster) loadBalancerInput {
	in := loadBalancerInput{Kind: c.LoadBalancer.Kind, VirtualRouterID: c.LoadBalancer.VirtualRouterID, Nodes: []nodeInput{}}
	if vip := c.LoadBalancer.VirtualIP; vip.IsValid() {
		in.VirtualIP, in.VirtualIPPrefix = vip.String(), netip.PrefixFrom(vip, vip.BitLen()).String()
	}
	for i, n := range c.Balancers() {
		b := newNodeInput(c, n)
		b.VRRPPriority = highestPriority - i
		in.Nodes = append(in.Nodes, b)
	}
	in.Instances = instanceInputs(c)
	return in
}

// instanceInputs name the second one after its family.
func instanceInputs(c cluster.Cluster) []instanceInput {
	out := []instanceInput{}
	for i, vip := range c.LoadBalancer.VirtualIPs() {
		in := instanceInput{
			Name: "kube-apiserver", VirtualIPPrefix: netip.PrefixFrom(vip, vip.BitLen()).String(), VirtualRouterID: c.LoadBalancer.VirtualRouterID + i,
			Addresses: map[string]string{},
		}
		if i > 0 {
			in.Name += "-ipv" + map[bool]string{true: "4", false: "6"}[vip.Is4()]
		}
		for _, n := range c.Balancers() {
			in.Addresses[n.Name] = vrrpAddress(vip, n).String()
		}
		out = append(out, in)
	}
	return out
}

// endpointURL is the endpoint for what runs on a node: its own balancer where each node has one.
func endpointURL(c cluster.Cluster, net netInput) string {
	host := c.Endpoint.Host
	if c.LoadBalancer.Kind == cluster.NodeLocal {
		host = net.Loopback
	}
	if a, err := netip.ParseAddr(host); err == nil {
		host = inURL(a)
	}
	return "https://" + host + ":" + strconv.Itoa(c.Endpoint.Port)
}

// vrrpAddress is the node's address of the virtual IP's family.
func vrrpAddress(vip netip.Addr, n cluster.Node) netip.Addr {
	for _, a := range n.Addresses {
		if vip.IsValid() && a.Is4() == vip.Is4() {
			return a
		}
	}
	return n.Address()
}
