package spec

// LeaderElection holds durations, such as 15s. leaseDuration is longer than renewDeadline, and renewDeadline longer than 1.2 times
// retryPeriod.
type LeaderElection struct {
	// LeaseDuration is how long the others wait for a leader that is silent. The default is that of the components, 15s.
	LeaseDuration string `json:"leaseDuration,omitempty" jsonschema:"pattern=^([0-9]+([.][0-9]+)?(h|m|s|ms))+$" example:"15s"`
	// RenewDeadline is after how long a leader that cannot renew its lease gives up. The default is that of the components, 10s.
	RenewDeadline string `json:"renewDeadline,omitempty" jsonschema:"pattern=^([0-9]+([.][0-9]+)?(h|m|s|ms))+$" example:"10s"`
	// RetryPeriod is the pause between two tries. The default is that of the components, 2s.
	RetryPeriod string `json:"retryPeriod,omitempty" jsonschema:"pattern=^([0-9]+([.][0-9]+)?(h|m|s|ms))+$" example:"2s"`
}

// KubeProxy holds the settings of kube-proxy.
type KubeProxy struct {
	// Mode in which kube-proxy handles services, or none where the pod network does that. The default is nftables from
	// Kubernetes 1.33 on, and iptables before.
	Mode string `json:"mode,omitempty" jsonschema:"enum=nftables,enum=iptables,enum=ipvs,enum=none" example:"nftables"`
	// RunAs is staticPod (a file of each node, with a certificate of its own) or daemonSet (an object of the cluster).
	RunAs string `json:"runAs,omitempty" jsonschema:"enum=staticPod,enum=daemonSet,default=staticPod" example:"daemonSet"`
	// IPVS holds the settings of the mode ipvs.
	IPVS IPVS `json:"ipvs,omitzero" example:"{scheduler: lc}"`
}

// IPVS holds the settings of kube-proxy's mode ipvs.
type IPVS struct {
	// Scheduler of connections, a module ip_vs_NAME of the kernel. The default is that of kube-proxy, rr.
	Scheduler string `json:"scheduler,omitempty" jsonschema:"enum=rr,enum=wrr,enum=lc,enum=wlc,enum=lblc,enum=lblcr,enum=sh,enum=dh,enum=sed,enum=nq,enum=mh,enum=fo,enum=ovf" example:"lc"`
	// StrictARP keeps nodes from answering ARP for addresses of Services, as MetalLB and kube-vip need it.
	StrictARP bool `json:"strictARP,omitempty" jsonschema:"default=false" example:"true"`
	// ExcludeCIDRs are blocks whose virtual servers kube-proxy leaves alone. The default is none.
	ExcludeCIDRs []string `json:"excludeCIDRs,omitempty" example:"[10.0.0.10/32]"`
	// SyncPeriod is how often all rules are written again. The default is that of kube-proxy, 30s.
	SyncPeriod string `json:"syncPeriod,omitempty" jsonschema:"pattern=^([0-9]+([.][0-9]+)?(h|m|s|ms))+$" example:"30s"`
	// MinSyncPeriod is the shortest time between two changes of the rules. The default is that of kube-proxy: no limit.
	MinSyncPeriod string `json:"minSyncPeriod,omitempty" jsonschema:"pattern=^([0-9]+([.][0-9]+)?(h|m|s|ms))+$" example:"1s"`
	// TCPTimeout of idle connections. The default is the kernel's, 15m.
	TCPTimeout string `json:"tcpTimeout,omitempty" jsonschema:"pattern=^([0-9]+([.][0-9]+)?(h|m|s|ms))+$" example:"15m"`
	// TCPFinTimeout of connections after a FIN. The default is the kernel's, 2m.
	TCPFinTimeout string `json:"tcpFinTimeout,omitempty" jsonschema:"pattern=^([0-9]+([.][0-9]+)?(h|m|s|ms))+$" example:"2m"`
	// UDPTimeout of UDP. The default is the kernel's, 5m.
	UDPTimeout string `json:"udpTimeout,omitempty" jsonschema:"pattern=^([0-9]+([.][0-9]+)?(h|m|s|ms))+$" example:"5m"`
}

