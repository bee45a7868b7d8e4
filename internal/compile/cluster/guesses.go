package cluster

import (
	"regexp"
	"slices"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// Guesses warns of what a sound spec leaves to be guessed, or what only its machines can make true.
func Guesses(s spec.Spec, c Cluster) diag.List {
	r := new(report)
	guessInterface(r, s, c)
	guessNames(r, c)
	return r.list
}

// guessInterface: a host whose interface has another name would never have the virtual IP.
func guessInterface(r *report, s spec.Spec, c Cluster) {
	unsaid := func(b Node) bool {
		i := slices.IndexFunc(s.Nodes, func(n spec.Node) bool { return n.Name == b.Name })
		return s.LoadBalancer.Interface == "" && s.Nodes[i].Interface == ""
	}
	if hasVirtualIP(c.LoadBalancer.Kind) && slices.ContainsFunc(c.Balancers(), unsaid) {
		r.warning(balancerField.Key("interface"), "no field says which interface carries the virtual IP, and "+defaultInterface+" is taken",
			"write loadBalancer.interface: the name that ip route get "+c.LoadBalancer.VirtualIP.String()+" shows after dev on the balancer's nodes")
	}
}

// awsName is a private DNS name as EC2 gives it: after the address, or after the instance.
var awsName = regexp.MustCompile(`^(ip-[0-9]+-[0-9]+-[0-9]+-[0-9]+|i-[0-9a-f]+)([.][a-z0-9-]+)+$`)

// guessNames: with the provider aws, a kubelet registers under the instance's private DNS name, whatever the host is
// called and --hostname-override says (CurrentNodeName of pkg/cloudprovider/providers/aws). Its certificate has the spec's name.
func guessNames(r *report, c Cluster) {
	if c.CloudProvider.Kind != InTreeCloud || c.CloudProvider.Name != "aws" {
		return
	}
	for _, n := range c.Nodes {
		if !awsName.MatchString(n.Name) {
			r.warning(diag.Path(n.Field).Key("name"), "the cloud provider aws registers a node under the private DNS name of its instance, and "+diag.Quote(n.Name)+" is none",
				"name the node and its host as EC2 does, such as ip-10-0-0-11.ec2.internal; the apiserver lets a kubelet register no other node than that of its certificate")
			return
		}
	}
}
