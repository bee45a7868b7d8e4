package rollout

import (
	"strconv"
	"strings"

	"github.com/harender/harender/internal/diff"
)

// kubectl on a node with an apiserver.
const kubectl = "kubectl --kubeconfig=/etc/kubernetes/admin.conf"

// checks are what must hold before the next node's turn.
func (t trip) checks(node string, members []string) []Command {
	var out []Command
	d := t.now.Directories[node]
	if d.Member() && len(members) > 0 {
		out = append(out, t.healthy(node, members))
	}
	if d.APIServer() {
		out = append(out, t.ready(node))
	}
	servers := t.those(t.now, diff.Directory.APIServer)
	if len(servers) == 0 {
		return out
	}
	on := servers[0]
	if d.APIServer() {
		on = node
	}
	if d.Kubelet() {
		out = append(out, t.nodeReady(on))
	}
	if d.APIServer() || !d.Member() && !d.Kubelet() {
		out = append(out, Command{on, t.curl(t.facts.Endpoint), "the endpoint answers", false})
	}
	return out
}

// etcdFile is what starts etcd on a node. There is none where kubeadm starts it, and lets it join.
func (t trip) etcdFile(node string) (path string, managed bool) {
	for _, path := range []string{diff.ManifestFolder + "etcd.yaml", "etc/systemd/system/etcd.service"} {
		if t.now.Directories[node].Has(path) {
			return "/" + path, true
		}
	}
	return "", false
}

// joins has a new member join those that are there: with the list of all that will be, it does not start. A file beside the
// manifest would be one more pod.
func (t trip) joins(file string, members []string) Command {
	var list []string
	for _, m := range members {
		list = append(list, m+"="+t.peer(m))
	}
	run := "sed 's|--initial-cluster=[^ ]*|--initial-cluster=" + strings.Join(list, ",") + "|' " + file + " > /etc/kubernetes/.etcd && chmod 600 /etc/kubernetes/.etcd && mv /etc/kubernetes/.etcd " + file
	if strings.HasSuffix(file, ".service") {
		run = strings.ReplaceAll(run, "/etc/kubernetes/", "/etc/") + " && systemctl daemon-reload && systemctl restart etcd"
	}
	return Command{Turn, run, "a member joins with the list of those that etcd knows by then", false}
}

func (t trip) peer(node string) string { return "https://" + t.host(node) + ":2380" }

// Turn stands for the node whose turn it is, where a command says on which node it runs and in the command.
const Turn = "NODE"

// comm is how much of a program's name the kernel keeps (TASK_COMM_LEN, less the zero at its end).
const comm = 15

// restart is of a unit, or of a static pod whose manifest stays: the kubelet stops what has no manifest any more.
func restart(name string) Command {
	if strings.Contains(name, ".") {
		return Command{Turn, "systemctl daemon-reload && systemctl restart " + name, "it reads its files when it starts", false}
	}
	manifest := "/etc/kubernetes/manifests/" + name + ".yaml"
	program := name[:min(comm, len(name))]
	return Command{
		Turn, "mv " + manifest + " /etc/kubernetes/ && sleep 5 && while pgrep -x " + program + " >/dev/null; do sleep 1; done; mv /etc/kubernetes/" + name + ".yaml " + manifest,
		"it reads its files when it starts", false,
	}
}

// nodeReady: kubectl has wait since 1.11.
func (t trip) nodeReady(on string) Command {
	if t.facts.Version.Before(11) {
		return Command{on, kubectl + " get node NODE | grep -w Ready", "the kubelet says that it is ready", true}
	}
	return Command{on, kubectl + " wait --for=condition=Ready node/NODE --timeout=5m", "the kubelet says that it is ready", true}
}

func (t trip) healthy(on string, members []string) Command {
	return Command{on, t.etcdctl(on, members) + " endpoint health", "every member has a leader, and takes writes", true}
}

// etcdctl with the client's certificate of a node that is a member, or has an apiserver. Before etcd 3.4, it spoke version 2 of
// the API unless it was told.
func (t trip) etcdctl(on string, members []string) string {
	ca, client := "ca.pem", "client.pem --key=/etc/kubernetes/pki/etcd/client-key.pem"
	if d, there := t.now.Directories[on]; there && !d.Has("etc/kubernetes/pki/etcd/client.pem") {
		ca, client = "ca.crt", "healthcheck-client.crt --key=/etc/kubernetes/pki/etcd/healthcheck-client.key"
	}
	var endpoints []string
	for _, m := range members {
		endpoints = append(endpoints, "https://"+t.host(m)+":2379")
	}
	out := "etcdctl --endpoints=" + strings.Join(endpoints, ",") + " --cacert=/etc/kubernetes/pki/etcd/" + ca + " --cert=/etc/kubernetes/pki/etcd/" + client
	if t.facts.Version.Before(17) {
		return "ETCDCTL_API=3 " + out
	}
	return out
}

func (t trip) ready(node string) Command {
	return Command{node, t.curl("https://" + t.host(node) + ":" + strconv.Itoa(t.facts.Port)), "the apiserver takes requests", false}
}

// curl asks for /readyz, which there is since 1.16.
func (t trip) curl(server string) string {
	path := "/readyz"
	if t.facts.Version.Before(16) {
		path = "/healthz"
	}
	return "curl --fail --silent --show-error --retry 30 --retry-delay 5 --retry-all-errors --cacert /etc/kubernetes/pki/ca.crt " + server + path
}

func (t trip) host(node string) string {
	a := t.facts.Addresses[node]
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}
