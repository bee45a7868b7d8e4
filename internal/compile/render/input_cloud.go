package render

import (
	"time"

	"github.com/harender/harender/internal/compile/cluster"
)

// ipvsInput has the names of KubeProxyIPVSConfiguration, and is empty where the spec says nothing.
type ipvsInput struct {
	Scheduler     string   `json:"scheduler,omitempty"`
	StrictARP     bool     `json:"strictARP,omitempty"`
	ExcludeCIDRs  []string `json:"excludeCIDRs,omitempty"`
	SyncPeriod    string   `json:"syncPeriod,omitempty"`
	MinSyncPeriod string   `json:"minSyncPeriod,omitempty"`
	TCPTimeout    string   `json:"tcpTimeout,omitempty"`
	TCPFinTimeout string   `json:"tcpFinTimeout,omitempty"`
	UDPTimeout    string   `json:"udpTimeout,omitempty"`
}

// cloudProviderInput has at flag what --cloud-provider says, and at config the path of a configuration file; empty: none.
type cloudProviderInput struct {
	Kind string `json:"kind"`
	Flag string `json:"flag"`
	// Text of the file, where harender writes it.
	Text   string `json:"text,omitempty"`
	Config string `json:"config,omitempty"`
}

type autoscalerInput struct {
	CloudProvider string              `json:"cloudProvider"`
	NodeGroups    []nodeGroupInput    `json:"nodeGroups"`
	AutoDiscovery []string            `json:"autoDiscovery"`
	Expander      string              `json:"expander"`
	Replicas      int                 `json:"replicas"`
	Image         string              `json:"image,omitempty"`
	ConfigSecret  string              `json:"configSecret,omitempty"`
	ConfigKey     string              `json:"configKey,omitempty"`
	Env           map[string]string   `json:"env"`
	EnvSecret     string              `json:"envSecret,omitempty"`
	ExtraArgs     map[string][]string `json:"extraArgs"`
}

type nodeGroupInput struct {
	Name string `json:"name"`
	Min  int    `json:"min"`
	Max  int    `json:"max"`
}

func newIPVSInput(s cluster.IPVS) ipvsInput {
	in := ipvsInput{
		Scheduler: s.Scheduler, StrictARP: s.StrictARP, SyncPeriod: text(s.SyncPeriod), MinSyncPeriod: text(s.MinSyncPeriod),
		TCPTimeout: text(s.TCPTimeout), TCPFinTimeout: text(s.TCPFinTimeout), UDPTimeout: text(s.UDPTimeout),
	}
	if len(s.ExcludeCIDRs) > 0 {
		in.ExcludeCIDRs = texts(s.ExcludeCIDRs)
	}
	return in
}

// text of a duration; empty for none.
func text(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func newElectionInput(e cluster.LeaderElection) map[string]string {
	out := map[string]string{}
	for name, d := range map[string]time.Duration{"lease-duration": e.LeaseDuration, "renew-deadline": e.RenewDeadline, "retry-period": e.RetryPeriod} {
		if d > 0 {
			out[name] = d.String()
		}
	}
	return out
}

const cloudConfigFile = "/etc/kubernetes/cloud.conf"

func newCloudProviderInput(p cluster.CloudProvider) cloudProviderInput {
	in := cloudProviderInput{Kind: p.Kind, Text: p.Config, Config: p.ConfigFile}
	switch p.Kind {
	case cluster.ExternalCloud:
		in.Flag = cluster.ExternalCloud
	case cluster.InTreeCloud:
		in.Flag = p.Name
	}
	if p.Config != "" {
		in.Config = cloudConfigFile
	}
	return in
}

func newAutoscalerInput(a cluster.Autoscaler) *autoscalerInput {
	if a.CloudProvider == "" {
		return nil
	}
	groups := make([]nodeGroupInput, 0, len(a.NodeGroups))
	for _, g := range a.NodeGroups {
		groups = append(groups, nodeGroupInput(g))
	}
	in := &autoscalerInput{
		CloudProvider: a.CloudProvider, NodeGroups: groups, AutoDiscovery: append([]string{}, a.AutoDiscovery...), Expander: a.Expander, Replicas: a.Replicas,
		Image: a.Image, ConfigSecret: a.ConfigSecret, ConfigKey: a.ConfigKey, Env: a.Env, EnvSecret: a.EnvSecret, ExtraArgs: map[string][]string{},
	}
	if in.Env == nil {
		in.Env = map[string]string{}
	}
	for flag, values := range a.Args {
		in.ExtraArgs[flag] = append([]string{}, values...)
	}
	return in
}
