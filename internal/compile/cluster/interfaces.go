package cluster

import (
	"cmp"
	"regexp"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// maxInterface is IFNAMSIZ of Linux less the closing zero.
const maxInterface = 15

// interfaces gives the nodes of a cluster with a virtual IP the network interface that carries it.
func interfaces(r *report, s spec.Spec, c Cluster) {
	kind := c.LoadBalancer.Kind
	checkInterface(r, balancerField.Key("interface"), s.LoadBalancer.Interface)
	for i, n := range s.Nodes {
		field := nodesField.Index(i).Key("interface")
		checkInterface(r, field, n.Interface)
		switch {
		case !hasVirtualIP(kind) && n.Interface != "":
			r.error(field, "interface carries a virtual IP, and the load balancer is "+kind+", which has none", "remove it")
		case hasVirtualIP(kind):
			c.Nodes[i].Interface = cmp.Or(n.Interface, s.LoadBalancer.Interface, defaultInterface)
		}
	}
}

var plainInterface = regexp.MustCompile(`^[A-Za-z0-9_.@-]*$`)

// checkInterface holds a name to what needs no quotes in any file; Linux takes more.
func checkInterface(r *report, field diag.Path, name string) {
	if len(name) > maxInterface || name == "." || name == ".." || !plainInterface.MatchString(name) {
		r.error(field, diag.Quote(name)+" is no name of a network interface", "write what ip link shows, at most 15 characters, such as eth0")
	}
}
