package rollout_test

import (
	"strings"
	"testing"
)

// TestDangers: changes that look small and are not, and those of the same flags and fields that are.
func TestDangers(t *testing.T) {
	const kubelet, proxy = "var/lib/kubelet/config.yaml", "etc/kubernetes/kube-proxy/config.yaml"
	flag := func(program, name, old, now string) func(*world) {
		return func(w *world) { flagged(w.old, program, name, old); flagged(w.now, program, name, now) }
	}
	field := func(path, old, now string) func(*world) {
		return func(w *world) { put(w.old, path, old, "w1"); put(w.now, path, now, "w1") }
	}
	for name, c := range map[string]struct {
		change func(*world)
		want   string
	}{
		"nothing":              {func(*world) {}, ""},
		"everybody":            {flag("kube-apiserver", "authorization-mode", "Node,RBAC", "AlwaysAllow"), "may do everything"},
		"everybody in the end": {flag("kube-apiserver", "authorization-mode", "Node,RBAC", "Node,RBAC,AlwaysAllow"), "may do everything"},
		"fewer rules":          {flag("kube-apiserver", "authorization-mode", "Node,RBAC", "RBAC"), "who may do what"},
		"strangers":            {flag("kube-apiserver", "anonymous-auth", "false", "true"), "system:anonymous"},
		"no strangers":         {flag("kube-apiserver", "anonymous-auth", "true", "false"), "/readyz"},
		"another issuer":       {flag("kube-apiserver", "service-account-issuer", "https://a", "https://b"), "tokens that pods have are refused"},
		"etcd without":         {flag("etcd", "client-cert-auth", "true", "false"), "reads and writes everything"},
		"another log level":    {flag("kube-apiserver", "v", "2", "4"), ""},
		"the domain":           {field(kubelet, "clusterDomain: cluster.local\n", "clusterDomain: x.local\n"), "keep the old domain"},
		"the kubelet's rules":  {field(kubelet, "authorization:\n  mode: Webhook\n", "authorization:\n  mode: AlwaysAllow\n"), "runs commands"},
		"and back":             {field(kubelet, "authorization:\n  mode: AlwaysAllow\n", "authorization:\n  mode: Webhook\n"), ""},
		"the kubelet's door":   {field(kubelet, "authentication:\n  anonymous:\n    enabled: false\n", "authentication:\n  anonymous:\n    enabled: true\n"), "system:anonymous"},
		"cores":                {field(kubelet, "cpuManagerPolicy: none\n", "cpuManagerPolicy: static\n"), "cpu_manager_state"},
		"cores, by default":    {field(kubelet, "x: 1\n", "x: 1\ncpuManagerPolicy: static\n"), "cpu_manager_state"},
		"memory":               {field(kubelet, "memoryManagerPolicy: None\n", "memoryManagerPolicy: Static\n"), "memory_manager_state"},
		"more pods":            {field(kubelet, "maxPods: 110\n", "maxPods: 120\n"), ""},
		"the mode of proxies":  {field(proxy, "mode: iptables\n", "mode: nftables\n"), "rules of the old mode"},
		"another mode":         {field("etc/x.yaml", "mode: a\n", "mode: b\n"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			c.change(w)
			impact, _ := w.make()
			var got []string
			for _, d := range impact.Dangers {
				got = append(got, d.Why)
			}
			if len(got) > 1 || (c.want == "") != (len(got) == 0) || !strings.Contains(strings.Join(got, "|"), c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
