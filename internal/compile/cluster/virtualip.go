package cluster

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// virtualIP is the address that moves between the balancer's nodes: the one given, or else the endpoint's.
func virtualIP(r *report, s spec.Spec, kind string, host netip.Addr, hostIsAddr bool) netip.Addr {
	field := virtualIPField(s)
	switch given := firstVirtualIP(s, host); {
	case given != "":
		vip := parseAddr(r, field, given)
		if hostIsAddr && vip.IsValid() && vip != host {
			r.error(field, "virtualIP is "+given+" and the endpoint's host is "+host.String(), "remove virtualIP, or write the same address or a DNS name as the host")
		}
		return vip
	case !hostIsAddr && s.Endpoint.Host != "":
		r.error(balancerField.Key("virtualIP"), kind+" has no address to move", "write virtualIP: an address of the nodes' network that no node has")
	}
	return host
}

// firstVirtualIP is the one that is written, or of two the one that the endpoint names.
func firstVirtualIP(s spec.Spec, host netip.Addr) string {
	texts := virtualIPTexts(s)
	for _, text := range texts[1:] {
		if a, err := netip.ParseAddr(text); err == nil && a == host {
			return text
		}
	}
	return texts[0]
}

// virtualIPTexts are the addresses as they are written, with commas between them; one at least, which may be empty.
func virtualIPTexts(s spec.Spec) []string {
	texts := strings.Split(s.LoadBalancer.VirtualIP, ",")
	for i, text := range texts {
		texts[i] = strings.TrimSpace(text)
	}
	return texts
}

// virtualIPs fills in one address for each family that is given. Kinds other than keepalived move one. first is the chosen
// text as an address.
func virtualIPs(r *report, s spec.Spec, lb LoadBalancer, chosen string, first netip.Addr, c Cluster, sound bool) LoadBalancer {
	lb.VirtualIP = first
	texts := virtualIPTexts(s)
	field := virtualIPField(s)
	if len(texts) == 1 {
		return lb
	}
	if lb.Kind != Keepalived || len(texts) > 2 {
		r.error(field, lb.Kind+" moves one virtual IP, of the cluster's primary family, and here are "+strconv.Itoa(len(texts)),
			"write one address; kind: keepalived moves two, one a family")
		return lb
	}
	other := texts[0]
	if other == chosen {
		other = texts[1]
	}
	second := parseAddr(r, field, other)
	switch {
	case !first.IsValid() || !second.IsValid() || !sound:
		return lb
	case familyOf(first) == familyOf(second):
		r.error(field, "both virtual IPs are "+familyOf(first).String()+" addresses", "write one address, or one a family")
		return lb
	case familyOf(second) == familyOf(c.Networks.Pods[0].Addr()):
		first, second = second, first
	}
	lb.VirtualIP, lb.Secondary = first, second
	checkSecondary(r, field, lb, c)
	return lb
}

// checkSecondary wants a cluster of both families, in which every node has an address of either, and an id.
func checkSecondary(r *report, field diag.Path, lb LoadBalancer, c Cluster) {
	if lb.VirtualRouterID == maxRouterID {
		r.error(balancerField.Key("virtualRouterID"), "the second virtual IP has the next VRRP id, and there is none after "+strconv.Itoa(maxRouterID),
			"write a number from 1 to 254 that, with the next one, no other cluster in the nodes' network has")
	}
	switch owner, where := ownerOf(lb.Secondary, c.Nodes), inside(lb.Secondary, c.Networks); {
	case len(familiesOf(c.Networks.Pods)) < 2:
		r.error(field, "two virtual IPs are for clusters with both families, and this one has "+familyOf(lb.VirtualIP).String(),
			"write "+lb.VirtualIP.String()+" alone, or give spec.networks.pods and services a block of each family")
	case owner != "":
		r.error(field, "the virtual IP "+lb.Secondary.String()+" is the address of the node "+owner, "choose an address of the nodes' network that no host has")
	case where != "":
		r.error(field, "the virtual IP "+lb.Secondary.String()+" lies in "+where, "choose an address of the nodes' network")
	default:
		checkHostAddr(r, field, lb.Secondary, c.Networks)
	}
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
