package render

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/compile/release"
)

// input is what the jsonnet library computes from: $.input. docs/layers.md documents it field by field.
type input struct {
	Cluster clusterInput `json:"cluster"`
	// Version of Kubernetes that runs on these nodes.
	Version string          `json:"version"`
	Release json.RawMessage `json:"release"`
	// Pods are the static pods of these nodes, Units the systemd units of them that the library writes.
	Pods  []string `json:"pods"`
	Units []string `json:"units"`
	// Addons are the sets of the cluster's own objects. Groups of nodes have none.
	Addons  []string   `json:"addons"`
	Storage disksInput `json:"storage"`
	// ControlPlane nodes have an apiserver, whatever writes its manifest.
	ControlPlane bool `json:"controlPlane"`
	// Kubeadm brings these nodes up.
	Kubeadm bool `json:"kubeadm"`
	// Interface that carries the virtual IP on these nodes, where a manifest names it.
	Interface string                         `json:"interface,omitempty"`
	Taints    []taintInput                   `json:"taints"`
	ExtraArgs map[string]map[string][]string `json:"extraArgs"`
	Nodes     []nodeInput                    `json:"nodes"`
}

type clusterInput struct {
	Name         string            `json:"name"`
	Endpoint     endpointInput     `json:"endpoint"`
	APIServer    apiServerInput    `json:"apiServer"`
	LoadBalancer loadBalancerInput `json:"loadBalancer"`
	Net          netInput          `json:"net"`
	Etcd         etcdInput         `json:"etcd"`
	// Masters are the control plane nodes.
	Masters      []nodeInput `json:"masters"`
	KubeletLocal bool        `json:"kubeletLocal"`
	KubeletUnit  bool        `json:"kubeletUnit"`
	ProxyMode    string      `json:"proxyMode"`
	// ProxyDaemonSet: kube-proxy is an addon.
	ProxyDaemonSet bool      `json:"proxyDaemonSet"`
	IPVS           ipvsInput `json:"ipvs"`
	// LeaderElection has what the spec says, by the last part of the flag's name.
	LeaderElection    map[string]string  `json:"leaderElection"`
	CloudProvider     cloudProviderInput `json:"cloudProvider"`
	ClusterAutoscaler *autoscalerInput   `json:"clusterAutoscaler,omitempty"`
	Storage           storageInput       `json:"storage"`
	DNS               dnsInput           `json:"dns"`
}

type endpointInput struct {
	Host string `json:"host"`
	Port int    `json:"port"`
	// URL is where kubeconfigs of nodes point.
	URL string `json:"url"`
}

type apiServerInput struct {
	Port     int    `json:"port"`
	LocalURL string `json:"localURL"`
	// CertSANs as in the spec.
	CertSANs []string `json:"certSANs"`
	// Tokens and BasicAuth report whether there is a file of them.
	Tokens    bool `json:"tokens"`
	BasicAuth bool `json:"basicAuth"`
}

type netInput struct {
	Nodes             []string        `json:"nodes"`
	Pods              []string        `json:"pods"`
	Services          []string        `json:"services"`
	DNS               []string        `json:"dns"`
	DNSDomain         string          `json:"dnsDomain"`
	Families          []string        `json:"families"`
	NodeCIDRMaskSizes []maskSizeInput `json:"nodeCIDRMaskSizes"`
	// Loopback and AnyAddress are of the primary family; the URL forms have brackets around IPv6.
	Loopback      string    `json:"loopback"`
	LoopbackURL   string    `json:"loopbackURL"`
	AnyAddress    string    `json:"anyAddress"`
	AnyAddressURL string    `json:"anyAddressURL"`
	Bracket       [2]string `json:"bracket"`
}

type maskSizeInput struct {
	Family string `json:"family"`
	Bits   int    `json:"bits"`
}

type taintInput struct {
	Key    string `json:"key"`
	Value  string `json:"value,omitempty"`
	Effect string `json:"effect"`
}

type nodeInput struct {
	Name      string   `json:"name"`
	Addresses []string `json:"addresses"`
	Roles     []string `json:"roles"`
	// HostURL is the primary address as it stands in a URL.
	HostURL   string `json:"hostURL"`
	Interface string `json:"interface"`
	// Labels are KEY=VALUE, sorted.
	Labels       []string `json:"labels"`
	VRRPAddress  string   `json:"vrrpAddress"`
	VRRPPriority int      `json:"vrrpPriority"`
}

// Numbers of the addresses and blocks that the library hands out.
const (
	dnsOffset    = 10
	podBlockIPv4 = 24
	podBlockIPv6 = 64
)

func newClusterInput(c cluster.Cluster) clusterInput {
	var masters, members []nodeInput
	for _, n := range c.Nodes {
		if n.Has(cluster.RoleControlPlane) {
			masters = append(masters, newNodeInput(c, n))
		}
		if n.Has(cluster.RoleEtcd) {
			members = append(members, newNodeInput(c, n))
		}
	}
	net := newNetInput(c)
	return clusterInput{
		Name:     c.Name,
		Endpoint: endpointInput{Host: c.Endpoint.Host, Port: c.Endpoint.Port, URL: endpointURL(c, net)},
		APIServer: apiServerInput{
			Port: c.APIServer.Port, LocalURL: "https://" + net.LoopbackURL + ":" + strconv.Itoa(c.APIServer.Port), CertSANs: append([]string{}, c.APIServer.CertSANs...),
			Tokens: len(c.APIServer.Tokens) > 0, BasicAuth: len(c.APIServer.BasicAuth) > 0,
		},
		LoadBalancer: newLoadBalancerInput(c),
		Net:          net,
		Etcd:         newEtcdInput(c.Etcd, members),
		Masters:      masters,
		KubeletLocal: c.KubeletLocal,
		KubeletUnit:  c.KubeletUnit,
		ProxyMode:    c.ProxyMode,
		DNS:          newDNSInput(c.DNS, net),

		ProxyDaemonSet:    c.ProxyDaemonSet,
		IPVS:              newIPVSInput(c.IPVS),
		LeaderElection:    newElectionInput(c.LeaderElection),
		CloudProvider:     newCloudProviderInput(c.CloudProvider),
		ClusterAutoscaler: newAutoscalerInput(c.ClusterAutoscaler),
		Storage:           newStorageInput(c.Storage),
	}
}