// CloudProvider says whose machines the nodes are.
type CloudProvider struct {
	// Kind is none, external (the provider's own cloud controller manager, which the user installs) or inTree (a part of
	// Kubernetes, in the versions that had it).
	Kind string `json:"kind,omitempty" jsonschema:"enum=none,enum=external,enum=inTree,default=none" example:"external"`
	// Name of the provider, required of inTree: aws, azure, cloudstack, gce, openstack, ovirt, photon or vsphere. With external it
	// is for the reader.
	Name string `json:"name,omitempty" jsonschema:"pattern=^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" example:"aws"`
	// Config is the text of the configuration file of inTree, without secrets: it stands in the clear in the repository. The default is none.
	Config string `json:"config,omitempty" example:"[Global]\nzone = eu-central-1a\n"`
	// ConfigFile is the path on the control plane nodes and kubelets' hosts of a configuration file of inTree that gets there by other
	// means, since it holds secrets. The default is none.
	ConfigFile string `json:"configFile,omitempty" jsonschema:"pattern=^/" example:"/etc/kubernetes/cloud.conf"`
}

// ClusterAutoscaler adds and removes nodes of a cloud as pods need them.
type ClusterAutoscaler struct {
	// CloudProvider is cluster-autoscaler's name of the provider, such as aws, azure, gce or clusterapi.
	CloudProvider string `json:"cloudProvider" jsonschema:"pattern=^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" example:"aws"`
	// NodeGroups may grow and shrink. The default is none; then autoDiscovery finds them.
	NodeGroups []NodeGroup `json:"nodeGroups,omitempty" example:"[{name: workers, min: 1, max: 10}]"`
	// AutoDiscovery has a rule each by which node groups are found. The default is none; then nodeGroups names them.
	AutoDiscovery []string `json:"autoDiscovery,omitempty" example:"[\"asg:tag=k8s.io/cluster-autoscaler/enabled,k8s.io/cluster-autoscaler/prod\"]"`
	// Expander chooses among node groups; several, with commas between, act one after the other.
	Expander string `json:"expander,omitempty" jsonschema:"default=least-waste" example:"least-waste"`
	// Replicas of which one acts. The default is 2, and 1 with one control plane node.
	Replicas int `json:"replicas,omitempty" jsonschema:"minimum=1,maximum=10" example:"2"`
	// Image of another build than the version's own.
	Image string `json:"image,omitempty" example:"registry.example.org/cluster-autoscaler:v1.36.1"`
	// CloudConfig is a Secret with the provider's configuration file. The default is none.
	CloudConfig CloudConfig `json:"cloudConfig,omitzero" example:"{secret: cluster-autoscaler-cloud-config}"`
	// Env are variables that hold no secret, such as AWS_REGION. The default is none.
	Env map[string]string `json:"env,omitempty" example:"{AWS_REGION: eu-central-1}"`
	// EnvSecret is a Secret in kube-system whose keys become variables, for the provider's credentials. The default is none.
	EnvSecret string `json:"envSecret,omitempty" jsonschema:"maxLength=253" example:"cluster-autoscaler-credentials"`
	// ExtraArgs are flags by name. The default is none.
	ExtraArgs map[string]Arg `json:"extraArgs,omitempty" example:"{scale-down-unneeded-time: 20m}"`
}

// NodeGroup is a group of equal nodes that the cloud makes and deletes.
type NodeGroup struct {
	// Name by which the provider knows the group, such as that of the Auto Scaling group.
	Name string `json:"name" jsonschema:"minLength=1" example:"workers"`
	// Min is the number of nodes that stay. The default is 0.
	Min *int `json:"min,omitempty" jsonschema:"minimum=0" example:"1"`
	// Max is the number of nodes that there may be.
	Max int `json:"max" jsonschema:"minimum=1" example:"10"`
}

// CloudConfig is a key of a Secret in kube-system, which harender does not make.
type CloudConfig struct {
	// Secret by name.
	Secret string `json:"secret" jsonschema:"maxLength=253" example:"cluster-autoscaler-cloud-config"`
	// Key of the Secret.
	Key string `json:"key,omitempty" jsonschema:"pattern=^[-._a-zA-Z0-9]+$,default=cloud.conf" example:"cloud.conf"`
}
