package cluster_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/spec"
)

func dual() spec.Cluster {
	c := three()
	c.Spec.Endpoint.Host = "api.example.org"
	c.Spec.Networks.Nodes = []string{"10.0.0.0/24", "fd00:10::/64"}
	for i, last := range []string{"11", "12", "13", "21"} {
		c.Spec.Nodes[i].SecondaryAddress = "fd00:10::" + last
	}
	return c
}

// TestVirtualIPs takes one address a family from keepalived, in either order.
func TestVirtualIPs(t *testing.T) {
	want := []netip.Addr{netip.MustParseAddr("10.0.0.10"), netip.MustParseAddr("fd00:10::10")}
	for _, given := range []string{"10.0.0.10,fd00:10::10", "fd00:10::10, 10.0.0.10"} {
		c := dual()
		c.Spec.LoadBalancer.VirtualIP = given
		if got := mustResolve(t, c).LoadBalancer.VirtualIPs(); !slices.Equal(got, want) {
			t.Errorf("%s: got %v", given, got)
		}
	}
	for _, c := range []struct{ kind, given, want string }{
		{"keepalived", "10.0.0.10,10.0.0.11", "both virtual IPs are IPv4 addresses"},
		{"keepalived", "10.0.0.10,fd00:10::11", "is the address of the node m1"},
		{"keepalived", "10.0.0.10,fd00:11::11", "lies outside spec.networks.nodes"},
		{"keepalived", "10.0.0.10,fd00:10::10,fd00:10::14", "here are 3"},
		{"keepalived", "10.0.0.10,x", `"x" is no IP address`},
		{"kube-vip", "10.0.0.10,fd00:10::10", "kube-vip moves one virtual IP"},
		{"lvs", "10.0.0.10,fd00:10::10", "lvs moves one virtual IP"},
	} {
		s := dual()
		s.Spec.LoadBalancer = spec.LoadBalancer{Kind: c.kind, VirtualIP: c.given}
		if got := summaries(s); !strings.Contains(got, c.want) {
			t.Errorf("%s %s: got %q", c.kind, c.given, got)
		}
	}
	single := three()
	single.Spec.LoadBalancer.VirtualIP = "10.0.0.10,fd00:10::10"
	if got := summaries(single); !strings.Contains(got, "two virtual IPs are for clusters with both families") {
		t.Errorf("one family: got %q", got)
	}
}

func summaries(s spec.Cluster) string {
	_, list := cluster.New(s, known())
	var out []string
	for _, d := range list {
		out = append(out, d.Summary)
	}
	return strings.Join(out, "; ")
}

// TestNoProxy refuses settings of what does not run.
func TestNoProxy(t *testing.T) {
	s := three()
	s.Spec.KubeProxy.Mode = "none"
	if mustResolve(t, s).RunsProxy() {
		t.Error("there is kube-proxy")
	}
	s.Spec.KubeProxy.RunAs = "daemonSet"
	s.Spec.ExtraArgs = spec.ExtraArgs{"kube-proxy": {"v": {"2"}}}
	s.Spec.Nodes[3].ExtraArgs = spec.ExtraArgs{"kube-proxy": {"v": {"3"}}}
	if got := summaries(s); strings.Count(got, "kubeProxy.mode is none") < 3 {
		t.Errorf("got %q", got)
	}
}

// TestGuesses warns of an interface that nothing names, and of names that are not those of EC2.
func TestGuesses(t *testing.T) {
	s := three()
	guessed := func() string {
		c, _ := cluster.New(s, known())
		var out []string
		for _, d := range cluster.Guesses(s.Spec, c) {
			out = append(out, d.Summary)
		}
		return strings.Join(out, "; ")
	}
	if got := guessed(); !strings.Contains(got, "eth0 is taken") {
		t.Errorf("no interface: %q", got)
	}
	s.Spec.LoadBalancer.Interface = "ens3"
	if got := guessed(); got != "" {
		t.Errorf("an interface: %q", got)
	}
	s.Spec.KubernetesVersion = "1.9.11"
	s.Spec.CloudProvider = spec.CloudProvider{Kind: "inTree", Name: "aws"}
	if got := guessed(); !strings.Contains(got, `private DNS name of its instance, and "m1" is none`) {
		t.Errorf("aws: %q", got)
	}
	for i := range s.Spec.Nodes {
		s.Spec.Nodes[i].Name = "ip-10-0-0-1" + string(rune('0'+i)) + ".eu-west-1.compute.internal"
	}
	if got := guessed(); got != "" {
		t.Errorf("names of EC2: %q", got)
	}
}

// TestMisspeltPool names both places: either may be the one that is meant.
func TestMisspeltPool(t *testing.T) {
	s := three()
	s.Spec.Pools = map[string]spec.Group{"gpu": {}}
	s.Spec.Nodes[3].Pool = "gpuu"
	_, list := cluster.New(s, known())
	if len(list) != 1 || list[0].Hint != "write the same name in both places: gpuu here, or pool: gpu at spec.nodes[3]" {
		t.Errorf("got %+v", list)
	}
}

// TestNodeBlocks follows the controller manager's flag.
func TestNodeBlocks(t *testing.T) {
	s := three()
	s.Spec.Networks.Pods = []string{"10.244.0.0/24"}
	if got := summaries(s); !strings.Contains(got, "too small for 4 nodes with a /24 each") {
		t.Errorf("got %q", got)
	}
	s.Spec.ExtraArgs = spec.ExtraArgs{"kube-controller-manager": {"node-cidr-mask-size": {"26"}}}
	mustResolve(t, s)
}