func newNetInput(c cluster.Cluster) netInput {
	in := netInput{
		Nodes:       texts(c.Networks.Nodes),
		Pods:        texts(c.Networks.Pods),
		Services:    texts(c.Networks.Services),
		DNSDomain:   c.Networks.DNSDomain,
		Loopback:    "127.0.0.1",
		LoopbackURL: "127.0.0.1",
		AnyAddress:  "0.0.0.0",
	}
	if c.Nodes[0].Address().Is6() {
		in.Loopback, in.LoopbackURL, in.AnyAddress = "::1", "[::1]", "::"
		in.Bracket = [2]string{"[", "]"}
	}
	in.AnyAddressURL = in.Bracket[0] + in.AnyAddress + in.Bracket[1]
	for _, block := range c.Networks.Services {
		a := block.Masked().Addr()
		for range dnsOffset {
			a = a.Next()
		}
		in.DNS = append(in.DNS, a.String())
	}
	for _, block := range c.Networks.Pods {
		family, mask := "IPv4", maskSizeInput{Family: "ipv4", Bits: max(podBlockIPv4, block.Bits())}
		if block.Addr().Is6() {
			family, mask = "IPv6", maskSizeInput{Family: "ipv6", Bits: max(podBlockIPv6, block.Bits())}
		}
		in.Families = append(in.Families, family)
		in.NodeCIDRMaskSizes = append(in.NodeCIDRMaskSizes, mask)
	}
	return in
}

func newNodeInput(c cluster.Cluster, n cluster.Node) nodeInput {
	labels := make([]string, 0, len(n.Labels))
	for k, v := range n.Labels {
		labels = append(labels, k+"="+v)
	}
	slices.Sort(labels)
	roles := make([]string, len(n.Roles))
	for i, r := range n.Roles {
		roles[i] = string(r)
	}
	return nodeInput{
		Name:        n.Name,
		Addresses:   texts(n.Addresses),
		Roles:       roles,
		HostURL:     inURL(n.Address()),
		Interface:   n.Interface,
		Labels:      labels,
		VRRPAddress: vrrpAddress(c.LoadBalancer.VirtualIP, n).String(),
	}
}

func inURL(a netip.Addr) string {
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}

func texts[T fmt.Stringer](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.String()
	}
	return out
}

// taintInputs is never nil: jsonnet takes an empty list, not null.
func taintInputs(taints []cluster.Taint) []taintInput {
	out := make([]taintInput, 0, len(taints))
	for _, t := range taints {
		out = append(out, taintInput(t))
	}
	return out
}

func extraArgs(args cluster.Args) map[string]map[string][]string {
	out := map[string]map[string][]string{}
	for _, name := range release.Components() {
		out[name] = map[string][]string{}
		for flag, values := range args[name] {
			out[name][flag] = append([]string{}, values...)
		}
	}
	return out
}

// group is a set of nodes that differ in nothing but their own small files: one run of the layers serves them all.
type group struct {
	// mixins and components are the overlays whose mixins compute, and whose Components shape.
	mixins, components []string
	input              input
}

// groups sorts the plan's nodes into groups, in the order of the spec.
func groups(p plan.Plan, releases map[string]release.Release) ([]group, error) {
	shared := newClusterInput(p.Cluster)
	priority := map[string]int{}
	for _, b := range shared.LoadBalancer.Nodes {
		priority[b.Name] = b.VRRPPriority
	}
	var out []group
	at := map[string]int{}
	for _, n := range p.Nodes {
		r := releases[n.Cluster.Version.Series()]
		overlays := slices.Concat(r.Overlays, n.Cluster.Overlays)
		g := group{mixins: overlays, components: overlays, input: input{
			Version: n.Cluster.Version.String(), Pods: append([]string{}, n.Pods...), Units: append([]string{}, n.Units...), Addons: []string{},
			Storage:      newDisksInput(n.Cluster.Storage),
			ControlPlane: n.Cluster.Has(cluster.RoleControlPlane), Kubeadm: n.Kubeadm,
			Taints: taintInputs(n.Cluster.Taints), ExtraArgs: extraArgs(n.Cluster.Args),
		}}
		if p.Cluster.LoadBalancer.Kind == cluster.KubeVIP && n.Cluster.Has(cluster.RoleControlPlane) {
			g.input.Interface = n.Cluster.Interface
		}
		key, err := json.Marshal([]any{overlays, g.input, n.Cluster.Start})
		if err != nil {
			return nil, fmt.Errorf("comparing nodes: %w", err)
		}
		i, ok := at[string(key)]
		if !ok {
			i = len(out)
			at[string(key)] = i
			g.input.Cluster, g.input.Release = shared, r.Text
			if start := n.Cluster.Start; len(start.Peers) > 0 {
				g.input.Cluster.Etcd.InitialCluster, g.input.Cluster.Etcd.InitialClusterState = start.Peers, start.State
			}
			out = append(out, g)
		}
		in := newNodeInput(p.Cluster, n.Cluster)
		in.VRRPPriority = priority[in.Name]
		out[i].input.Nodes = append(out[i].input.Nodes, in)
	}
	return out, nil
}
