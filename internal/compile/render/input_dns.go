package render

import (
	"maps"
	"strings"

	"github.com/harender/harender/internal/compile/cluster"
)

type dnsInput struct {
	// Target is the Deployment, as the autoscaler names it.
	Target string `json:"target"`
	// Servers are the addresses that pods ask.
	Servers []string `json:"servers"`
	// Replicas and CacheSize are left out where the autoscaler or the server itself has the number.
	Replicas      int               `json:"replicas,omitempty"`
	Requests      map[string]string `json:"requests"`
	Limits        map[string]string `json:"limits"`
	CacheSize     int               `json:"cacheSize,omitempty"`
	MaxConcurrent int               `json:"maxConcurrent"`
	// Autoscaler holds the parameters as the autoscaler reads them.
	Autoscaler *dnsAutoscalerInput `json:"autoscaler,omitempty"`
	// LocalCache are the addresses that the cache on each node has, its own first; none where there is no cache.
	LocalCache []string `json:"localCache"`
}

type dnsAutoscalerInput struct {
	CoresPerReplica int `json:"coresPerReplica"`
	NodesPerReplica int `json:"nodesPerReplica"`
	Min             int `json:"min"`
	Max             int `json:"max,omitempty"`
}

func newDNSInput(d cluster.DNS, net netInput) dnsInput {
	in := dnsInput{
		Target: "deployment/" + strings.ToLower(d.Kind), Servers: net.DNS, Replicas: d.Replicas,
		Requests: quantities(d.Resources.Requests), Limits: quantities(d.Resources.Limits),
		CacheSize: d.CacheSize, MaxConcurrent: d.MaxConcurrent, LocalCache: []string{},
	}
	if a := d.Autoscaler; a.Min > 0 {
		in.Autoscaler = &dnsAutoscalerInput{CoresPerReplica: a.CoresPerReplica, NodesPerReplica: a.NodesPerReplica, Min: a.Min, Max: a.Max}
	}
	if l := d.LocalCache; l.Address.IsValid() {
		in.LocalCache = []string{l.Address.String()}
		if l.Intercepts {
			in.LocalCache = append(in.LocalCache, net.DNS[0])
		} else {
			in.Servers = in.LocalCache
		}
	}
	return in
}

func quantities(q cluster.Quantities) map[string]string {
	out := map[string]string{"cpu": q.CPU, "memory": q.Memory}
	maps.DeleteFunc(out, func(_, v string) bool { return v == "" })
	return out
}
