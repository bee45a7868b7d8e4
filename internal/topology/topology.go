// Package topology draws a cluster: who runs what, who talks to whom, at which port, and which authority vouches for it. It
// is a function of the spec alone.
package topology

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/cluster"
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

// Graph is a cluster from its clients, at the top, to its workers.
type Graph struct {
	// Title is the cluster's name and version.
	Title  string
	Groups []Group
	Links  []Link
}

// Group are machines of one duty, or what is no part of the cluster.
type Group struct {
	// ID is a word, for use in Link.
	ID, Title string
	Boxes     []Box
}

// Box is a machine, or several that are alike.
type Box struct {
	Title string
	Lines []string
}

// Link says that one group opens connections to another, or to itself.
type Link struct {
	From, To string
	// Label is what for, and at which port. Authority vouches for the server, and for the client if it shows a certificate.
	Label, Authority string
}

// IDs of the groups.
const (
	clients  = "clients"
	balancer = "balancer"
	masters  = "control-plane"
	etcd     = "etcd"
	workers  = "workers"
	beyond   = "aggregated"
)

// Of draws a cluster.
func Of(c cluster.Cluster) Graph {
	g := Graph{Title: c.Name + ", Kubernetes " + c.Version.String()}
	g.add(clients, "Clients", Box{Title: "kubectl and others", Lines: []string{"https://" + endpoint(c)}})
	g.add(balancer, "Load balancer: "+c.LoadBalancer.Kind, balancers(c)...)
	g.add(masters, "Control plane", machines(c, cluster.RoleControlPlane)...)
	if !c.Stacked() {
		g.add(etcd, "etcd", machines(c, cluster.RoleEtcd)...)
	}
	g.add(workers, "Workers", pools(c)...)
	g.add(beyond, "Aggregated apiservers", Box{Title: "such as metrics-server"})
	g.Links = links(c, g)
	return g
}

func (g *Graph) add(id, title string, boxes ...Box) {
	if len(boxes) > 0 {
		g.Groups = append(g.Groups, Group{id, title, boxes})
	}
}

func (g Graph) has(id string) bool {
	return slices.ContainsFunc(g.Groups, func(o Group) bool { return o.ID == id })
}

func endpoint(c cluster.Cluster) string {
	host := c.Endpoint.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(c.Endpoint.Port)
}

// balancers are the machines that balance, or what stands in for them.
func balancers(c cluster.Cluster) []Box {
	switch c.LoadBalancer.Kind {
	case cluster.NodeLocal:
		return []Box{{Title: "haproxy on every node", Lines: []string{"loopback:" + strconv.Itoa(c.Endpoint.Port)}}}
	case cluster.Cloud, cluster.External:
		return []Box{{Title: endpoint(c), Lines: []string{"no part of the repository"}}}
	}
	var out []Box
	for _, n := range c.Balancers() {
		out = append(out, Box{n.Name, []string{address(n)}})
	}
	if vip := c.LoadBalancer.VirtualIP; vip.IsValid() {
		out = slices.Insert(out, 0, Box{"virtual IP", []string{vip.String(), "moves between them"}})
	}
	return out
}

func address(n cluster.Node) string { return n.Address().String() }

// machines are the nodes of a role, with what runs there.
func machines(c cluster.Cluster, role cluster.Role) []Box {
	var out []Box
	for _, n := range c.Nodes {
		if n.Has(role) {
			out = append(out, Box{n.Name, append([]string{address(n)}, programs(c, n)...)})
		}
	}
	return out
}

func programs(c cluster.Cluster, n cluster.Node) []string {
	var out []string
	if n.Has(cluster.RoleControlPlane) {
		out = append(out, "kube-apiserver :"+strconv.Itoa(c.APIServer.Port), "kube-controller-manager", "kube-scheduler")
	}
	if n.Has(cluster.RoleEtcd) {
		out = append(out, fmt.Sprintf("etcd :%d :%d", etcdClientPort, etcdPeerPort))
	}
	return append(out, versions([]cluster.Node{n}))
}

// pools are the workers: those of one pool are alike.
func pools(c cluster.Cluster) []Box {
	byPool := map[string][]cluster.Node{}
	var names []string
	for _, n := range c.Nodes {
		if !n.Has(cluster.RoleWorker) || n.Has(cluster.RoleControlPlane) {
			continue
		}
		if byPool[n.Pool] == nil {
			names = append(names, n.Pool)
		}
		byPool[n.Pool] = append(byPool[n.Pool], n)
	}
	var out []Box
	for _, name := range names {
		out = append(out, pool(name, byPool[name])...)
	}
	return out
}

// pool is drawn machine by machine while there are few.
func pool(name string, nodes []cluster.Node) []Box {
	const few = 5
	if len(nodes) > few {
		title := cmp.Or(name, "workers without a pool")
		return []Box{{fmt.Sprintf("%s: %d nodes", title, len(nodes)), []string{nodes[0].Name + " to " + nodes[len(nodes)-1].Name, versions(nodes)}}}
	}
	var out []Box
	for _, n := range nodes {
		box := Box{n.Name, []string{address(n), versions([]cluster.Node{n})}}
		if name != "" {
			box.Lines = append(box.Lines, "pool "+name)
		}
		out = append(out, box)
	}
	return out
}

// versions of Kubernetes on the nodes.
func versions(nodes []cluster.Node) string {
	var all []string
	for _, n := range nodes {
		all = append(all, "v"+n.Version.String())
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}

func links(c cluster.Cluster, g Graph) []Link {
	store := masters
	if g.has(etcd) {
		store = etcd
	}
	all := []Link{
		{clients, balancer, "https :" + strconv.Itoa(c.Endpoint.Port), kubernetesCA},
		{balancer, masters, "passed through to :" + strconv.Itoa(c.APIServer.Port), ""},
		{masters, store, fmt.Sprintf("reads and writes :%d", etcdClientPort), etcdCA},
		{store, store, fmt.Sprintf("peers :%d", etcdPeerPort), etcdCA},
		{masters, workers, fmt.Sprintf("kubelets :%d", kubeletPort), kubernetesCA},
		{workers, balancer, "kubelet, kube-proxy :" + strconv.Itoa(c.Endpoint.Port), kubernetesCA},
		{masters, beyond, "on behalf of users", frontProxyCA},
	}
	return slices.DeleteFunc(all, func(l Link) bool { return !g.has(l.From) || !g.has(l.To) })
}

// Caption is the label with the authority.
func (l Link) Caption() string {
	if l.Authority == "" {
		return l.Label
	}
	return l.Label + ", " + l.Authority
}
