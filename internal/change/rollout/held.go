package rollout

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/compile/cluster"
)

// late are the components that may meet every apiserver, and be newer than none of them: they follow when all are new.
func late() []string { return []string{"kubelet.service", "kube-proxy", "kube-proxy.service"} }

// holds reports whether a node gets its files in two steps: with a control plane or etcd, it waits for the others with its kubelet
// and its kube-proxy.
func (t planner) holds(node string) bool {
	return serves(t.now.Directories[node]) && t.changesKubelet(node)
}

// held are the files that a node gets with its kubelet only, sorted. The kubelet would restart the pod of another manifest by
// itself, and one that starts for any other reason would find what is of another version.
func (t planner) held(node string) []string {
	var out []string
	if !t.holds(node) {
		return nil
	}
	for _, c := range t.diff.Changes {
		if slices.Contains(c.Nodes, node) && ofLate(c) {
			out = append(out, c.Path)
		}
	}
	slices.Sort(out)
	return out
}

func ofLate(c diff.Change) bool {
	other := func(name string) bool { return !slices.Contains(late(), name) }
	return len(c.Restarts) > 0 && !slices.ContainsFunc(c.Restarts, other)
}

// waits reports whether nothing is left for a node's first step.
func (t planner) waits(node string) bool {
	return t.holds(node) && !slices.ContainsFunc(t.diff.Changes, func(c diff.Change) bool { return slices.Contains(c.Nodes, node) && !ofLate(c) })
}

// proxied names the kube-proxy that restarts in a held node's second step.
func (t planner) proxied(node string) string {
	actions := t.actions(node)
	for _, name := range late()[1:] {
		if actions[name] != "" && t.holds(node) {
			return "; " + name + " " + actions[name]
		}
	}
	return ""
}

// tooNew finds kubelets and kube-proxies that would be newer than an apiserver which they meet, and which this change does not reach.
func (t planner) tooNew() []Refusal {
	oldest, on := t.oldestServer()
	var nodes []string
	for _, n := range t.those(t.now, diff.Directory.APIServer) {
		is, known := cluster.ParseVersion(t.now.Directories[n].Kubernetes)
		if known && on != "" && t.changesKubelet(n) && is.Minors(oldest) > 0 && !t.asksItself(n) {
			nodes = append(nodes, n)
		}
	}
	if len(nodes) == 0 {
		return nil
	}
	return []Refusal{{
		"kubelet and kube-proxy of " + t.facts.Fleet.Name(nodes) + " would be newer than the apiserver of " + on,
		"They ask whichever apiserver answers, and that of " + on + " stays with Kubernetes " + oldest.Series() + ".",
		"give all masters the version at once, which the plan takes one by one; or, in a build and a rollout of its own before, have masters ask their own apiserver: spec.kubelet.apiServer: local",
	}}
}

// oldestServer is the oldest apiserver of the new side, with its node.
func (t planner) oldestServer() (oldest cluster.Version, on string) {
	for _, n := range t.those(t.now, diff.Directory.APIServer) {
		if v, known := cluster.ParseVersion(t.now.Directories[n].Kubernetes); known && (on == "" || v.Minors(oldest) < 0) {
			oldest, on = v, n
		}
	}
	return oldest, on
}

// asksItself reports whether kubelet and kube-proxy of a master ask the apiserver beside them alone. A balancer may be at a loopback
// address, too, at another port.
func (t planner) asksItself(node string) bool {
	for _, path := range []string{"etc/kubernetes/kubelet.conf", "etc/kubernetes/kube-proxy/kubeconfig"} {
		f, there := t.now.Directories[node].Files[path]
		if there && !t.isOwn(strings.Trim(after(string(f.Content), "server:"), `"'`)) {
			return false
		}
	}
	return true
}

func (t planner) isOwn(server string) bool {
	u, err := url.Parse(server)
	if err != nil || u.Port() != strconv.Itoa(t.facts.Port) {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.IsLoopback() || u.Hostname() == "localhost"
}
