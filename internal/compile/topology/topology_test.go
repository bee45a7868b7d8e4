package topology

import (
	"encoding/xml"
	"errors"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/compile/cluster"
)

// of is a cluster of nodes that are written as NAME:ROLE+ROLE.
func of(kind string, nodes ...string) cluster.Cluster {
	c := cluster.Cluster{
		Name: "c", Endpoint: cluster.Endpoint{Host: "api.example.org", Port: 8443}, APIServer: cluster.APIServer{Port: 6443},
		LoadBalancer: cluster.LoadBalancer{Kind: kind, RunAs: cluster.StaticPod}, Etcd: cluster.Etcd{RunAs: cluster.StaticPod},
	}
	for _, text := range nodes {
		name, roles, _ := strings.Cut(text, ":")
		n := cluster.Node{Name: name, Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.1")}}
		for role := range strings.SplitSeq(roles, "+") {
			n.Roles = append(n.Roles, cluster.Role(role))
		}
		c.Nodes = append(c.Nodes, n)
	}
	return c
}

// TestConnections: every node that has a kubelet asks an apiserver and is asked by it, wherever it is drawn.
func TestConnections(t *testing.T) {
	local := of(cluster.External, "m:etcd+control-plane", "w:worker")
	local.KubeletLocal = true
	units := of(cluster.HAProxy, "m:control-plane", "e:etcd", "lb:load-balancer")
	units.Etcd.RunAs, units.LoadBalancer.RunAs = cluster.Systemd, cluster.Systemd
	for name, c := range map[string]struct {
		cluster cluster.Cluster
		want    []string
		not     string
	}{
		"one machine": {of(cluster.External, "m:etcd+control-plane+worker"), []string{
			"Clients > Load balancer: https :8443", "Control plane > Control plane: etcd :2379", "Control plane > Control plane: kubelets :10250",
			"Control plane > Load balancer: kubelet, kube-proxy :8443",
		}, "Workers"},
		"machines of their own": {of(cluster.HAProxy, "m:control-plane", "e:etcd", "lb:load-balancer", "w:worker"), []string{
			"Control plane > etcd: etcd :2379", "etcd > etcd: etcd peers :2380", "Control plane > Load balancer, Control plane, etcd, Workers: kubelets :10250",
			"Load balancer, Control plane, etcd, Workers > Load balancer: kubelet, kube-proxy :8443",
		}, "Control plane > Control plane: etcd"},
		"some members on masters": {of(cluster.Keepalived, "m:etcd+control-plane", "e:etcd"), []string{
			"Control plane > Control plane, etcd: etcd :2379", "Control plane, etcd > Control plane, etcd: etcd peers :2380",
		}, ""},
		"units alone":   {units, []string{"Control plane > Control plane: kubelets :10250", "Control plane > Load balancer: kubelet, kube-proxy :8443"}, "etcd > Load balancer"},
		"own apiserver": {local, []string{"Workers > Load balancer: kubelet, kube-proxy :8443"}, "Control plane > Load balancer"},
		"on loopback":   {of(cluster.NodeLocal, "m:etcd+control-plane"), []string{"Clients > Control plane: https :6443", "Load balancer > Control plane: passed through to :6443"}, "Clients > Load"},
	} {
		g := Of(c.cluster)
		var got []string
		for _, l := range g.Connections() {
			got = append(got, l.From+" > "+l.To+": "+l.Label)
		}
		for _, want := range c.want {
			if !slices.Contains(got, want) {
				t.Errorf("%s: no %q in %q", name, want, got)
			}
		}
		if c.not != "" && strings.Contains(strings.Join(got, "\n"), c.not) {
			t.Errorf("%s: %q in %q", name, c.not, got)
		}
		wellFormed(t, g.SVG())
	}
}

func wellFormed(t *testing.T, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// TestAlone: programs that know neither variables nor scripts show the picture, in the dark on screens alone.
func TestAlone(t *testing.T) {
	text := Of(of(cluster.External, "m:etcd+control-plane")).SVG()
	if strings.Contains(text, "var(") || strings.Contains(text, "currentColor") {
		t.Error("a colour is no value")
	}
	if strings.Count(text, "prefers-color-scheme") != strings.Count(text, "@media screen and (prefers-color-scheme:dark)") {
		t.Error("the dark comes to paper")
	}
}

func TestWrapped(t *testing.T) {
	for text, want := range map[string][]string{
		"m1":                          {"m1"},
		"control-plane-1.example.org": {"control-", "plane-1.", "example.", "org"},
		"2001:db8:aaaa:bbbb::1":       {"2001:db8:", "aaaa:bbbb:", ":1"},
		"abcdefghijklm":               {"abcdefghij", "klm"},
	} {
		if got := wrapped(text, 10); !slices.Equal(got, want) {
			t.Errorf("%s: %q", text, got)
		}
	}
}
