// Package topology draws a cluster: who runs what, who talks to whom, at which port, and which authority vouches for it. It
// is a function of the spec alone.
package topology

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/compile/cluster"
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
	g.add(clients, "Clients", Box{Title: "kubectl and others", Lines: []string{"https://" + cluster.HostPort(c.Endpoint.Host, clientPort(c))}})
	g.add(balancer, "Load balancer: "+c.LoadBalancer.Kind, balancers(c)...)
	g.add(masters, "Control plane", machines(c, func(n cluster.Node) bool { return n.Has(cluster.RoleControlPlane) })...)
	g.add(etcd, "etcd", machines(c, etcdAlone)...)
	g.add(workers, "Workers", pools(c)...)
	g.add(beyond, "Aggregated apiservers", Box{Title: "such as metrics-server"})
	g.Links = g.links(c)
	return g
}

func etcdAlone(n cluster.Node) bool {
	return n.Has(cluster.RoleEtcd) && !n.Has(cluster.RoleControlPlane)
}

func (g *Graph) add(id, title string, boxes ...Box) {
	if len(boxes) > 0 {
		g.Groups = append(g.Groups, Group{id, title, boxes})
	}
}

func (g Graph) has(id string) bool {
	return slices.ContainsFunc(g.Groups, func(o Group) bool { return o.ID == id })
}

// clientPort: a balancer on the loopback of nodes serves nobody else.
func clientPort(c cluster.Cluster) int {
	if c.LoadBalancer.Kind == cluster.NodeLocal {
		return c.APIServer.Port
	}
	return c.Endpoint.Port
}

// balancers are the machines that balance, or what stands in for them.
func balancers(c cluster.Cluster) []Box {
	switch c.LoadBalancer.Kind {
	case cluster.NodeLocal:
		return []Box{{Title: "haproxy on every node", Lines: []string{"loopback:" + strconv.Itoa(c.Endpoint.Port)}}}
	case cluster.Cloud, cluster.External:
		return []Box{{Title: cluster.HostPort(c.Endpoint.Host, c.Endpoint.Port), Lines: []string{"no part of the repository"}}}
	}
	var out []Box
	for _, n := range c.Balancers() {
		out = append(out, Box{n.Name, addresses(n)})
	}
	if vips := c.LoadBalancer.VirtualIPs(); len(vips) > 0 {
		var lines []string
		for _, vip := range vips {
			lines = append(lines, vip.String())
		}
		out = slices.Insert(out, 0, Box{"virtual IP", append(lines, "moves between them")})
	}
	return out
}

func addresses(n cluster.Node) []string {
	var out []string
	for _, a := range n.Addresses {
		out = append(out, a.String())
	}
	return out
}

// machines are nodes with what runs there.
func machines(c cluster.Cluster, here func(cluster.Node) bool) []Box {
	var out []Box
	for _, n := range c.Nodes {
		if here(n) {
			out = append(out, Box{n.Name, append(addresses(n), programs(c, n)...)})
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
		box := Box{n.Name, append(addresses(n), versions([]cluster.Node{n}))}
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
		all = append(all, n.Version.String())
	}
	slices.Sort(all)
	return "Kubernetes " + strings.Join(slices.Compact(all), ", ")
}
