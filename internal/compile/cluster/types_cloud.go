package cluster

import (
	"net/netip"
	"time"
)

// LeaderElection holds the durations of the spec; zero: what the component does by itself.
type LeaderElection struct{ LeaseDuration, RenewDeadline, RetryPeriod time.Duration }

// IPVS holds the settings of kube-proxy's mode ipvs; zero: what kube-proxy does by itself.
type IPVS struct {
	Scheduler                             string
	StrictARP                             bool
	ExcludeCIDRs                          []netip.Prefix
	SyncPeriod, MinSyncPeriod             time.Duration
	TCPTimeout, TCPFinTimeout, UDPTimeout time.Duration
}

// Kinds of cloud provider.
const (
	NoCloud       = "none"
	ExternalCloud = "external"
	InTreeCloud   = "inTree"
)

// CloudProvider is a cloud that runs the nodes.
type CloudProvider struct {
	Kind string
	Name string
	// Config is the text of a configuration file, ConfigFile the path on the node of one that is there already; at most one of them.
	Config, ConfigFile string
}

// Autoscaler is cluster-autoscaler, and there where CloudProvider is.
type Autoscaler struct {
	CloudProvider string
	NodeGroups    []NodeGroup
	AutoDiscovery []string
	Expander      string
	Replicas      int
	// Image replaces the version's own, where it is given.
	Image string
	// ConfigSecret is a Secret with the provider's configuration at ConfigKey; empty: none.
	ConfigSecret, ConfigKey string
	Env                     map[string]string
	EnvSecret               string
	Args                    map[string][]string
}

// NodeGroup is a group of nodes that the cloud makes and deletes.
type NodeGroup struct {
	Name     string
	Min, Max int
}
