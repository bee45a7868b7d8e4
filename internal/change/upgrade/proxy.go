package upgrade

import (
	"regexp"

	"github.com/harender/harender/internal/layout"
)

// Files of a master's kube-proxy that is a static pod.
const (
	apiserverManifest = layout.Manifests + "kube-apiserver.yaml"
	proxyManifest     = layout.Manifests + "kube-proxy.yaml"
	proxyKubeconfig   = "etc/kubernetes/kube-proxy/kubeconfig"
)

var loopbackServer = regexp.MustCompile(`(?m)^\s*server:\s*"?https://(127\.|\[::1\]|localhost)`)

// proxyNotice is about a kube-proxy that goes to another minor with its master, and meets the apiservers of the others.
func proxyNotice(n Node) (Notice, bool) {
	config := n.New(proxyKubeconfig)
	if n.Is.Minors(n.Was) < 1 || n.New(apiserverManifest) == nil || n.New(proxyManifest) == nil || config == nil || loopbackServer.Match(config) {
		return Notice{}, false
	}
	return Notice{
		Summary: "kube-proxy would meet apiservers that are older than it, until all are new",
		Detail:  "It comes with its master's files and asks the balancer. The version skew policy wants no kube-proxy newer than an apiserver that it meets.",
		Hint:    "before, in a build and a rollout of its own, have masters ask their own apiserver: spec.kubelet.apiServer: local",
		Source:  "https://kubernetes.io/releases/version-skew-policy/#kube-proxy",
	}, true
}
