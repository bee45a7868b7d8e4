package cluster

import (
	"cmp"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"time"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

const proxyField = diag.Path("spec.kubeProxy")

// NoProxy is the mode of a cluster whose pod network does kube-proxy's work.
const NoProxy = "none"

// RunsProxy reports whether the cluster has kube-proxy.
func (c Cluster) RunsProxy() bool { return c.ProxyMode != NoProxy }

// checkNoProxy refuses settings of what does not run.
func checkNoProxy(r *report, s spec.Spec, c Cluster) {
	if c.RunsProxy() {
		return
	}
	const hint = "remove it, or write kubeProxy.mode: nftables"
	if s.KubeProxy.RunAs != "" {
		r.error(proxyField.Key("runAs"), "kubeProxy.mode is none, and nothing runs", hint)
	}
	if c.Kubeadm && c.Version.Before(22) {
		r.error(proxyField.Key("mode"), "the kubeadm of Kubernetes "+c.Version.Series()+" cannot be told to leave kube-proxy out", "write bootstrap: staticPods")
	}
	eachGroup(s, func(at diag.Path, args spec.ExtraArgs) {
		if _, ok := args["kube-proxy"]; ok {
			r.error(at.Key("extraArgs").Key("kube-proxy"), "kubeProxy.mode is none, and no kube-proxy has these flags", hint)
		}
	})
	if _, ok := s.ExtraArgs["kube-proxy"]; ok {
		r.error("spec.extraArgs.kube-proxy", "kubeProxy.mode is none, and no kube-proxy has these flags", hint)
	}
}

// retiredModes are on their way out, by the minor that began it.
func retiredModes() map[string]int { return map[string]int{"ipvs": 35} }

// proxyMode: nftables came with 1.29, is on by default from 1.31 and stable from 1.33 on (KEP-3866).
func proxyMode(r *report, v Version, s string) string {
	field := proxyField.Key("mode")
	fallback := "nftables"
	if v.Before(33) {
		fallback = "iptables"
	}
	if s == "nftables" && v.Before(31) {
		r.error(field, "kube-proxy of Kubernetes "+v.Series()+" does not do nftables", "remove it, or write iptables or ipvs; nftables is there from 1.31 on")
	}
	mode := oneOf(r, field, s, fallback, "nftables", "iptables", "ipvs", NoProxy)
	if since, ok := retiredModes()[mode]; ok && !v.Before(since) {
		r.warning(field, mode+" is deprecated in kube-proxy from "+Version{Major: v.Major, Minor: since}.Series()+" on",
			"write mode: nftables, which has its speed and stays")
	}
	return mode
}

func proxyDaemonSet(r *report, s string) bool {
	return oneOf(r, proxyField.Key("runAs"), s, "staticPod", "staticPod", "daemonSet") == "daemonSet"
}

// defaultSync is kube-proxy's own period with ipvs (pkg/proxy/apis/config/v1alpha1/defaults.go).
const defaultSync = 30 * time.Second

func ipvs(r *report, s spec.IPVS, mode string) IPVS {
	const field = proxyField + ".ipvs"
	if mode != "ipvs" {
		if !reflect.ValueOf(s).IsZero() {
			r.error(field, "these are settings of the mode ipvs, and the mode is "+mode, "remove them, or write mode: ipvs")
		}
		return IPVS{}
	}
	out := IPVS{
		Scheduler: oneOf(r, field.Key("scheduler"), s.Scheduler, "", "rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "dh", "sed", "nq", "mh", "fo", "ovf"),
		StrictARP: s.StrictARP, SyncPeriod: period(r, field.Key("syncPeriod"), s.SyncPeriod), MinSyncPeriod: period(r, field.Key("minSyncPeriod"), s.MinSyncPeriod),
		TCPTimeout: period(r, field.Key("tcpTimeout"), s.TCPTimeout), TCPFinTimeout: period(r, field.Key("tcpFinTimeout"), s.TCPFinTimeout),
		UDPTimeout: period(r, field.Key("udpTimeout"), s.UDPTimeout),
	}
	if least, most := out.MinSyncPeriod, cmp.Or(out.SyncPeriod, defaultSync); least > most {
		r.error(field.Key("minSyncPeriod"), "minSyncPeriod ("+least.String()+") is longer than syncPeriod ("+most.String()+")", "make it shorter, such as 1s")
	}
	for i, text := range s.ExcludeCIDRs {
		block, err := netip.ParsePrefix(text)
		if err != nil || block != block.Masked() {
			r.error(field.Key("excludeCIDRs").Index(i), diag.Quote(text)+" is no block of addresses", "write an address of a network and a prefix length, such as 10.0.0.10/32")
			continue
		}
		out.ExcludeCIDRs = append(out.ExcludeCIDRs, block)
	}
	return out
}

// checkProxyReach refuses flags that the one DaemonSet cannot have for some nodes alone.
func checkProxyReach(r *report, s spec.Spec) {
	found := func(at diag.Path, args spec.ExtraArgs) {
		if _, ok := args["kube-proxy"]; ok {
			r.error(at.Key("extraArgs").Key("kube-proxy"), "kube-proxy is one DaemonSet, whose flags are the same on all nodes",
				"move them to spec.extraArgs, or write kubeProxy.runAs: staticPod")
		}
	}
	eachGroup(s, found)
}

// checkProxyServer: one DaemonSet has one kubeconfig, on the nodes whose kubelets ask the apiserver beside them too.
func checkProxyServer(r *report, c Cluster) {
	if !c.KubeletLocal || !c.RunsProxy() || !c.ProxyDaemonSet && !c.Kubeadm {
		return
	}
	hint := "write kubeProxy.runAs: staticPod, or see that the balancer sends a master's connections back to it"
	if c.Kubeadm {
		hint = "see that the balancer sends a master's connections back to it, or write bootstrap: staticPods"
	}
	r.warning("spec.kubelet.apiServer", "kube-proxy is one DaemonSet, which asks the load balancer on control plane nodes too", hint)
}

// eachGroup calls found for the roles, pools and nodes.
func eachGroup(s spec.Spec, found func(at diag.Path, args spec.ExtraArgs)) {
	for _, name := range slices.Sorted(maps.Keys(s.Roles)) {
		found(diag.Path("spec.roles").Key(name), s.Roles[name].ExtraArgs)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Pools)) {
		found(diag.Path("spec.pools").Key(name), s.Pools[name].ExtraArgs)
	}
	for i, n := range s.Nodes {
		found(nodesField.Index(i), n.ExtraArgs)
	}
}
