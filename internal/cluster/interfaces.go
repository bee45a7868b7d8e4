package cluster

import (
	"strings"
	"unicode"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/spec"
)

// maxInterface is IFNAMSIZ of Linux less the closing zero.
const maxInterface = 15

// interfaces gives the nodes of a keepalived cluster the network interface that carries the virtual IP.
func interfaces(r *report, s spec.Spec, c Cluster) {
	checkInterface(r, balancerField.Key("interface"), s.LoadBalancer.Interface)
	for i, n := range s.Nodes {
		field := nodesField.Index(i).Key("interface")
		checkInterface(r, field, n.Interface)
		switch {
		case c.LoadBalancer.Kind != Keepalived && n.Interface != "":
			r.error(field, "interface is a setting of keepalived, and the load balancer is "+c.LoadBalancer.Kind, "remove it")
		case c.LoadBalancer.Kind != Keepalived:
		case n.Interface != "":
			c.Nodes[i].Interface = n.Interface
		case s.LoadBalancer.Interface != "":
			c.Nodes[i].Interface = s.LoadBalancer.Interface
		default:
			c.Nodes[i].Interface = defaultInterface
		}
	}
}

// checkInterface holds a name to what Linux takes.
func checkInterface(r *report, field diag.Path, name string) {
	bad := func(c rune) bool { return c == '/' || c == ':' || unicode.IsSpace(c) || c < '!' || c > '~' }
	if len(name) > maxInterface || name == "." || name == ".." || strings.ContainsFunc(name, bad) {
		r.error(field, diag.Quote(name)+" is no name of a network interface", "write what ip link shows, at most 15 characters, such as eth0")
	}
}
