package topology

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/compile/cluster"
)

// Ports at which everybody finds etcd and the kubelets.
const (
	etcdClientPort = 2379
	etcdPeerPort   = 2380
	kubeletPort    = 10250
)

// Names of the authorities, as users call them.
const (
	kubernetesCA = "kubernetes CA"
	etcdCA       = "etcd CA"
	frontProxyCA = "front-proxy CA"
)

// Link says that groups open connections to groups. A group on both sides has them within itself too.
type Link struct {
	From, To []string
	// Label is what for, and at which port. Authority vouches for the server, and for the client if it shows a certificate.
	Label, Authority string
}

// Caption is the label with the authority.
func (l Link) Caption() string {
	if l.Authority == "" {
		return l.Label
	}
	return l.Label + ", " + l.Authority
}

// links leaves out who is not there, and what is left without an end.
func (g Graph) links(c cluster.Cluster) []Link {
	entry := balancer
	if c.LoadBalancer.Kind == cluster.NodeLocal {
		entry = masters
	}
	store, agents := stores(c), g.agents(c)
	https := " :" + strconv.Itoa(c.Endpoint.Port)
	all := []Link{
		{[]string{clients}, []string{entry}, "https :" + strconv.Itoa(clientPort(c)), kubernetesCA},
		{[]string{balancer}, []string{masters}, "passed through to :" + strconv.Itoa(c.APIServer.Port), ""},
		{[]string{masters}, store, fmt.Sprintf("etcd :%d", etcdClientPort), etcdCA},
		{store, store, fmt.Sprintf("etcd peers :%d", etcdPeerPort), etcdCA},
		{[]string{masters}, agents, fmt.Sprintf("kubelets :%d", kubeletPort), kubernetesCA},
	}
	callers := "kubelet, kube-proxy"
	if !c.RunsProxy() {
		callers = "kubelet"
	}
	if c.KubeletLocal {
		agents = slices.DeleteFunc(slices.Clone(agents), func(id string) bool { return id == masters })
		// As a static pod, kube-proxy asks whom the kubelet asks.
		if c.RunsProxy() && (c.ProxyDaemonSet || c.Kubeadm) {
			all = append(all, Link{[]string{masters}, []string{balancer}, "kube-proxy" + https, kubernetesCA})
		}
	}
	all = append(all, Link{agents, []string{balancer}, callers + https, kubernetesCA},
		Link{[]string{masters}, []string{beyond}, "on behalf of users", frontProxyCA})
	return slices.DeleteFunc(all, func(l Link) bool { return len(l.From) == 0 || len(l.To) == 0 })
}

// stores are the groups that have members of etcd.
func stores(c cluster.Cluster) []string {
	var out []string
	if c.Stacked() {
		out = append(out, masters)
	}
	if slices.ContainsFunc(c.Nodes, etcdAlone) {
		out = append(out, etcd)
	}
	return out
}

// agents are the groups that have kubelets, each node counted where it is drawn with what it runs.
func (g Graph) agents(c cluster.Cluster) []string {
	var out []string
	for _, group := range []struct {
		id   string
		role cluster.Role
	}{{balancer, cluster.RoleLoadBalancer}, {masters, cluster.RoleControlPlane}, {etcd, cluster.RoleEtcd}, {workers, cluster.RoleWorker}} {
		here := func(n cluster.Node) bool {
			return n.Has(group.role) && c.RunsKubelet(n) && (group.id == masters || !n.Has(cluster.RoleControlPlane))
		}
		if g.has(group.id) && slices.ContainsFunc(c.Nodes, here) {
			out = append(out, group.id)
		}
	}
	return out
}

// within is what the machines of a group say to each other, by authority.
func (g Graph) within(id string) string {
	var authorities []string
	labels := map[string][]string{}
	for _, l := range g.Links {
		if !slices.Contains(l.From, id) || !slices.Contains(l.To, id) {
			continue
		}
		if labels[l.Authority] == nil {
			authorities = append(authorities, l.Authority)
		}
		labels[l.Authority] = append(labels[l.Authority], l.Label)
	}
	var out []string
	for _, a := range authorities {
		out = append(out, strings.Join(labels[a], ", ")+" ("+a+")")
	}
	if len(out) == 0 {
		return ""
	}
	return "among themselves: " + strings.Join(out, "; ")
}

// titles are what people call the groups.
func (g Graph) titles(ids []string) string {
	var out []string
	for _, group := range g.Groups {
		if slices.Contains(ids, group.ID) {
			title, _, _ := strings.Cut(group.Title, ":")
			out = append(out, title)
		}
	}
	return strings.Join(out, ", ")
}

// Connection is a link in words.
type Connection struct{ From, To, Label, Authority string }

// Connections are the links in words, for those who do not see the picture.
func (g Graph) Connections() []Connection {
	var out []Connection
	for _, l := range g.Links {
		out = append(out, Connection{g.titles(l.From), g.titles(l.To), l.Label, l.Authority})
	}
	return out
}
