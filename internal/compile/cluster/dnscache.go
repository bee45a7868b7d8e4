package cluster

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/harender/harender/internal/diag"
)

// LocalCache is a DNS cache on every node.
type LocalCache struct {
	Address netip.Addr
	// Intercepts: the cache has the address of the DNS Service too, and pods need not know of it. kube-proxy's rules for that
	// address win over the cache in its other modes than iptables.
	Intercepts bool
}

const localCacheField = dnsField + ".nodeLocalCache.address"

// localCache is called for a spec that asks for one.
func localCache(r *report, text string, c Cluster, sound bool) LocalCache {
	out := LocalCache{Intercepts: c.ProxyMode == "iptables"}
	if !sound {
		return out
	}
	primary := familyOf(c.Networks.Nodes[0].Addr())
	usual := netip.MustParseAddr("169.254.20.10")
	if primary == 6 {
		usual = netip.MustParseAddr("fd00:10:53::10")
	}
	out.Address = usual
	if text == "" {
		checkLocalAddress(r, usual, c.Networks)
		return out
	}
	a, err := netip.ParseAddr(text)
	what, _ := unusable(a)
	switch {
	case err != nil:
		r.error(localCacheField, diag.Quote(text)+" is no IP address", "write it like "+usual.String())
	case what != "" && (a.Is6() || !a.IsLinkLocalUnicast()):
		r.error(localCacheField, text+" is "+what, "write an address that only the node itself has, such as "+usual.String())
	case familyOf(a) != primary:
		r.error(localCacheField, text+" is an "+familyOf(a).String()+" address, and the cluster's primary family is "+primary.String(),
			"write an "+primary.String()+" address, such as "+usual.String())
	default:
		checkLocalAddress(r, a, c.Networks)
		out.Address = a
	}
	return out
}

// checkLocalAddress wants an address that nothing else has.
func checkLocalAddress(r *report, a netip.Addr, n Networks) {
	where := inside(a, n)
	if b, ok := blockOf(a, n.Nodes); ok {
		where = "the network of the nodes " + b.String()
	}
	if b, ok := blockOf(a, cloudBlocks()); ok {
		where = b.String() + ", where clouds have their metadata, DNS and time"
	}
	if where != "" {
		r.error(localCacheField, a.String()+" is in "+where, "write an address that is in no network of the cluster, and of no cloud")
	}
}

func cloudBlocks() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("169.254.169.0/24"), netip.MustParsePrefix("fd00:ec2::/32")}
}

// checkDNSPorts: the cache shares the network of its node. Beside DNS these are its health and its metrics.
func checkDNSPorts(r *report, c Cluster) {
	if !c.DNS.LocalCache.Address.IsValid() {
		return
	}
	check := func(field diag.Path, port int) {
		if slices.Contains([]int{53, 8080, 9253, 9353}, port) {
			r.error(field, fmt.Sprintf("port %d of the nodes belongs to the node-local DNS cache", port), fmt.Sprintf("write another port, such as %d", freePort(c)))
		}
	}
	check("spec.apiServer.port", c.APIServer.Port)
	if c.LoadBalancer.Kind != External {
		check(endpointField.Key("port"), c.Endpoint.Port)
	}
}
