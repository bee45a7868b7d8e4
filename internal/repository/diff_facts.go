package repository

import (
	"net/netip"
	"strconv"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/change/rollout"
	"github.com/harender/harender/internal/change/upgrade"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/plan"
)

// facts are what the spec says to who plans the rollout.
func facts(p plan.Plan, fleet diff.Fleet) rollout.Facts {
	c := p.Cluster
	out := rollout.Facts{
		Fleet: fleet, Addresses: map[string]netip.Addr{}, Version: c.Version, Port: c.APIServer.Port, Endpoint: endpointURL(c),
		KubeletPackage: c.KubeletPackage,
	}
	if c.LoadBalancer.Kind == cluster.NodeLocal {
		out.Endpoint = "https://localhost:" + strconv.Itoa(c.Endpoint.Port) // What a node itself asks, and each has.
	}
	for _, n := range p.Nodes {
		out.Addresses[n.Cluster.Name] = n.Cluster.Address()
	}
	return out
}

// asking adds what the step between versions asks for.
func asking(f rollout.Facts, asked []upgrade.Notice) rollout.Facts {
	for _, n := range asked {
		if n.Barred {
			f.Barred = append(f.Barred, rollout.Refusal{Summary: n.Summary, Detail: n.Detail, Hint: n.Hint})
		}
		if n.AtLeast != "" {
			f.EtcdAtLeast = n.AtLeast
		}
	}
	return f
}
