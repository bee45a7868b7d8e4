package adopt

import (
	"path"
	"strings"

	"github.com/harender/harender/internal/layout"
)

// Roles that a file's name tells, by the names of harender's own files.
const (
	KubernetesCA   = "kubernetes-ca"
	EtcdCA         = "etcd-ca"
	FrontProxyCA   = "front-proxy-ca"
	ServiceAccount = "service-account"
	// Next follows the role of an authority that is to take the place of the one in use: etcd-ca.next.crt.
	Next = layout.NextSlot
)

// Role is what the file is by the names that kubeadm, cfssl, kubespray, k3s and harender give: pki/etcd/ca.crt, etcd-ca.pem,
// etcd-ca-key.pem, ssl/etcd/ssl/ca.pem. It is empty for all others, which are known by their content alone.
func Role(name string) string {
	stem := stem(name)
	if role, next := strings.CutSuffix(stem, Next); next && strings.HasSuffix(role, "-ca") && Role(role) == role {
		return stem
	}
	switch stem {
	case "ca":
		return roleOfFolders(name)
	case KubernetesCA, "kube-ca":
		return KubernetesCA
	case EtcdCA, FrontProxyCA:
		return stem
	case "request-header-ca":
		return FrontProxyCA
	case ServiceAccount, "sa":
		return ServiceAccount
	}
	return ""
}

// roleOfFolders tells whose the file ca.crt is by the folders above it, the nearest first.
func roleOfFolders(name string) string {
	for dir := path.Dir(name); dir != "." && dir != "/"; dir = path.Dir(dir) {
		switch strings.ToLower(path.Base(dir)) {
		case "etcd":
			return EtcdCA
		case "front-proxy":
			return FrontProxyCA
		case "kubernetes":
			return KubernetesCA
		}
	}
	return KubernetesCA
}

// Layout says of an authority in a file of that name why it has no place, in the words of the tool that made it; it is empty where
// the name tells nothing.
func Layout(name string) string {
	etcd := path.Base(path.Dir(name)) == "etcd"
	switch stem := stem(name); {
	case etcd && (stem == "server-ca" || stem == "peer-ca"):
		return "k3s and RKE2 have one authority for etcd's servers and another for its members; a cluster here has one etcd-ca, so that one of the two " +
			"has to be rotated into the other before"
	case stem == "server-ca" || stem == "client-ca":
		return "k3s and RKE2 have one authority for servers and another for clients; a cluster here has one kubernetes-ca, so that one of the two " +
			"has to be rotated into the other before"
	case stem == "etcd-apiserver-ca" || stem == "etcd-peer-ca":
		return "kube-up has one authority for etcd's clients and another for its members; a cluster here has one etcd-ca"
	}
	return ""
}

// Called reports whether a file is called after a certificate, such as etcd-peer: by its own name, or with that of its
// folder, such as etcd/peer.crt.
func Called(name, certificate string) bool {
	stem := stem(name)
	return stem == certificate || path.Base(path.Dir(name))+"-"+stem == certificate
}

// stem is the name without folder and extension, and the same for a key and its certificate.
func stem(name string) string {
	out := strings.ToLower(path.Base(name))
	for _, extension := range []string{".crt", ".cert", ".cer", ".pem", ".key", ".pub"} {
		out = strings.TrimSuffix(out, extension)
	}
	return strings.TrimSuffix(out, "-key")
}
