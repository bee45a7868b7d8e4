package cluster

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
)

const endpointField = diag.Path("spec.endpoint")

// checkHost wants a name or an address that clients can reach. Behind nodeLocal every node has its own way to the
// apiservers, and the host is for clients elsewhere.
func checkHost(r *report, host string, c Cluster, sound bool) {
	field := endpointField.Key("host")
	a, err := netip.ParseAddr(host)
	switch {
	case host == "":
		r.error(field, "the endpoint has no host", "write the DNS name or the IP address at which clients reach the apiservers")
	case err != nil && !validHost(host):
		r.error(field, diag.Quote(host)+" is neither a DNS name nor an IP address", hostHint(host))
	case err != nil:
	case c.LoadBalancer.Kind == NodeLocal && a.IsLoopback():
	default:
		checkHostAddress(r, field, a, c, sound)
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

func checkHostAddress(r *report, field diag.Path, a netip.Addr, c Cluster, sound bool) {
	if what, hint := unusable(a); what != "" {
		r.error(field, a.String()+" is "+what, cmp.Or(hint, "write the address at which clients reach the apiservers"))
		return
	}
	if where := inside(a, c.Networks); sound && where != "" {
		r.error(field, a.String()+" lies in "+where, "choose an address outside the networks of pods and services")
	}
	kind, owner := c.LoadBalancer.Kind, ownerOf(a, c.Nodes)
	alone := owner != "" && len(withRole(c.Nodes, RoleControlPlane)) > 1
	switch {
	case kind == HAProxy && ownerOf(a, c.Balancers()) == "":
		r.error(field, a.String()+" is the address of no node that runs haproxy", "write a DNS name of these nodes, or kind: keepalived for an address that moves between them")
	case kind == HAProxy && alone:
		r.warning(field, a.String()+" is the address of the load balancer "+owner+" alone, and the API goes with it",
			"write a DNS name of all load balancers, or kind: keepalived for an address that moves between them")
	case (kind == External || kind == Cloud) && alone:
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
