package rollout

import (
	"slices"
	"strconv"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/layout"
)

// kubectl on a node with an apiserver.
const kubectl = "kubectl --kubeconfig=/etc/kubernetes/admin.conf"

// curl waits for an answer, for two minutes and a half and more.
const curl = "curl -fsS --max-time 10 --retry 30 --retry-delay 5 --retry-all-errors"

// checks are what must hold before the next node's turn.
func (t planner) checks(node string, members []string) []Command {
	var out []Command
	d := t.now.Directories[node]
	if d.Member() && len(members) > 0 {
		c := t.healthy(node, members)
		c.On = CurrentNode
		out = append(out, c)
	}
	if d.APIServer() {
		out = append(out, Command{CurrentNode, t.askServer("https://127.0.0.1:" + strconv.Itoa(t.facts.Port)), "the apiserver takes requests", false})
	}
	servers := t.those(t.now, diff.Directory.APIServer)
	if len(servers) == 0 {
		return out
	}
	on := servers[0]
	if d.APIServer() {
		on = CurrentNode
	}
	if d.Kubelet() {
		out = append(out, kubeletRuns(d), t.nodeReady(on, t.ownPods(node)))
	}
	if d.APIServer() || !d.Member() && !d.Kubelet() {
		out = append(out, Command{on, t.askServer(t.facts.Endpoint), "the endpoint answers", false})
	}
	return out
}

func (t planner) peer(node string) string { return "https://" + t.host(node) + ":2380" }

// CurrentNode stands for the node whose turn it is, where a command says on which node it runs and in the command.
const CurrentNode = "NODE"

// nodeReady has the kubelet's word for a node and for static pods on it. kubectl has wait since 1.11.
func (t planner) nodeReady(on string, pods []string) Command {
	if t.facts.Version.Before(11) {
		return Command{on, kubectl + " get node NODE | grep -w Ready", "the kubelet says that it is ready", true}
	}
	run, why := kubectl+" wait --for=condition=Ready --timeout=5m node/NODE", "the kubelet says that it is ready"
	for _, pod := range pods {
		run += " pod/" + pod + "-NODE"
	}
	if len(pods) > 0 {
		run, why = run+" --namespace=kube-system", why+", and so are pods"
	}
	return Command{on, run, why, true}
}

// ownPods are the static pods that begin again on a node that stays, but for those that a user has in another namespace.
func (t planner) ownPods(node string) []string {
	var out []string
	if _, stays := t.old.Directories[node]; !stays {
		return nil
	}
	for name, happens := range t.turn(node) {
		if happens != stops && t.inSystem(node, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// healthy asks each member, who asks the others.
func (t planner) healthy(on string, members []string) Command {
	ca, cert, key := t.etcdClient(on)
	run := curl + " --fail-early --cacert " + ca + " --cert " + cert + " --key " + key
	for _, m := range members {
		run += " https://" + t.host(m) + ":2379/health"
	}
	return Command{on, run, "every member has a leader, and answers with the others' consent", false}
}

// etcdClient are the files of etcd's client on a node that is a member, or has an apiserver.
func (t planner) etcdClient(on string) (ca, cert, key string) {
	const pki = "/" + layout.EtcdPKI
	if d, there := t.now.Directories[on]; there && !d.Has(layout.EtcdPKI+"client.pem") {
		return pki + "ca.crt", pki + "healthcheck-client.crt", pki + "healthcheck-client.key"
	}
	return pki + "ca.pem", pki + "client.pem", pki + "client-key.pem"
}

func (t planner) ready(node string) Command {
	return Command{node, t.askServer("https://" + t.host(node) + ":" + strconv.Itoa(t.facts.Port)), "the apiserver takes requests", false}
}

// askServer asks for /readyz, which there is since 1.16.
func (t planner) askServer(server string) string {
	path := "/readyz"
	if t.facts.Version.Before(16) {
		path = "/healthz"
	}
	return curl + " --cacert /etc/kubernetes/pki/ca.crt " + server + path
}

func (t planner) host(node string) string {
	a := t.facts.Addresses[node]
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}
