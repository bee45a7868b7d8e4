package rollout

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/layout"
)

// balancer is what stands at the endpoint, as far as the output has it.
type balancer struct {
	// Way is keepalived, kube-vip or haproxy, and empty where somebody else balances, or each node for itself.
	way string
	// Address that moves between the nodes, where there is one.
	address string
	nodes   []string
}

func (t planner) balancer(side diff.Side) balancer {
	var out balancer
	for _, n := range t.everyNode() {
		if way, address := balances(side.Directories[n]); way != "" {
			out.way, out.address, out.nodes = way, address, append(out.nodes, n)
		}
	}
	return out
}

// balances says how a node stands at the endpoint, and at which address.
func balances(d diff.Directory) (way, address string) {
	haproxy := string(d.Files["etc/haproxy/haproxy.cfg"].Content)
	switch {
	case d.Has("etc/keepalived/keepalived.conf"):
		return "keepalived", after(string(d.Files["etc/keepalived/keepalived.conf"].Content), "virtual_ipaddress {")
	case d.Has(layout.Manifests + "kube-vip.yaml"):
		_, rest, _ := strings.Cut(string(d.Files[layout.Manifests+"kube-vip.yaml"].Content), "name: address")
		return "kube-vip", after(rest, "value:")
	case haproxy != "" && !isLoopback(after(haproxy, "bind ")):
		return "haproxy", ""
	}
	return "", ""
}

// after is the first word behind a mark.
func after(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	if words := strings.Fields(rest); len(words) > 0 {
		return words[0]
	}
	return ""
}

// isLoopback tells it of HOST:PORT.
func isLoopback(address string) bool {
	a, err := netip.ParseAddrPort(address)
	return err == nil && a.Addr().IsLoopback()
}

// server is where the kubelet of a node finds the apiservers, HOST:PORT; empty where there is none.
func server(d diff.Directory) string {
	u, err := url.Parse(after(string(d.Files["etc/kubernetes/kubelet.conf"].Content), "server:"))
	if err != nil {
		return ""
	}
	return u.Host
}

// clients are the nodes on both sides whose kubelet is told by accept where it finds the apiservers before and after.
func (t planner) clients(accept func(was, is string) bool) []string {
	var out []string
	for _, n := range t.facts.Fleet.Nodes {
		was, is := server(t.old.Directories[n]), server(t.now.Directories[n])
		if was != "" && is != "" && accept(was, is) {
			out = append(out, n)
		}
	}
	return out
}

// leavesBalancer reports whether clients of the old balancer would find nothing there any more when its nodes have their new
// files.
func (t planner) leavesBalancer() bool {
	was, is := t.balancer(t.old), t.balancer(t.now)
	if was.way == "" {
		return false
	}
	ported := t.clients(func(was, is string) bool { return !isLoopback(was) && port(was) != port(is) })
	stays := slices.ContainsFunc(was.nodes, func(n string) bool { return slices.Contains(is.nodes, n) })
	return was.way != is.way || was.address != is.address || !stays || len(ported) > 0
}

func port(address string) string { return address[strings.LastIndexByte(address, ':')+1:] }

// asking are the nodes that ask the old balancer.
func (t planner) asking() []string {
	return t.clients(func(was, _ string) bool { return !isLoopback(was) })
}

// ownFirst: every node that asks the old balancer brings one of its own, and can do so while the old one is still there.
func (t planner) ownFirst() bool {
	still := t.clients(func(was, is string) bool { return !isLoopback(was) && !isLoopback(is) })
	return len(t.asking()) > 0 && len(still) == 0 && t.leavesBalancer()
}

// unanswered finds nodes that would ask where no apiserver answers, until their turn comes or from it on.
func (t planner) unanswered() []Refusal {
	var out []Refusal
	if t.ownFirst() && len(t.diff.Versions) > 0 {
		out = append(out, Refusal{
			"the balancer and the version of Kubernetes would change at once", "Nodes without a control plane go first for the one, and last for the other.",
			"take it in two steps, a build and a rollout each: spec.loadBalancer, and then the version",
		})
	}
	if asking := t.asking(); len(asking) > 0 && t.leavesBalancer() && !t.ownFirst() {
		out = append(out, Refusal{
			"https://" + server(t.old.Directories[asking[0]]) + " would be gone while nodes still ask there",
			"The nodes that balance leave it one by one, and an address cannot be at the old balancer and at the new one.",
			"take it in two steps, a build and a rollout each: spec.loadBalancer.kind nodeLocal, which each node brings itself, and then the new balancer",
		})
	}
	return append(out, t.unnamed()...)
}

// unnamed finds new names of the endpoint that the apiservers do not have in their certificates yet.
func (t planner) unnamed() []Refusal {
	var out []Refusal
	for _, n := range t.clients(func(was, is string) bool { return was != is && !isLoopback(is) }) {
		host := (&url.URL{Host: server(t.now.Directories[n])}).Hostname()
		r := Refusal{
			"the apiservers are not " + host + " yet", "Their certificates get that name one by one, and a node that asks there meanwhile may meet one without it.",
			"take it in two steps, a build and a rollout each: " + host + " in spec.apiServer.certSANs, and then the endpoint",
		}
		if !slices.Contains(out, r) && !t.everyServerIs(host) {
			out = append(out, r)
		}
	}
	return out
}

func (t planner) everyServerIs(host string) bool {
	_, domain, _ := strings.Cut(host, ".")
	return !slices.ContainsFunc(t.those(t.old, diff.Directory.APIServer), func(n string) bool {
		all, err := certificate.Decode(t.old.Directories[n].Files[layout.APIServer+"server.cert"].Content)
		return err == nil && !slices.Contains(all[0].Names, host) && !slices.Contains(all[0].Names, "*."+domain)
	})
}

// ported finds apiservers that move to another port while something else than they balances them: it knows one port for all.
func (t planner) ported() []Refusal {
	d, changes := t.flag("kube-apiserver --secure-port")
	was := t.balancer(t.old)
	own := was.way != "" && !slices.ContainsFunc(was.nodes, func(n string) bool { return !t.now.Directories[n].APIServer() })
	if !changes || own {
		return nil
	}
	return []Refusal{{
		"the apiservers would listen at port " + d.New + " in place of " + d.Old, "What balances them finds all of them at one port, and they move one by one.",
		"leave spec.apiServer.port as it is, or take spec.loadBalancer.kind keepalived on the masters before",
	}}
}
