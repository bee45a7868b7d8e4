package cluster

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

const nodesField = diag.Path("spec.nodes")

// nodes resolves every node with what its roles and its pool add to it.
func nodes(r *report, s spec.Spec, v Version, known Releases, nets Networks, sound bool) []Node {
	if len(s.Nodes) == 0 {
		r.error(nodesField, "spec.nodes names no node", "add at least one with the roles etcd and control-plane; three make it highly available")
	}
	groups := resolveGroups(r, s, known)
	out := make([]Node, len(s.Nodes))
	for i, n := range s.Nodes {
		out[i] = node(r, nodesField.Index(i), n, v, nets, sound)
		groups.addTo(&out[i], ownGroup(r, nodesField.Index(i), n, known))
	}
	checkNames(r, s.Nodes)
	checkDuplicateAddresses(r, out)
	checkDuplicateRecipients(r, out)
	checkDisks(r, out)
	return out
}

func node(r *report, field diag.Path, n spec.Node, v Version, nets Networks, sound bool) Node {
	nodeName(r, field.Key("name"), n.Name)
	return Node{
		Name:       n.Name,
		Addresses:  addresses(r, field, n, nets, sound),
		Public:     publicAddress(r, field, n, nets, sound),
		Roles:      roles(r, field.Key("roles"), n.Roles),
		Pool:       poolName(r, field.Key("pool"), n.Pool),
		Machine:    machine(r, field.Key("machine"), n.Machine),
		Recipients: recipients(r, field.Key("recipients"), n.Recipients),
		Version:    v, versionField: versionField,
		Field: string(field),
	}
}

// maxNodeName: the common name system:node:NAME has 64 characters at most (RFC 5280, upper bounds).
const maxNodeName = 64 - len("system:node:")

// nodeName wants a DNS name that can also be the name of a directory everywhere.
func nodeName(r *report, field diag.Path, name string) {
	switch {
	case !isDNSName(name):
		r.error(field, "the node's name "+diag.Quote(name)+" is not a DNS name", labelHint(name))
	case len(name) > maxNodeName:
		r.error(field, fmt.Sprintf("the node's name is longer than %d characters", maxNodeName),
			"choose a shorter one: its certificate names it system:node:NAME, which has 64 characters at most")
	case name == "addons":
		r.error(field, "addons is no name for a node", "rendered/addons holds the cluster's objects; choose another name")
	case name == "cloud":
		r.error(field, "cloud is no name for a node", "rendered/cloud holds what the cloud has to bring; choose another name")
	case strings.HasSuffix(name, layout.Index):
		r.error(field, "a node's name cannot end in .index.json", "rendered/NAME.index.json is another node's index; choose another name")
	case deviceName(name):
		r.error(field, diag.Quote(name)+" is the name of a device on Windows, where the repository could not be checked out", "choose another name")
	case looksNumeric(name):
		r.error(field, "the node's name "+diag.Quote(name)+" ends in a number, like an address", "choose a name with a letter in its last part")
	}
}

func deviceName(name string) bool {
	first, _, _ := strings.Cut(name, ".")
	switch first {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(first) == 4 && (strings.HasPrefix(first, "com") || strings.HasPrefix(first, "lpt")) && first[3] >= '0' && first[3] <= '9'
}

func poolName(r *report, field diag.Path, name string) string {
	if name != "" && len(validation.IsDNS1123Label(name)) > 0 {
		r.error(field, "the pool's name "+diag.Quote(name)+" is not a DNS label", labelHint(name))
	}
	return name
}

var machineName = regexp.MustCompile(`^[A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?$`)

// maxMachine is how long the word for a machine may be.
const maxMachine = 63

func machine(r *report, field diag.Path, name string) string {
	if name != "" && (!machineName.MatchString(name) || len(name) > maxMachine) {
		r.error(field, diag.Quote(name)+" is no word for a machine", "use letters, digits, -, . and _, at most 63, such as a serial number")
		return ""
	}
	return name
}

// checkNames finds nodes that would share a directory, on file systems that fold case too.
func checkNames(r *report, nodes []spec.Node) {
	seen := make(map[string]int, len(nodes))
	for i, n := range nodes {
		key := strings.ToLower(n.Name)
		if first, twice := seen[key]; twice {
			r.error(nodesField.Index(i).Key("name"), "two nodes are called "+diag.Quote(n.Name), "rename this one or spec.nodes["+fmt.Sprint(first)+"]")
			continue
		}
		seen[key] = i
	}
}

// addresses are the private ones; a zero Addr stands for one that was reported.
func addresses(r *report, field diag.Path, n spec.Node, nets Networks, sound bool) []netip.Addr {
	first, second := field.Key("address"), field.Key("secondaryAddress")
	if !sound {
		return []netip.Addr{parseAddr(r, first, n.Address)}
	}
	families := familiesOf(nets.Pods)
	out := []netip.Addr{privateAddress(r, first, n.Address, families[0], nets)}
	switch dual := len(families) == 2; {
	case dual && n.SecondaryAddress == "":
		r.error(second, "the cluster has both families, and "+diag.Quote(n.Name)+" has no secondaryAddress",
			"add the node's "+families[1].String()+" address")
	case dual:
		out = append(out, privateAddress(r, second, n.SecondaryAddress, families[1], nets))
	case n.SecondaryAddress != "":
		r.error(second, "secondaryAddress is for clusters with both families", "remove it, or give spec.networks.pods and services a block of each family")
	}
	return out
}

// privateAddress parses one and holds it to its family and to the nodes' networks.
func privateAddress(r *report, field diag.Path, text string, want family, nets Networks) netip.Addr {
	a := parseAddr(r, field, text)
	switch {
	case !a.IsValid():
	case familyOf(a) != want:
		r.error(field, a.String()+" is an "+familyOf(a).String()+" address where the cluster has "+want.String(),
			"the first block of spec.networks.pods says which family is the primary one")
	default:
		checkHostAddr(r, field, a, nets)
	}
	return a
}

func publicAddress(r *report, field diag.Path, n spec.Node, nets Networks, sound bool) netip.Addr {
	if n.PublicAddress == "" {
		return netip.Addr{}
	}
	at := field.Key("publicAddress")
	a := parseAddr(r, at, n.PublicAddress)
	if where := inside(a, nets); sound && a.IsValid() && where != "" {
		r.error(at, a.String()+" lies in "+where, "choose an address outside the cluster's own networks")
	}
	return a
}

func checkDuplicateAddresses(r *report, nodes []Node) {
	seen := make(map[netip.Addr]diag.Path, 2*len(nodes))
	for _, n := range nodes {
		keys := []string{"address", "secondaryAddress", "publicAddress"}
		all := append(slices.Clone(n.Addresses), netip.Addr{}, netip.Addr{})[:2]
		for i, a := range append(all, n.Public) {
			field := diag.Path(n.Field).Key(keys[i])
			first, twice := seen[a]
			switch {
			case !a.IsValid():
			case twice:
				r.error(field, "the address "+a.String()+" is given twice", "it is "+string(first)+" already; every address belongs to one node, once")
			default:
				seen[a] = field
			}
		}
	}
}
