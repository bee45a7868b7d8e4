package cluster_test

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"filippo.io/age"
	kubelet "k8s.io/kubelet/pkg/apis"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/spec"
)

// three is a cluster of three stacked masters and a worker, to be changed by a test.
func three() spec.Cluster {
	both := []string{"etcd", "control-plane"}
	return spec.Cluster{
		APIVersion: spec.APIVersion, Kind: spec.Kind, Metadata: spec.Metadata{Name: "prod"},
		Spec: spec.Spec{
			Endpoint: spec.Endpoint{Host: "10.0.0.10"},
			Networks: spec.Networks{Nodes: []string{"10.0.0.0/24"}},
			Nodes: []spec.Node{
				{Name: "m1", Address: "10.0.0.11", Roles: both},
				{Name: "m2", Address: "10.0.0.12", Roles: both},
				{Name: "m3", Address: "10.0.0.13", Roles: both},
				{Name: "w1", Address: "10.0.0.21", Roles: []string{"worker"}},
			},
		},
	}
}

func mustResolve(t *testing.T, c spec.Cluster) cluster.Cluster {
	t.Helper()
	out, list := cluster.New(c, known())
	if len(list) > 0 {
		t.Fatalf("%+v", list)
	}
	return out
}

func TestDefaults(t *testing.T) {
	c := mustResolve(t, three())
	want := cluster.Cluster{
		Name:         "prod",
		Version:      cluster.Version{Major: 1, Minor: 36, Patch: 3},
		Endpoint:     cluster.Endpoint{Host: "10.0.0.10", Port: 8443},
		LoadBalancer: cluster.LoadBalancer{Kind: cluster.Keepalived, RunAs: cluster.StaticPod, VirtualIP: netip.MustParseAddr("10.0.0.10"), VirtualRouterID: 51},
		Networks: cluster.Networks{
			Nodes:     []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")},
			Pods:      []netip.Prefix{netip.MustParsePrefix("10.244.0.0/16")},
			Services:  []netip.Prefix{netip.MustParsePrefix("10.96.0.0/12")},
			DNSDomain: "cluster.local",
		},
		APIServer: cluster.APIServer{Port: 6443},
		Etcd:      cluster.Etcd{InitialClusterState: "new", RunAs: "staticPod", QuotaBytes: 8 << 30},
		ProxyMode: "nftables",
		// Nothing says of what is not there.
		CloudProvider: cluster.CloudProvider{Kind: cluster.NoCloud},
		Args:          cluster.Args{},
		DNS:           cluster.DNS{Kind: "CoreDNS", Replicas: 2, MaxConcurrent: 1000},
		Certificates:  cluster.Certificates{CAValidity: 87600 * time.Hour, RenewBefore: 720 * time.Hour},
	}
	nodes := c.Nodes
	c.Nodes = nil
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v, want %+v", c, want)
	}
	if n := nodes[3]; n.Interface != "eth0" || n.Field != "spec.nodes[3]" || n.Taints != nil || n.Address() != netip.MustParseAddr("10.0.0.21") {
		t.Errorf("worker: %+v", n)
	}
}

func TestBalancerDefaults(t *testing.T) {
	for _, c := range []struct {
		name     string
		endpoint spec.Endpoint
		balancer spec.LoadBalancer
		kind     string
		port     int
	}{
		{"address in the nodes' network", spec.Endpoint{Host: "10.0.0.10"}, spec.LoadBalancer{}, cluster.Keepalived, 8443},
		{"address elsewhere", spec.Endpoint{Host: "192.0.2.1"}, spec.LoadBalancer{}, cluster.External, 6443},
		{"name", spec.Endpoint{Host: "api.example.org"}, spec.LoadBalancer{}, cluster.External, 6443},
		{"name with a virtual IP", spec.Endpoint{Host: "api.example.org"}, spec.LoadBalancer{VirtualIP: "10.0.0.9"}, cluster.Keepalived, 8443},
		{"node local", spec.Endpoint{Host: "api.example.org"}, spec.LoadBalancer{Kind: "nodeLocal"}, cluster.NodeLocal, 8443},
		{"external on port 443", spec.Endpoint{Host: "api.example.org", Port: 443}, spec.LoadBalancer{}, cluster.External, 443},
		{"external on the apiserver's port", spec.Endpoint{Host: "api.example.org", Port: 6443}, spec.LoadBalancer{}, cluster.External, 6443},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := three()
			s.Spec.Endpoint, s.Spec.LoadBalancer = c.endpoint, c.balancer
			got := mustResolve(t, s)
			if got.LoadBalancer.Kind != c.kind || got.Endpoint.Port != c.port {
				t.Errorf("got %+v, %+v", got.LoadBalancer, got.Endpoint)
			}
			if vip := got.LoadBalancer.VirtualIP.IsValid(); vip != (c.kind == cluster.Keepalived) {
				t.Errorf("virtual IP %s", got.LoadBalancer.VirtualIP)
			}
		})
	}
}

