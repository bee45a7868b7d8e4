package diff

import "github.com/harender/harender/internal/layout"

// Files that only a node with a duty has: where harender lays them, and where kubeadm looks for them.
const (
	etcdServer        = layout.EtcdPKI + "server.pem"
	kubeadmEtcdServer = layout.EtcdPKI + "server.crt"
	apiserver         = layout.APIServer + "server.cert"
	kubeadmAPIServer  = layout.PKI + "apiserver.crt"
	kubeletClient     = layout.PKI + "kubelet/client.crt"
)

// Member reports whether the node is a member of etcd.
func (d Directory) Member() bool { return d.Has(etcdServer, kubeadmEtcdServer) }

// APIServer reports whether the node has an apiserver.
func (d Directory) APIServer() bool { return d.Has(apiserver, kubeadmAPIServer) }

// Kubelet reports whether the node has a kubelet.
func (d Directory) Kubelet() bool { return d.Has(kubeletClient) }

// Duties are what the node's files are for, as the roles of the spec.
func (d Directory) Duties() []string {
	out := []string{}
	if d.Member() {
		out = append(out, "etcd")
	}
	if d.APIServer() {
		out = append(out, "control-plane")
	}
	switch {
	case len(out) > 0:
	case d.Kubelet():
		out = append(out, "worker")
	default:
		out = append(out, "load-balancer")
	}
	return out
}
