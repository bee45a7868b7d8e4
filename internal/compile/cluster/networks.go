package cluster

import (
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

const (
	networksField = diag.Path("spec.networks")
	nodesNet      = networksField + ".nodes"
	podsNet       = networksField + ".pods"
	servicesNet   = networksField + ".services"
)

// networks resolves the blocks and holds them to each other. count is the number of nodes, which each get a part of the pods' block.
func networks(r *report, s spec.Networks, v Version, count int, masks maskSizes) Networks {
	n := Networks{
		Nodes:     parseBlocks(r, nodesNet, s.Nodes),
		Pods:      parseBlocks(r, podsNet, s.Pods),
		Services:  parseBlocks(r, servicesNet, s.Services),
		DNSDomain: dnsDomain(r, s.DNSDomain),
	}
	if len(s.Nodes) == 0 {
		r.error(nodesNet, "spec.networks.nodes names no block", "add the network of the nodes' private addresses: [10.0.0.0/24]")
	}
	n.Pods, n.Services = defaultBlocks(s, n)
	// Both families were alpha from 1.16 and on by default from 1.21 on (KEP-563).
	if len(n.Pods) > 1 && v.Before(21) {
		r.error(podsNet, "a cluster of Kubernetes "+v.Series()+" has one address family", "give spec.networks.pods and services one block each; both families are there from 1.21 on")
	}
	checkFamilies(r, n)
	checkOverlaps(r, n)
	for i, block := range n.Pods {
		checkPodBlock(r, podsNet.Index(i), block, count, masks)
	}
	for i, block := range n.Services {
		checkServiceBlock(r, servicesNet.Index(i), block, v)
	}
	return n
}

func dnsDomain(r *report, domain string) string {
	if domain == "" {
		return "cluster.local"
	}
	if !isDNSName(domain) {
		r.error(networksField.Key("dnsDomain"), diag.Quote(domain)+" is no DNS domain", "write it like cluster.local, in lower case, without a dot at the end")
	}
	return domain
}

// parseBlocks leaves out the blocks that it reports.
func parseBlocks(r *report, field diag.Path, texts []string) []netip.Prefix {
	var blocks []netip.Prefix
	for i, text := range texts {
		p, err := netip.ParsePrefix(text)
		at := field.Index(i)
		switch {
		case err != nil:
			r.error(at, diag.Quote(text)+" is no CIDR block", "write an address and a prefix length: 10.0.0.0/24 or fd00:10::/64")
		case p.Addr().Is4In6():
			r.error(at, text+" is an IPv4 block in IPv6 form", "write the IPv4 block")
		case p != p.Masked():
			r.error(at, text+" has bits set behind its prefix", "write "+p.Masked().String())
		case p.Bits() == 0:
			r.error(at, text+" is every address there is", "write the block that the cluster uses")
		case unusableBlock(p):
			r.error(at, text+" holds loopback, link-local or multicast addresses", "choose a private block, such as 10.0.0.0/24 or fd00:10::/64")
		default:
			blocks = append(blocks, p)
		}
	}
	return blocks
}

// unusableBlock reports whether the block touches a range that no network of a cluster can lie in.
func unusableBlock(p netip.Prefix) bool {
	for _, text := range [...]string{"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "::/127", "fe80::/10", "ff00::/8"} {
		if p.Overlaps(netip.MustParsePrefix(text)) {
			return true
		}
	}
	return false
}

// familiesOf are the families of the blocks in order, each once.
func familiesOf(blocks []netip.Prefix) []family {
	var fs []family
	for _, b := range blocks {
		if f := familyOf(b.Addr()); !slices.Contains(fs, f) {
			fs = append(fs, f)
		}
	}
	return fs
}

// defaultBlocks gives pods and services the families of each other, or else those of the nodes.
func defaultBlocks(s spec.Networks, n Networks) (pods, services []netip.Prefix) {
	families := familiesOf(n.Nodes)
	switch {
	case len(s.Pods) > 0:
		families = familiesOf(n.Pods)
	case len(s.Services) > 0:
		families = familiesOf(n.Services)
	}
	pods, services = n.Pods, n.Services
	for _, f := range families {
		if len(s.Pods) == 0 {
			pods = append(pods, defaultBlock(f, "10.244.0.0/16", "fd00:10:244::/56"))
		}
		if len(s.Services) == 0 {
			services = append(services, defaultBlock(f, "10.96.0.0/12", "fd00:10:96::/112"))
		}
	}
	return pods, services
}

func defaultBlock(f family, four, six string) netip.Prefix {
	if f == 4 {
		return netip.MustParsePrefix(four)
	}
	return netip.MustParsePrefix(six)
}

// checkFamilies wants one block a family for pods and for services, the same families in the same order, and the nodes
// to have them all.
func checkFamilies(r *report, n Networks) {
	pods, services, nodes := familiesOf(n.Pods), familiesOf(n.Services), familiesOf(n.Nodes)
	for _, l := range []struct {
		field  diag.Path
		blocks []netip.Prefix
		fs     []family
	}{{podsNet, n.Pods, pods}, {servicesNet, n.Services, services}} {
		if len(l.blocks) > len(l.fs) {
			r.error(l.field, fmt.Sprintf("%s has more than one block of a family", l.field), "give one block a family")
		}
	}
	if len(pods) > 0 && len(services) > 0 && !slices.Equal(pods, services) {
		r.error(servicesNet, "services have "+join(services)+" and pods have "+join(pods), "give both the same families in the same order")
	}
	if len(pods) > 0 && len(nodes) > 0 && pods[0] != nodes[0] {
		r.error(podsNet, "the first family of the pods is "+pods[0].String()+" and that of the nodes is "+nodes[0].String(),
			"put the cluster's primary family first in every list of spec.networks")
	}
	for _, f := range pods {
		if len(nodes) > 0 && !slices.Contains(nodes, f) {
			r.error(nodesNet, "pods have "+f.String()+" and the nodes have no "+f.String()+" network",
				"add the nodes' "+f.String()+" block, or remove the pods' and services' blocks of that family")
		}
	}
}

// named is a block with its place in the spec.
type named struct {
	what  string
	field diag.Path
	block netip.Prefix
}

func checkOverlaps(r *report, n Networks) {
	var all []named
	for _, l := range []struct {
		what   string
		field  diag.Path
		blocks []netip.Prefix
	}{{"nodes", nodesNet, n.Nodes}, {"pods", podsNet, n.Pods}, {"services", servicesNet, n.Services}} {
		for i, b := range l.blocks {
			all = append(all, named{l.what, l.field.Index(i), b})
		}
	}
	for i, a := range all {
		for _, b := range all[i+1:] {
			if a.block.Overlaps(b.block) {
				r.error(b.field, fmt.Sprintf("the network of the %s %s overlaps that of the %s %s", b.what, b.block, a.what, a.block),
					"give each network a block of its own"+clash(a, b))
			}
		}
	}
}

// clash tells how to write the blocks that were not written.
func clash(a, b named) string {
	if a.what == b.what {
		return ""
	}
	return ": spec.networks." + b.what + " or spec.networks." + a.what
}

// maskSizes are the lengths of the blocks that the controller manager hands out to nodes.
type maskSizes struct{ v4, v6 int }

// masksOf follows the flags of the controller managers; without them it is a /24 or a /64.
func masksOf(s spec.Spec) maskSizes {
	out := maskSizes{24, 64}
	levels := []spec.ExtraArgs{s.ExtraArgs, s.Roles[string(RoleControlPlane)].ExtraArgs}
	for _, n := range s.Nodes {
		if slices.Contains(n.Roles, string(RoleControlPlane)) {
			levels = append(levels, s.Pools[n.Pool].ExtraArgs, n.ExtraArgs)
		}
	}
	for _, args := range levels {
		for _, f := range []struct {
			suffix string
			into   []*int
		}{{"", []*int{&out.v4, &out.v6}}, {"-ipv4", []*int{&out.v4}}, {"-ipv6", []*int{&out.v6}}} {
			values := args["kube-controller-manager"]["node-cidr-mask-size"+f.suffix]
			if len(values) == 0 {
				continue
			}
			// What is no number is found where types are.
			if bits, err := strconv.Atoi(values[len(values)-1]); err == nil {
				for _, size := range f.into {
					*size = bits
				}
			}
		}
	}
	return out
}

// checkPodBlock wants room for the block of each node.
func checkPodBlock(r *report, field diag.Path, block netip.Prefix, count int, masks maskSizes) {
	mask := masks.v4
	if block.Addr().Is6() {
		mask = masks.v6
	}
	// The fewest bits that number all nodes.
	need := bits.Len(uint(max(count, 1) - 1))
	switch {
	case block.Bits() > mask-need:
		r.error(field, fmt.Sprintf("the pods' block %s is too small for %d nodes with a /%d each", block, count, mask),
			fmt.Sprintf("write a block of /%d or larger", mask-need))
	case block.Addr().Is6() && block.Bits() < mask-16:
		r.error(field, fmt.Sprintf("the pods' block %s is larger than kube-controller-manager takes", block), "write a block of /48 or smaller")
	}
}

// smallestService leaves room for the addresses of the API (the 1st) and of DNS (the 10th) and some services.
const smallestService = 4

// checkServiceBlock holds a block to the limits of kube-apiserver: up to 1.33 it refuses more than 20 bits (cmd/kube-apiserver/app/options/validation.go),
// from 1.34 on its allocator still wants an IPv6 prefix of 64 bits or more (pkg/registry/core/service/ipallocator).
func checkServiceBlock(r *report, field diag.Path, block netip.Prefix, v Version) {
	length := block.Addr().BitLen()
	largest := length - 20
	if v.Major == 1 && v.Minor >= 34 {
		largest = length - 64
	}
	switch {
	case block.Bits() < largest:
		r.error(field, fmt.Sprintf("the services' block %s is larger than kube-apiserver %s takes", block, v), fmt.Sprintf("write a block of /%d or smaller", largest))
	case block.Bits() > length-smallestService:
		r.error(field, fmt.Sprintf("the services' block %s is too small", block), fmt.Sprintf("write a block of /%d or larger", length-smallestService))
	}
}

// inside names the network of pods or services that holds the address.
func inside(a netip.Addr, n Networks) string {
	if b, ok := blockOf(a, n.Pods); ok {
		return "the network of the pods " + b.String()
	}
	if b, ok := blockOf(a, n.Services); ok {
		return "the network of the services " + b.String()
	}
	return ""
}
