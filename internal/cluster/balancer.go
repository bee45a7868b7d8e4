package cluster

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/spec"
)

const (
	balancerField = diag.Path("spec.loadBalancer")
	endpointField = diag.Path("spec.endpoint")
)

// Defaults of the load balancer.
const (
	defaultRouterID     = 51
	defaultInterface    = "eth0"
	defaultBalancerPort = 8443
)

// balancer resolves the load balancer and the endpoint, which depend on each other.
func balancer(r *report, s spec.Spec, c Cluster, sound bool) (LoadBalancer, Endpoint) {
	host, notAddr := netip.ParseAddr(s.Endpoint.Host)
	kind := oneOf(r, balancerField.Key("kind"), s.LoadBalancer.Kind, defaultKind(s, host, c.Networks, sound), Keepalived, NodeLocal, External)
	lb := LoadBalancer{Kind: kind}
	checkForeignFields(r, kind, s.LoadBalancer)
	checkHost(r, s.Endpoint.Host, kind, c, sound)
	if kind == Keepalived {
		lb.VirtualRouterID = routerID(r, s.LoadBalancer.VirtualRouterID)
		lb.VirtualIP = virtualIP(r, s, host, notAddr == nil)
		if what, _ := unusable(lb.VirtualIP); sound && lb.VirtualIP.IsValid() && what == "" {
			checkVirtualIP(r, virtualIPField(s), lb.VirtualIP, c)
		}
	}
	fallback := defaultBalancerPort
	if kind == External {
		fallback = defaultAPIServerPort
	}
	return lb, Endpoint{Host: s.Endpoint.Host, Port: port(r, endpointField.Key("port"), s.Endpoint.Port, fallback)}
}

// defaultKind is keepalived where there is an address that it could move. Where the networks are unsound, it guesses.
func defaultKind(s spec.Spec, host netip.Addr, nets Networks, sound bool) string {
	_, local := blockOf(host, nets.Nodes)
	if s.LoadBalancer.VirtualIP != "" || local || !sound && host.IsValid() {
		return Keepalived
	}
	return External
}

// checkForeignFields refuses settings that the kind has no use for.
func checkForeignFields(r *report, kind string, s spec.LoadBalancer) {
	if kind == Keepalived {
		return
	}
	for _, f := range []struct {
		key string
		set bool
	}{{"virtualIP", s.VirtualIP != ""}, {"virtualRouterID", s.VirtualRouterID != 0}, {"interface", s.Interface != ""}} {
		if f.set {
			r.error(balancerField.Key(f.key), f.key+" is a setting of keepalived, and the load balancer is "+kind, "remove it, or write kind: keepalived")
		}
	}
}

func routerID(r *report, id int) int {
	switch {
	case id == 0:
		return defaultRouterID
	case id < 1 || id > 255:
		r.error(balancerField.Key("virtualRouterID"), fmt.Sprintf("%d is no VRRP id", id), "write a number from 1 to 255 that no other cluster in the nodes' network has")
	}
	return id
}

// checkHost wants a name or an address that clients can reach. Behind nodeLocal every node has its own way to the
// apiservers, and the host is for clients elsewhere.
func checkHost(r *report, host, kind string, c Cluster, sound bool) {
	field := endpointField.Key("host")
	a, err := netip.ParseAddr(host)
	switch {
	case host == "":
		r.error(field, "the endpoint has no host", "write the DNS name or the IP address at which clients reach the apiservers")
	case err != nil && !validHost(host):
		r.error(field, diag.Quote(host)+" is neither a DNS name nor an IP address", hostHint(host))
	case err != nil:
	case kind == NodeLocal && a.IsLoopback():
	default:
		checkHostAddress(r, field, a, kind, c, sound)
	}
}

func hostHint(host string) string {
	switch {
	case strings.Contains(host, "://"):
		return "write the host alone, without the scheme"
	case strings.HasPrefix(host, "["):
		return "write the address alone, without brackets; the port goes to spec.endpoint.port"
	case strings.Contains(host, ":"):
		return "write the host alone; the port goes to spec.endpoint.port"
	}
	return "write a name in lower case, such as api.example.org, or an address"
}

func checkHostAddress(r *report, field diag.Path, a netip.Addr, kind string, c Cluster, sound bool) {
	if what, hint := unusable(a); what != "" {
		r.error(field, a.String()+" is "+what, cmp.Or(hint, "write the address at which clients reach the apiservers"))
		return
	}
	if where := inside(a, c.Networks); sound && where != "" {
		r.error(field, a.String()+" lies in "+where, "choose an address outside the networks of pods and services")
	}
	owner := ownerOf(a, c.Nodes)
	if kind == External && owner != "" && len(withRole(c.Nodes, RoleControlPlane)) > 1 {
		r.warning(field, a.String()+" is the address of the node "+owner+" alone, and the API goes with it",
			"write the address of a load balancer, or an address that no node has, which keepalived then moves between the nodes")
	}
}

// ownerOf is the node that has the address.
func ownerOf(a netip.Addr, nodes []Node) string {
	for _, n := range nodes {
		if slices.Contains(n.Addresses, a) || n.Public == a {
			return n.Name
		}
	}
	return ""
}

// virtualIP is the address that keepalived moves: the one given, or else the endpoint's.
func virtualIP(r *report, s spec.Spec, host netip.Addr, hostIsAddr bool) netip.Addr {
	field := virtualIPField(s)
	switch given := s.LoadBalancer.VirtualIP; {
	case given != "":
		vip := parseAddr(r, field, given)
		if hostIsAddr && vip.IsValid() && vip != host {
			r.error(field, "virtualIP is "+given+" and the endpoint's host is "+host.String(), "remove virtualIP, or write the same address or a DNS name as the host")
		}
		return vip
	case !hostIsAddr && s.Endpoint.Host != "":
		r.error(balancerField.Key("virtualIP"), "keepalived has no address to move", "write virtualIP: an address of the nodes' network that no node has")
	}
	return host
}

// virtualIPField is where the user wrote the address.
func virtualIPField(s spec.Spec) diag.Path {
	if s.LoadBalancer.VirtualIP != "" {
		return balancerField.Key("virtualIP")
	}
	return endpointField.Key("host")
}

func checkVirtualIP(r *report, field diag.Path, vip netip.Addr, c Cluster) {
	primary := familyOf(c.Networks.Pods[0].Addr())
	where := inside(vip, c.Networks)
	switch owner := ownerOf(vip, c.Nodes); {
	case owner != "":
		r.error(field, "the virtual IP "+vip.String()+" is the address of the node "+owner,
			"choose an address of the nodes' network that no host has; without a virtual IP, write loadBalancer.kind: external")
	case familyOf(vip) != primary:
		r.error(field, "the virtual IP "+vip.String()+" is an "+familyOf(vip).String()+" address, and the cluster's primary family is "+primary.String(),
			"choose an "+primary.String()+" address")
	case where != "" && field != endpointField.Key("host"):
		r.error(field, "the virtual IP "+vip.String()+" lies in "+where, "choose an address of the nodes' network")
	case where == "":
		checkHostAddr(r, field, vip, c.Networks)
	}
}
