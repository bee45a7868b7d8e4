package cluster

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

const balancerField = diag.Path("spec.loadBalancer")

// Kinds of load balancer.
const (
	HAProxy    = "haproxy"
	Keepalived = "keepalived"
	LVS        = "lvs"
	KubeVIP    = "kube-vip"
	NodeLocal  = "nodeLocal"
	Cloud      = "cloud"
	External   = "external"
)

// Defaults of the load balancer.
const (
	defaultRouterID     = 51
	maxRouterID         = 255
	defaultInterface    = "eth0"
	defaultBalancerPort = 8443
)

// What the kinds have in common.
func runsHAProxy(kind string) bool  { return kind == HAProxy || kind == Keepalived || kind == NodeLocal }
func hasVRRP(kind string) bool      { return kind == Keepalived || kind == LVS }
func hasVirtualIP(kind string) bool { return hasVRRP(kind) || kind == KubeVIP }
func hasUnits(kind string) bool     { return runsHAProxy(kind) || hasVRRP(kind) }
func hasOwnNodes(kind string) bool  { return kind == HAProxy || hasVRRP(kind) }

// keepsPort: connections reach the apiserver at the port that the client chose.
func keepsPort(kind string) bool { return kind == LVS || kind == KubeVIP }

// Balancers are the nodes that run the load balancer, in the order of the spec. Where each node has its own, or the
// balancer is no part of the cluster, there are none.
func (c Cluster) Balancers() []Node {
	kind := c.LoadBalancer.Kind
	dedicated := withRole(c.Nodes, RoleLoadBalancer)
	switch {
	case kind == LVS, hasOwnNodes(kind) && len(dedicated) > 0:
		return dedicated
	case hasOwnNodes(kind), kind == KubeVIP:
		return withRole(c.Nodes, RoleControlPlane)
	}
	return nil
}

// sharesHost: haproxy listens where an apiserver does.
func sharesHost(c Cluster) bool {
	onMaster := func(n Node) bool { return n.Has(RoleControlPlane) }
	return c.LoadBalancer.Kind == NodeLocal || runsHAProxy(c.LoadBalancer.Kind) && slices.ContainsFunc(c.Balancers(), onMaster)
}

// balancer resolves the load balancer and the endpoint, which depend on each other.
func balancer(r *report, s spec.Spec, c Cluster, sound bool) (LoadBalancer, Endpoint) {
	host, notAddr := netip.ParseAddr(s.Endpoint.Host)
	kind := oneOf(r, balancerField.Key("kind"), s.LoadBalancer.Kind, defaultKind(s, host, c.Networks, sound),
		HAProxy, Keepalived, LVS, KubeVIP, NodeLocal, Cloud, External)
	c.LoadBalancer = LoadBalancer{Kind: kind}
	checkForeignFields(r, kind, s.LoadBalancer)
	checkHost(r, s.Endpoint.Host, c, sound)
	if hasUnits(kind) {
		c.LoadBalancer.RunAs = oneOf(r, balancerField.Key("runAs"), s.LoadBalancer.RunAs, StaticPod, StaticPod, Systemd)
	}
	if hasVRRP(kind) {
		c.LoadBalancer.VirtualRouterID = routerID(r, s.LoadBalancer.VirtualRouterID)
	}
	if hasVirtualIP(kind) {
		c.LoadBalancer = virtualIPs(r, s, c.LoadBalancer, firstVirtualIP(s, host), virtualIP(r, s, kind, host, notAddr == nil), c, sound)
		vip := c.LoadBalancer.VirtualIP
		if what, _ := unusable(vip); sound && vip.IsValid() && what == "" {
			checkVirtualIP(r, virtualIPField(s), vip, c)
		}
	}
	return c.LoadBalancer, Endpoint{Host: s.Endpoint.Host, Port: port(r, endpointField.Key("port"), s.Endpoint.Port, defaultPort(c))}
}

// defaultKind is keepalived where there is an address that it could move. Where the networks are unsound, it guesses.
func defaultKind(s spec.Spec, host netip.Addr, nets Networks, sound bool) string {
	_, local := blockOf(host, nets.Nodes)
	if s.LoadBalancer.VirtualIP != "" || local || !sound && host.IsValid() {
		return Keepalived
	}
	return External
}

func defaultPort(c Cluster) int {
	switch {
	case keepsPort(c.LoadBalancer.Kind):
		return c.APIServer.Port
	case sharesHost(c):
		return defaultBalancerPort
	}
	return defaultAPIServerPort
}

// checkForeignFields refuses settings that the kind has no use for.
func checkForeignFields(r *report, kind string, s spec.LoadBalancer) {
	for _, f := range []struct {
		key   string
		set   bool
		fits  bool
		kinds string
	}{
		{"runAs", s.RunAs != "", hasUnits(kind), "haproxy, keepalived, lvs and nodeLocal"},
		{"virtualIP", s.VirtualIP != "", hasVirtualIP(kind), "keepalived, lvs and kube-vip"},
		{"virtualRouterID", s.VirtualRouterID != 0, hasVRRP(kind), "keepalived and lvs"},
		{"interface", s.Interface != "", hasVirtualIP(kind), "keepalived, lvs and kube-vip"},
	} {
		if f.set && !f.fits {
			r.error(balancerField.Key(f.key), f.key+" is a setting of "+f.kinds+", and the load balancer is "+kind, "remove it, or write another kind")
		}
	}
}

func routerID(r *report, id int) int {
	switch {
	case id == 0:
		return defaultRouterID
	case id < 1 || id > maxRouterID:
		r.error(balancerField.Key("virtualRouterID"), fmt.Sprintf("%d is no VRRP id", id), "write a number from 1 to 255 that no other cluster in the nodes' network has")
	}
	return id
}

// checkBalancers holds the nodes of the load balancer to what its kind can do.
func checkBalancers(r *report, c Cluster) {
	kind, dedicated := c.LoadBalancer.Kind, withRole(c.Nodes, RoleLoadBalancer)
	for _, n := range dedicated {
		field := diag.Path(n.Field).Key("roles")
		switch {
		case !hasOwnNodes(kind):
			r.error(field, "the role load-balancer has nothing to run: the load balancer is "+kind,
				"remove the role, or write loadBalancer.kind: haproxy, keepalived or lvs")
		case kind == LVS && n.Has(RoleControlPlane):
			r.error(field, "a node of the control plane cannot be a director of lvs: as one of its own real servers it would send connections back to the other director",
				"give the role load-balancer to other nodes, or write loadBalancer.kind: keepalived")
		}
	}
	balancers := c.Balancers()
	switch {
	case kind == KubeVIP && c.Version.Before(14):
		r.error(balancerField.Key("kind"), "kube-vip holds a Lease, and Kubernetes "+c.Version.Series()+" has none", "write kind: keepalived")
	case kind == LVS && len(dedicated) == 0:
		r.error(balancerField.Key("kind"), "lvs has no director: no node has the role load-balancer, and one that is a real server too would send connections round in circles",
			"give two nodes outside the control plane the role load-balancer, or write kind: keepalived")
	case len(balancers) == 1 && len(withRole(c.Nodes, RoleControlPlane)) > 1:
		r.warning(diag.Path(balancers[0].Field).Key("roles"), balancers[0].Name+" is the one load balancer, and the API goes with it",
			"give a second node the role load-balancer")
	}
}