// TestMerge: cluster, etcd, control-plane, worker, pool, node; each level overrides the one before.
func TestMerge(t *testing.T) {
	level := func(name string) spec.Group {
		return spec.Group{
			Overlays:  []string{"all", name},
			ExtraArgs: spec.ExtraArgs{"kubelet": {"last": {name}, name: {"1"}}},
			Labels:    map[string]string{"last": name, name: ""},
			Taints:    []spec.Taint{{Key: "last", Value: name, Effect: "NoSchedule"}, {Key: name, Effect: "NoExecute"}},
		}
	}
	s := three()
	s.Spec.Overlays = []string{"all", "cluster"}
	s.Spec.ExtraArgs = spec.ExtraArgs{"kubelet": {"last": {"cluster"}, "cluster": {}}}
	s.Spec.Roles = map[string]spec.Group{"etcd": level("etcd"), "control-plane": level("control-plane"), "worker": level("worker")}
	s.Spec.Pools = map[string]spec.Group{"pool": level("pool")}
	own := level("node")
	s.Spec.Nodes[0] = spec.Node{
		Name: "m1", Address: "10.0.0.11", Roles: []string{"worker", "etcd", "control-plane"}, Pool: "pool",
		Overlays: own.Overlays, ExtraArgs: own.ExtraArgs, Labels: own.Labels, Taints: own.Taints,
	}
	n := mustResolve(t, s).Nodes[0]
	order := []string{"etcd", "control-plane", "worker", "pool", "node"}
	if want := append([]string{"all", "cluster"}, order...); !slices.Equal(n.Overlays, want) {
		t.Errorf("overlays %v, want %v", n.Overlays, want)
	}
	if n.Labels["last"] != "node" || len(n.Labels) != 6 {
		t.Errorf("labels %v", n.Labels)
	}
	var taints []string
	for _, taint := range n.Taints {
		taints = append(taints, taint.Key+"="+taint.Value+":"+taint.Effect)
	}
	want := []string{"last=node:NoSchedule", "etcd=:NoExecute", "control-plane=:NoExecute", "worker=:NoExecute", "pool=:NoExecute", "node=:NoExecute"}
	if !slices.Equal(taints, want) {
		t.Errorf("taints %v, want %v", taints, want)
	}
	flags := n.Args["kubelet"]
	if !slices.Equal(flags["last"], []string{"node"}) || len(flags) != 7 || flags["cluster"] == nil || len(flags["cluster"]) != 0 {
		t.Errorf("flags %v", flags)
	}
	if !slices.Equal(n.Roles, []cluster.Role{cluster.RoleEtcd, cluster.RoleControlPlane, cluster.RoleWorker}) {
		t.Errorf("roles %v", n.Roles)
	}
}

// TestNodesShareNothing: what one node gets merged does not reach the next one.
func TestNodesShareNothing(t *testing.T) {
	s := three()
	s.Spec.ExtraArgs = spec.ExtraArgs{"kubelet": {"v": {"2"}}}
	s.Spec.Roles = map[string]spec.Group{"etcd": {Labels: map[string]string{"a": "b"}, Overlays: []string{"x"}, Taints: []spec.Taint{{Key: "k", Effect: "NoExecute"}}}}
	s.Spec.Nodes[0].ExtraArgs = spec.ExtraArgs{"kubelet": {"v": {"9"}}}
	s.Spec.Nodes[0].Labels = map[string]string{"a": "own"}
	s.Spec.Nodes[0].Taints = []spec.Taint{{Key: "k", Value: "own", Effect: "NoExecute"}}
	c := mustResolve(t, s)
	if got := c.Nodes[1]; got.Args["kubelet"]["v"][0] != "2" || got.Labels["a"] != "b" || got.Taints[1].Value != "" {
		t.Errorf("the second node has the first one's: %+v", got)
	}
	if s.Spec.Roles["etcd"].Labels["a"] != "b" || s.Spec.ExtraArgs["kubelet"]["v"][0] != "2" {
		t.Error("the spec itself was changed")
	}
}

