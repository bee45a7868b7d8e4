package cluster

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/harender/harender/internal/diag"
)

// Collision is something that two clusters both have, and only one of them can use.
type Collision struct {
	Severity diag.Severity
	// Summary tells what it is; Own and Other are its fields in the two specs.
	Summary, Hint string
	Own, Other    diag.Path
}

// Collide finds what own and other both claim: a virtual IP, wherever they are; a VRRP id in one network of nodes; and, as a
// warning, addresses of nodes.
func Collide(own, other Cluster) []Collision {
	out := collidingAddresses(own, other)
	a, b := own.LoadBalancer, other.LoadBalancer
	if id, both := sharedRouterID(a, b); both && oneNetwork(own, other) {
		const field = balancerField + ".virtualRouterID"
		out = append(out, Collision{
			Summary: fmt.Sprintf("the VRRP id %d is that of the cluster %s in the same network", id, other.Name),
			Hint:    "write another loadBalancer.virtualRouterID in one of the two, from 1 to 255", Own: field, Other: field,
		})
	}
	return out
}

// sharedRouterID is an id that both have. A second virtual IP has the next one.
func sharedRouterID(a, b LoadBalancer) (int, bool) {
	if a.VirtualRouterID == 0 || b.VirtualRouterID == 0 {
		return 0, false
	}
	for i := range a.VirtualIPs() {
		for j := range b.VirtualIPs() {
			if a.VirtualRouterID+i == b.VirtualRouterID+j {
				return a.VirtualRouterID + i, true
			}
		}
	}
	return 0, false
}

// claim is who has an address.
type claim struct {
	field   diag.Path
	what    string
	virtual bool
}

func claims(c Cluster) map[netip.Addr]claim {
	out := map[netip.Addr]claim{}
	for _, n := range c.Nodes {
		for i, a := range n.Addresses {
			out[a] = claim{diag.Path(n.Field).Key([]string{"address", "secondaryAddress"}[i]), "the address of the node " + n.Name, false}
		}
	}
	for _, vip := range c.LoadBalancer.VirtualIPs() {
		field := balancerField.Key("virtualIP")
		if c.Endpoint.Host == vip.String() {
			field = endpointField.Key("host")
		}
		out[vip] = claim{field, "the virtual IP", true}
	}
	return out
}

// collidingAddresses are those of virtual IPs one by one, and the first of the nodes with the number of the others.
func collidingAddresses(own, other Cluster) []Collision {
	mine, theirs := claims(own), claims(other)
	var out []Collision
	var nodes []netip.Addr
	for a, claimed := range mine {
		also, both := theirs[a]
		switch {
		case !both:
		case claimed.virtual || also.virtual:
			out = append(out, Collision{
				Summary: claimed.what + ", " + a.String() + ", is " + also.what + " of the cluster " + other.Name,
				Hint:    "give one of the two clusters another address; clusters in separate networks that repeat addresses belong in separate git repositories",
				Own:     claimed.field, Other: also.field,
			})
		default:
			nodes = append(nodes, a)
		}
	}
	slices.SortFunc(out, func(a, b Collision) int { return cmp.Compare(a.Own, b.Own) })
	if len(nodes) == 0 {
		return out
	}
	a := slices.MinFunc(nodes, func(a, b netip.Addr) int { return cmp.Compare(mine[a].field, mine[b].field) })
	more := ""
	if len(nodes) > 1 {
		more = fmt.Sprintf(", and %d more of its addresses are here", len(nodes)-1)
	}
	return append(out, Collision{
		Severity: diag.Warning,
		Summary:  mine[a].what + ", " + a.String() + ", is " + theirs[a].what + " of the cluster " + other.Name + more,
		Hint:     "give every machine to one cluster", Own: mine[a].field, Other: theirs[a].field,
	})
}

func oneNetwork(a, b Cluster) bool {
	return slices.ContainsFunc(a.Networks.Nodes, func(p netip.Prefix) bool {
		return slices.ContainsFunc(b.Networks.Nodes, p.Overlaps)
	})
}
