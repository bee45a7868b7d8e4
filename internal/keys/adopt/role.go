package adopt

import (
	"path"
	"strings"
)

// Roles that a file's name tells, by the names of harender's own files.
const (
	KubernetesCA   = "kubernetes-ca"
	EtcdCA         = "etcd-ca"
	FrontProxyCA   = "front-proxy-ca"
	ServiceAccount = "service-account"
	// Next follows the role of an authority that is to take the place of the one in use: etcd-ca.next.crt.
	Next = ".next"
)

// Role is what the file is by the names that kubeadm, cfssl and harender give: pki/etcd/ca.crt, etcd-ca.pem,
// etcd-ca-key.pem. It is empty for all others, which are known by their content alone.
func Role(name string) string {
	stem := stem(name)
	if role, next := strings.CutSuffix(stem, Next); next && strings.HasSuffix(role, "-ca") && Role(role) == role {
		return stem
	}
	switch stem {
	case "ca":
		switch path.Base(path.Dir(name)) {
		case "etcd":
			return EtcdCA
		case "front-proxy":
			return FrontProxyCA
		}
		return KubernetesCA
	case KubernetesCA, "kube-ca":
		return KubernetesCA
	case EtcdCA, FrontProxyCA:
		return stem
	case ServiceAccount, "sa":
		return ServiceAccount
	}
	return ""
}

// Called tells whether a file is called after a certificate, such as etcd-peer: by its own name, or with that of its
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
