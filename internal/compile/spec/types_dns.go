package spec

// DNS holds the settings of the cluster's DNS.
type DNS struct {
	// Kind is CoreDNS or kube-dns. The default is CoreDNS, and kube-dns before Kubernetes 1.11.
	Kind string `json:"kind,omitempty" jsonschema:"enum=CoreDNS,enum=kube-dns" example:"CoreDNS"`
	// Preset large is for a thousand nodes: 6 replicas, requests of 70m and 70Mi, limits of 100m and 512Mi, a cache of
	// 10000 records and 1000 concurrent queries. What is given beside it wins.
	Preset string `json:"preset,omitempty" jsonschema:"enum=default,enum=large,default=default" example:"large"`
	// Replicas of the DNS server; with an autoscaler, the fewest that there are. The default is 2, and 6 with the preset large.
	Replicas int `json:"replicas,omitempty" jsonschema:"minimum=1,maximum=1000" example:"2"`
	// Resources of a replica: with kube-dns, of its container kubedns and of dnsmasq each. The default is requests of 100m
	// and 70Mi (150m and 20Mi for dnsmasq) and a limit of 170Mi (none for dnsmasq).
	Resources Resources `json:"resources,omitzero" example:"{limits: {memory: 512Mi}}"`
	// CacheSize is how many answers a replica remembers: CoreDNS 1024 or more, in steps of 256, and as many negative ones;
	// kube-dns at most 10000. The default is that of CoreDNS, 9984, and 1000 with kube-dns; the preset large has 10000.
	CacheSize int `json:"cacheSize,omitempty" jsonschema:"minimum=1,maximum=10000000" example:"10000"`
	// MaxConcurrent is how many queries a replica has open with the servers that it forwards to.
	MaxConcurrent int `json:"maxConcurrent,omitempty" jsonschema:"minimum=1,maximum=1000000,default=1000" example:"1000"`
	// Autoscaler changes the number of replicas with the size of the cluster. The default is none.
	Autoscaler *DNSAutoscaler `json:"autoscaler,omitempty" example:"{min: 4}"`
	// NodeLocalCache runs a cache on every node, which asks the replicas over TCP. The default is none.
	NodeLocalCache *NodeLocalCache `json:"nodeLocalCache,omitempty" example:"{address: 169.254.20.10}"`
}

// Resources are those of a container, as Kubernetes quantities.
type Resources struct {
	// Requests are what a node must have left. The default is that of the container.
	Requests Quantities `json:"requests,omitzero" example:"{cpu: 100m, memory: 70Mi}"`
	// Limits are what the container may use. The default is that of the container.
	Limits Quantities `json:"limits,omitzero" example:"{memory: 170Mi}"`
}

// Quantities of CPU and memory.
type Quantities struct {
	// CPU in cores, or in thousandths of one. The default is that of the container.
	CPU string `json:"cpu,omitempty" jsonschema:"pattern=^[0-9.]+m?$" example:"100m"`
	// Memory in bytes. The default is that of the container.
	Memory string `json:"memory,omitempty" jsonschema:"pattern=^[0-9.]+([KMGT]i?|k)?$" example:"512Mi"`
}

// DNSAutoscaler keeps so many replicas that each has at most coresPerReplica cores and nodesPerReplica nodes to serve, and at
// least two where there are two nodes.
type DNSAutoscaler struct {
	// CoresPerReplica decides where nodes are large.
	CoresPerReplica int `json:"coresPerReplica,omitempty" jsonschema:"minimum=1,maximum=1000000,default=256" example:"256"`
	// NodesPerReplica decides where nodes are small.
	NodesPerReplica int `json:"nodesPerReplica,omitempty" jsonschema:"minimum=1,maximum=1000000,default=16" example:"16"`
	// Min is the fewest replicas. The default is dns.replicas.
	Min int `json:"min,omitempty" jsonschema:"minimum=1,maximum=1000" example:"4"`
	// Max is the most replicas. The default is no limit.
	Max int `json:"max,omitempty" jsonschema:"minimum=1,maximum=1000" example:"40"`
}

// NodeLocalCache is NodeLocal DNSCache.
type NodeLocalCache struct {
	// Address that the cache has on every node, of the cluster's primary family and outside all of its networks. The
	// default is 169.254.20.10, and fd00:10:53::10 where the primary family is IPv6.
	Address string `json:"address,omitempty" example:"169.254.20.10"`
}