func TestDefaultTaints(t *testing.T) {
	for roles, want := range map[string]string{
		"etcd,control-plane":        "node-role.kubernetes.io/control-plane",
		"control-plane":             "node-role.kubernetes.io/control-plane",
		"etcd":                      "node-role.kubernetes.io/etcd",
		"etcd,control-plane,worker": "",
		"worker":                    "",
		"etcd,worker":               "",
	} {
		s := three()
		s.Spec.Nodes = append(s.Spec.Nodes, spec.Node{Name: "x", Address: "10.0.0.99", Roles: strings.Split(roles, ",")})
		c, _ := cluster.New(s, known())
		got := ""
		for _, taint := range c.Nodes[4].Taints {
			got += taint.Key
		}
		if got != want {
			t.Errorf("%s: taint %q, want %q", roles, got, want)
		}
	}
}

// TestTakenPorts: neither balancer nor apiserver may have the port of anything else on the host.
func TestTakenPorts(t *testing.T) {
	for _, port := range []int{2379, 2380, 2381, 8404, 10248, 10249, 10250, 10256, 10257, 10259} {
		for _, set := range []func(*spec.Spec){
			func(s *spec.Spec) { s.Endpoint.Port = port },
			func(s *spec.Spec) { s.APIServer.Port = port },
		} {
			s := three()
			set(&s.Spec)
			_, list := cluster.New(s, known())
			if len(list) != 1 || !strings.Contains(list[0].Summary, fmt.Sprintf("port %d of the nodes belongs to", port)) {
				t.Errorf("port %d: %+v", port, list)
			}
		}
	}
	s := three()
	s.Spec.Endpoint, s.Spec.APIServer.Port = spec.Endpoint{Host: "api.example.org"}, 8404
	mustResolve(t, s) // nobody checks an external balancer's health there
}

// TestKubeletLabels asks the kubelet's own list.
func TestKubeletLabels(t *testing.T) {
	keys := append(kubelet.KubeletLabels(),
		"example.org/a", "plain", "node.kubernetes.io/a", "x.node.kubernetes.io/a", "kubelet.kubernetes.io/a", "x.kubelet.kubernetes.io/a",
		"kubernetes.io/a", "k8s.io/a", "x.k8s.io/a", "x.kubernetes.io/a", "node-role.kubernetes.io/worker", "node-restriction.kubernetes.io/a",
		"mykubernetes.io/a", "topology.kubernetes.io/rack", "node.k8s.io/a")
	for _, key := range keys {
		space, _, _ := strings.Cut(key, "/")
		reserved := space == "kubernetes.io" || space == "k8s.io" || strings.HasSuffix(space, ".kubernetes.io") || strings.HasSuffix(space, ".k8s.io")
		want := reserved && !kubelet.IsKubeletLabel(key)
		s := three()
		s.Spec.Nodes[3].Labels = map[string]string{key: "a"}
		if _, list := cluster.New(s, known()); list.HasErrors() != want {
			t.Errorf("%s: refused %v, want %v", key, list.HasErrors(), want)
		}
	}
}

// TestServiceBlocks: what kube-apiserver takes depends on its version.
func TestServiceBlocks(t *testing.T) {
	for _, c := range []struct {
		version, block string
		ok             bool
	}{
		{"1.33.13", "10.96.0.0/12", true}, {"1.33.13", "10.64.0.0/11", false}, {"1.36.3", "100.64.0.0/10", true},
		{"1.36.3", "10.96.0.0/28", true}, {"1.36.3", "10.96.0.0/29", false},
	} {
		s := three()
		s.Spec.KubernetesVersion, s.Spec.Networks.Services, s.Spec.Networks.Nodes = c.version, []string{c.block}, []string{"10.0.0.0/24"}
		if _, list := cluster.New(s, known()); list.HasErrors() == c.ok {
			t.Errorf("%s with %s: %+v", c.version, c.block, list)
		}
	}
}

func TestPodBlocks(t *testing.T) {
	for _, c := range []struct {
		nodes  int
		block  string
		wanted string
	}{
		{256, "10.128.0.0/16", ""}, {257, "10.128.0.0/16", "/15"}, {1005, "10.128.0.0/14", ""}, {1005, "10.128.0.0/15", "/14"}, {3, "10.128.0.0/22", ""},
		{4, "10.128.0.0/22", ""}, {5, "10.128.0.0/22", "/21"},
	} {
		s := fleet(c.nodes)
		s.Spec.Networks.Pods = []string{c.block}
		_, list := cluster.New(s, known())
		if (c.wanted != "") != list.HasErrors() || c.wanted != "" && !strings.Contains(list[0].Hint, c.wanted) {
			t.Errorf("%d nodes in %s: %+v", c.nodes, c.block, list)
		}
	}
}

