package rollout

import (
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/compile/cluster"
)

// Danger is a change that looks small, and is not.
type Danger struct {
	// What changes, as the difference names it.
	What  string   `json:"what"`
	Nodes []string `json:"nodes"`
	Old   string   `json:"old"`
	New   string   `json:"new"`
	// Why it asks for a second look.
	Why string `json:"why"`
	// Classes of risk that it has.
	Classes []string `json:"classes"`
}

// danger is one kind.
type danger struct {
	// file is the name of the document that has the field; empty for flags, which are told with their program.
	file, what string
	// when is nil if every change counts.
	when    func(old, now string) bool
	why     string
	classes []string
}

const (
	kubeletConfig = "config.yaml"
	proxyConfig   = "/kube-proxy/config.yaml"
)

func dangers() []danger {
	const (
		openDoor   = "anybody who gets in may do everything"
		stateOf    = "a kubelet does not start with the state of another policy: empty the node, stop the kubelet, remove "
		strangers  = "requests without credentials get in as system:anonymous"
		oldDomain  = "running pods keep the old domain, and its names resolve no more: every pod has to start again, and certificates for names of Services too"
		otherRules = "rules of the old mode may stay in the kernel, and hosts need what the new one does: node by node, emptied and started again"
	)
	contains := func(word string) func(string, string) bool {
		return func(_, now string) bool { return slices.Contains(strings.Split(now, ","), word) }
	}
	becomes := func(value string) func(string, string) bool {
		return func(_, now string) bool { return now == value }
	}
	identity, data, restart := []string{cluster.RiskIdentity}, []string{cluster.RiskIdentity, cluster.RiskData}, []string{cluster.RiskRestart}
	endpoint := []string{cluster.RiskIdentity, cluster.RiskEndpoint}
	return []danger{
		{"", "kube-apiserver --authorization-mode", contains("AlwaysAllow"), openDoor, identity},
		{"", "kube-apiserver --authorization-mode", nil, "other rules say who may do what: nodes lose their rights without Node, and people theirs without RBAC", identity},
		{"", "kube-apiserver --anonymous-auth", func(old, now string) bool { return old == "false" && now != "false" }, strangers, identity},
		{"", "kube-apiserver --anonymous-auth", becomes("false"), "what asks for /readyz and /livez without credentials is refused: load balancers, kubeadm join, and the checks of a plan", endpoint},
		{"", "kube-apiserver --service-account-issuer", losesWord, "tokens that pods have are refused: keep the old issuer as a second one until all have been replaced", identity},
		{"", "etcd --client-cert-auth", func(_, now string) bool { return now != "true" }, "anybody who reaches etcd reads and writes everything", data},
		{kubeletConfig, "clusterDomain", nil, oldDomain, restart},
		{kubeletConfig, "authorization.mode", becomes("AlwaysAllow"), "anybody whom the kubelet lets in runs commands in every pod of the node", identity},
		{kubeletConfig, "authentication.anonymous.enabled", becomes("true"), strangers, identity},
		{kubeletConfig, "cpuManagerPolicy", nil, stateOf + "/var/lib/kubelet/cpu_manager_state, and start it", restart},
		{kubeletConfig, "memoryManagerPolicy", nil, stateOf + "/var/lib/kubelet/memory_manager_state, and start it", restart},
		{proxyConfig, "mode", nil, otherRules, restart},
	}
}

// losesWord reports whether one of the old values is gone.
func losesWord(old, now string) bool {
	return slices.ContainsFunc(strings.Fields(old), func(w string) bool { return !slices.Contains(strings.Fields(now), w) })
}

// dangers of the nodes that stay, each once.
func (t planner) dangers() []Danger {
	out := []Danger{}
	for _, c := range t.diff.Changes {
		out = append(out, t.dangersOf(c)...)
	}
	return out
}

// dangerOf is the first kind which fits.
func dangerOf(kinds []danger, file string, d diff.Detail) (danger, bool) {
	for _, k := range kinds {
		named := k.file == "" && d.What == k.what ||
			k.file != "" && d.What == k.what && (k.file == proxyConfig && strings.HasSuffix(file, k.file) || k.file == path.Base(file) && strings.Contains(file, "kubelet"))
		if named && (k.when == nil || k.when(d.Old, d.New)) {
			return k, true
		}
	}
	return danger{}, false
}
