package rollout

import (
	"bytes"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/layout"
)

// How hosts get the kubelet's program. Without any of them, who runs the plan puts it there.
const (
	apt = "apt"
	dnf = "dnf"
)

// changesKubelet reports whether the kubelet of a node that stays is of another version afterwards. kubeadm's are its own to
// upgrade, and have no certificate of the tree.
func (t planner) changesKubelet(node string) bool {
	was, is := t.old.Directories[node], t.now.Directories[node]
	return was.Kubelet() && is.Kubelet() && was.Kubernetes != "" && was.Kubernetes != is.Kubernetes
}

// upgrades reports whether a node goes to another minor.
func (t planner) upgrades(node string) bool {
	was, known := cluster.ParseVersion(t.old.Directories[node].Kubernetes)
	is, also := cluster.ParseVersion(t.now.Directories[node].Kubernetes)
	return known && also && is.Minors(was) != 0
}

// kubelets of members and masters follow when every apiserver is new, and kube-proxies with them: none may be newer than an apiserver
// that it meets.
func (t planner) kubelets() []Step {
	var out []Step
	for _, n := range t.those(t.now, serves) {
		if !t.changesKubelet(n) {
			continue
		}
		s := t.withKubelet(Step{Nodes: []string{n}, Serial: []string{"1"}, After: t.checks(n, t.present())}, n)
		s.Title = ": " + t.kubeletTitle(n) + t.proxied(n)
		if last := len(out) - 1; last >= 0 && alike(out[last], s) {
			out[last].Nodes = append(out[last].Nodes, n)
		} else {
			out = append(out, s)
		}
	}
	for i, s := range out {
		out[i].Title = t.facts.Fleet.Name(s.Nodes) + s.Title
	}
	return out
}

func (t planner) kubeletTitle(node string) string {
	return "kubelet " + t.old.Directories[node].Kubernetes + " -> " + t.now.Directories[node].Kubernetes
}

// withKubelet replaces a kubelet in a node's turn: it is emptied, its static pods end, the program and the kubelet are replaced,
// and the pods start again. A kubelet of another minor that meets running static pods starts them again beside the old ones,
// which hold their ports.
func (t planner) withKubelet(s Step, node string) Step {
	version := t.now.Directories[node].Kubernetes
	s.Kind, s.Kubelet = KubeletUpgrade, version
	on := t.server()
	s.Before = slices.Concat(t.fetch(version), s.Before)
	if follows(t.now.Directories[node]) && t.upgrades(node) {
		s.Before = slices.Concat(t.certificatesLast(CurrentNode, node), s.Before)
	}
	if on != "" {
		s.Before = append(s.Before, Command{on, t.drain(CurrentNode), "what runs there moves", false})
	}
	s.Restart = append(s.Restart, Command{
		CurrentNode, replaceKubelet(t.staticPods(node), t.install(version)), "the kubelet is " + version + " from here on, and starts with no pod running", false,
	})
	if on == "" {
		return s.whole()
	}
	if ready := t.nodeReady(on, t.systemPods(node)); !slices.Contains(s.After, ready) {
		s.After = append(s.After, ready)
	}
	s.After = append(s.After,
		Command{
			on, `test "$(` + kubectl + " get node " + CurrentNode + ` -o 'jsonpath={.status.nodeInfo.kubeletVersion}')" = v` + version,
			"the cluster sees kubelet " + version, true,
		},
		Command{on, kubectl + " uncordon " + CurrentNode, "pods may come back", false},
	)
	return s.whole()
}

// isInstalled fails where the program is another.
func isInstalled(version string) string {
	return `kubelet --version | grep -qxF "Kubernetes v` + version + `"`
}

// fetch is what can be done while all still runs.
func (t planner) fetch(version string) []Command {
	run, why := isInstalled(version), "put the program of kubelet "+version+" there, and do not restart it"
	switch t.facts.KubeletPackage {
	case apt:
		run, why = "apt-get update && apt-get install -y --download-only --allow-change-held-packages 'kubelet="+version+"-*'", "the package is there"
	case dnf:
		run, why = "dnf install -y --downloadonly --disableexcludes=all 'kubelet-"+version+"-*'", "the package is there"
	}
	return []Command{{CurrentNode, run, why, false}}
}

// install puts the program there; it may restart the kubelet, as packages do.
func (t planner) install(version string) string {
	switch t.facts.KubeletPackage {
	case apt:
		return "apt-get install -y --allow-change-held-packages kubelet=" + version + "-*; " + isInstalled(version)
	case dnf:
		return "dnf install -y --disableexcludes=all kubelet-" + version + "-*; " + isInstalled(version)
	}
	return isInstalled(version)
}

// replaceKubelet ends the static pods of a node, etcd last, and starts another kubelet before it gives them back.
func replaceKubelet(pods []string, install string) string {
	others := slices.DeleteFunc(slices.Clone(pods), func(p string) bool { return p == "etcd" })
	run := stopPods
	if len(others) > 0 {
		run += "stop " + strings.Join(others, " ") + "; "
	}
	if len(others) < len(pods) {
		run += "stop etcd; "
	}
	return "timeout 15m sh -c '" + run + install + "; systemctl daemon-reload; systemctl restart kubelet'"
}

// staticPods of a node, sorted.
func (t planner) staticPods(node string) []string {
	var out []string
	for name := range t.now.Directories[node].Files {
		if pod, found := strings.CutPrefix(name, layout.Manifests); found {
			out = append(out, strings.TrimSuffix(pod, ".yaml"))
		}
	}
	slices.Sort(out)
	return out
}

// systemPods are the static pods that are in kube-system.
func (t planner) systemPods(node string) []string {
	return slices.DeleteFunc(t.staticPods(node), func(pod string) bool { return !t.inSystem(node, pod) })
}

// inSystem reports whether a static pod is in kube-system: users may have some in another namespace.
func (t planner) inSystem(node, pod string) bool {
	manifest := t.now.Directories[node].Files[layout.Manifests+pod+".yaml"].Content
	return bytes.Contains(manifest, []byte("\n  namespace: kube-system\n"))
}