// fleet is three masters and as many workers as make count nodes.
func fleet(count int) spec.Cluster {
	s := three()
	s.Spec.Networks = spec.Networks{Nodes: []string{"10.0.0.0/16"}, Pods: []string{"10.128.0.0/9"}}
	s.Spec.Nodes = s.Spec.Nodes[:3]
	for i := 3; i < count; i++ {
		s.Spec.Nodes = append(s.Spec.Nodes, spec.Node{
			Name: fmt.Sprintf("w%d", i), Address: fmt.Sprintf("10.0.%d.%d", 1+i/250, 1+i%250), Roles: []string{"worker"}, Pool: "pool",
		})
	}
	return s
}

// TestNoRelease: without any known release the version has no default.
func TestNoRelease(t *testing.T) {
	if _, list := cluster.New(three(), nil); len(list) != 1 || list[0].Field != "spec.kubernetesVersion" {
		t.Errorf("got %+v", list)
	}
	if got := known().Newest(); got != "1.36.3" {
		t.Errorf("newest is %q", got)
	}
	if got := (cluster.Releases{"1.9": {Patch: "1.9.1"}, "1.10": {Patch: "1.10.1"}, "1.11": {Patch: "1.11.1", ByName: true}}).Newest(); got != "1.10.1" {
		t.Errorf("newest is %q", got)
	}
}

// TestRecipientsKeepNoComment: the same key with another comment is the same key.
func TestRecipientsKeepNoComment(t *testing.T) {
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA3NQqlJOoWX4JyM7bkhEbrpz0K8sDtq0xmjTHPDH285"
	s := three()
	s.Spec.Nodes[0].Recipients = []string{key + " root@m1"}
	if got := mustResolve(t, s).Nodes[0].Recipients; !slices.Equal(got, []string{key}) {
		t.Errorf("got %v", got)
	}
	s.Spec.Nodes[1].Recipients = []string{"  " + key + "  somebody else"}
	_, list := cluster.New(s, known())
	if len(list) != 1 || list[0].Field != "spec.nodes[1].recipients[0]" {
		t.Errorf("got %+v", list)
	}
}

// TestHybridRecipient: the post-quantum recipients of age 1.3.
func TestHybridRecipient(t *testing.T) {
	identity, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	s := three()
	s.Spec.Nodes[0].Recipients = []string{identity.Recipient().String()}
	if got := mustResolve(t, s).Nodes[0].Recipients; !slices.Equal(got, s.Spec.Nodes[0].Recipients) {
		t.Errorf("got %v", got)
	}
}

// TestPrivateKeysAreNotRepeated: the keys are made up.
func TestPrivateKeysAreNotRepeated(t *testing.T) {
	const age = "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQ"
	const pem = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----"
	for _, key := range []string{age, pem} {
		s := three()
		s.Spec.Nodes[0].Recipients = []string{key}
		s.Spec.Nodes[1].Name = key
		s.Spec.Nodes[2].Labels = map[string]string{"a": key}
		s.Spec.ExtraArgs = spec.ExtraArgs{"kubelet": {"v": {key}}}
		_, list := cluster.New(s, known())
		if text := strings.ToUpper(fmt.Sprintf("%+v", list)); strings.Contains(text, "QQQQ") || strings.Contains(text, "B3BLBN") || len(list) < 2 {
			t.Errorf("the key is in %s", text)
		}
	}
}

// yamlOf writes the spec of a fleet as a user would.
func yamlOf(c spec.Cluster) string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: %s\nkind: %s\nmetadata:\n  name: %s\nspec:\n  endpoint: {host: %s}\n  networks: {nodes: [%s], pods: [%s]}\n  nodes:\n",
		c.APIVersion, c.Kind, c.Metadata.Name, c.Spec.Endpoint.Host, c.Spec.Networks.Nodes[0], c.Spec.Networks.Pods[0])
	for _, n := range c.Spec.Nodes {
		fmt.Fprintf(&b, "    - name: %s\n      address: %s\n      roles: [%s]\n      labels: {example.org/rack: r1}\n", n.Name, n.Address, strings.Join(n.Roles, ", "))
	}
	return b.String()
}

// BenchmarkFleet decodes and resolves 1,005 nodes.
func BenchmarkFleet(b *testing.B) {
	fsys := fstest.MapFS{"cluster.yaml": {Data: []byte(yamlOf(fleet(1005)))}}
	b.ReportAllocs()
	for b.Loop() {
		if c, list := resolve(fsys); len(list) > 0 || len(c.Nodes) != 1005 {
			b.Fatal(list)
		}
	}
}

func BenchmarkResolve(b *testing.B) {
	s := fleet(1005)
	for b.Loop() {
		if _, list := cluster.New(s, known()); len(list) > 0 {
			b.Fatal(list)
		}
	}
}
