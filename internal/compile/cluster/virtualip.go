package cluster

import (
	"net/netip"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// virtualIP is the address that moves between the balancer's nodes: the one given, or else the endpoint's.
func virtualIP(r *report, s spec.Spec, kind string, host netip.Addr, hostIsAddr bool) netip.Addr {
	field := virtualIPField(s)
	switch given := s.LoadBalancer.VirtualIP; {
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
