package repository_test

import (
	"io/fs"
	"net/url"
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	clientcmdv1 "k8s.io/client-go/tools/clientcmd/api/v1"
	kubeletv1beta1 "k8s.io/kubelet/config/v1beta1"
	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/compile/plan"
)

// end is one end of TLS connections on a node: the certificate that it shows and the authorities that it trusts the other
// end by, as paths in the node's directory. Empty: it shows none, or trusts by something else.
type end struct {
	node, what  string
	cert, roots string
}

// link is a client, a server that it may meet, and the names and addresses by which it knows that server.
type link struct {
	client, server end
	names          []string
}

// ends are those of a cluster, by what servers they are or ask.
type ends struct{ servers, clients map[string][]end }

// Kinds of servers.
const (
	serverAPI        = "apiserver"
	serverFrontProxy = "apiserver, for a front proxy"
	serverEtcd       = "etcd"
	serverPeer       = "etcd peer"
	serverKubelet    = "kubelet"
	serverMetrics    = "controller"
)

// links are all pairs of a client and a server that it may meet.
func linksOf(t *testing.T, files fs.FS, p plan.Plan) []link {
	all := ends{servers: map[string][]end{}, clients: map[string][]end{}}
	addresses, own := map[string]string{}, map[string][]string{}
	for _, n := range p.Nodes {
		addresses[n.Cluster.Name] = n.Cluster.Addresses[0].String()
		dir, err := fs.Sub(files, n.Cluster.Name)
		if err != nil {
			t.Fatal(err)
		}
		own[n.Cluster.Name] = nodeEnds(t, dir, n, all)
	}
	var out []link
	for kind, clients := range all.clients {
		for _, c := range clients {
			for _, s := range all.servers[kind] {
				l := link{client: c, server: s, names: []string{addresses[s.node]}}
				if kind == serverAPI {
					l.names = append(l.names, own[c.node]...)
				}
				out = append(out, l)
			}
		}
	}
	return out
}

// nodeEnds adds the ends on a node, by what its rendered files say, and gives the hosts under which it asks apiservers.
func nodeEnds(t *testing.T, dir fs.FS, n plan.Node, all ends) []string {
	t.Helper()
	e := nodeFiles{t, dir, n.Cluster.Name}
	add := func(to map[string][]end, kind string, added end) { to[kind] = append(to[kind], added) }
	hosts := map[string]bool{}
	asks := func(what, kubeconfig string) {
		client, host := e.kubeconfig(what, kubeconfig)
		add(all.clients, serverAPI, client)
		hosts[host] = true
	}
	for _, pod := range n.Pods {
		f := e.flags(pod)
		switch pod {
		case "etcd":
			peer := e.end("etcd as peer", f["peer-cert-file"], f["peer-trusted-ca-file"])
			add(all.servers, serverEtcd, e.end("etcd", f["cert-file"], f["trusted-ca-file"]))
			add(all.servers, serverPeer, peer)
			add(all.clients, serverPeer, peer)
		case "kube-apiserver":
			add(all.servers, serverAPI, e.end(pod, f["tls-cert-file"], f["client-ca-file"]))
			add(all.servers, serverFrontProxy, e.end(pod, "", f["requestheader-client-ca-file"]))
			add(all.clients, serverFrontProxy, e.end("front proxy", f["proxy-client-cert-file"], ""))
			add(all.clients, serverEtcd, e.end(pod+" to etcd", f["etcd-certfile"], f["etcd-cafile"]))
			add(all.clients, serverKubelet, e.end(pod+" to kubelets", f["kubelet-client-certificate"], f["kubelet-certificate-authority"]))
			asks("kubecfg", "etc/kubernetes/admin.conf")
			admin, _ := e.kubeconfig("kubecfg", "etc/kubernetes/admin.conf")
			add(all.clients, serverMetrics, e.end("kubecfg", admin.cert, ""))
		case "kube-controller-manager", "kube-scheduler":
			asks(pod, f["kubeconfig"])
			add(all.servers, serverMetrics, e.end(pod, "", f["client-ca-file"]))
		case "kube-proxy":
			asks(pod, e.proxyKubeconfig(f["config"]))
		case "haproxy":
			add(all.clients, serverAPI, e.end("haproxy", "", e.haproxyRoots()))
		}
	}
	asks("kubelet", "etc/kubernetes/kubelet.conf")
	add(all.servers, serverKubelet, e.kubelet())
	var out []string
	for host := range hosts {
		out = append(out, host)
	}
	return out
}

// nodeFiles reads what a node's programs read.
type nodeFiles struct {
	t    *testing.T
	dir  fs.FS
	node string
}

func (e nodeFiles) end(what, cert, roots string) end {
	return end{node: e.node, what: what, cert: strings.TrimPrefix(cert, "/"), roots: strings.TrimPrefix(roots, "/")}
}

func (e nodeFiles) read(name string) []byte {
	e.t.Helper()
	text, err := fs.ReadFile(e.dir, strings.TrimPrefix(name, "/"))
	if err != nil {
		e.t.Fatal(err)
	}
	return text
}

func (e nodeFiles) decode(name string, into any) {
	e.t.Helper()
	if err := yaml.UnmarshalStrict(e.read(name), into); err != nil {
		e.t.Fatal(name, err)
	}
}

// flags are those of the first container of a static pod.
func (e nodeFiles) flags(pod string) map[string]string {
	e.t.Helper()
	var p corev1.Pod
	e.decode("etc/kubernetes/manifests/"+pod+".yaml", &p)
	out := map[string]string{}
	for _, word := range p.Spec.Containers[0].Command {
		name, value, _ := strings.Cut(strings.TrimPrefix(word, "--"), "=")
		out[name] = value
	}
	return out
}

// kubeconfig gives the host, too, of the server that it names.
func (e nodeFiles) kubeconfig(what, name string) (end, string) {
	e.t.Helper()
	var c clientcmdv1.Config
	e.decode(name, &c)
	server, err := url.Parse(c.Clusters[0].Cluster.Server)
	if err != nil {
		e.t.Fatal(err)
	}
	return e.end(what, c.AuthInfos[0].AuthInfo.ClientCertificate, c.Clusters[0].Cluster.CertificateAuthority), server.Hostname()
}

func (e nodeFiles) proxyKubeconfig(config string) string {
	e.t.Helper()
	var c struct {
		ClientConnection struct{ Kubeconfig string }
	}
	if err := yaml.Unmarshal(e.read(config), &c); err != nil {
		e.t.Fatal(err)
	}
	return c.ClientConnection.Kubeconfig
}

func (e nodeFiles) kubelet() end {
	e.t.Helper()
	var c kubeletv1beta1.KubeletConfiguration
	e.decode("var/lib/kubelet/config.yaml", &c)
	return e.end("kubelet", c.TLSCertFile, c.Authentication.X509.ClientCAFile)
}

func (e nodeFiles) haproxyRoots() string {
	e.t.Helper()
	m := regexp.MustCompile(`ca-file (\S+)`).FindSubmatch(e.read("etc/haproxy/haproxy.cfg"))
	if m == nil {
		e.t.Fatal("haproxy verifies no apiserver")
	}
	return string(m[1])
}
