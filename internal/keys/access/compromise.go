package access

import (
	"cmp"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

// Compromise is what a machine gives to anyone who has it.
type Compromise struct {
	Node  string
	Roles []cluster.Role
	// Keys are the machine's own recipients.
	Keys []string
	// Exposed are the sealed files that they can read.
	Exposed []ExposedFile
	// Powers are what they can do with these.
	Powers []Capability
	// Steps take it from them, in this order.
	Steps []Step
}

// ExposedFile is a sealed file that lies opened on the machine, or that a key of the machine opens.
type ExposedFile struct {
	File
	// OnDisk is where it lies opened, from the machine's root; empty if it does not.
	OnDisk string
	// ByKey: the machine's own key opens it, also from the history of the repository.
	ByKey bool
}

// Compromised finds what the node of that name has: its files lie opened on it, and its key opens whatever is sealed to it. It
// fails if the spec has no such node.
func Compromised(p plan.Plan, name string, files []File, secrets fs.FS, now time.Time) (Compromise, diag.List) {
	i := slices.IndexFunc(p.Nodes, func(n plan.Node) bool { return n.Cluster.Name == name })
	if i < 0 {
		return Compromise{}, diag.List{{
			Summary: "the spec has no node " + diag.Quote(name), Detail: "the nodes are " + diag.First(p.NodeNames(), 3, "nodes"),
			Hint: "for a machine that left the spec, look at its key: harender secrets access --recipient KEY",
		}}
	}
	n := p.Nodes[i]
	t := Compromise{Node: name, Roles: n.Cluster.Roles, Keys: n.Cluster.Recipients, Exposed: looted(n, files)}
	signers := trust(p, secrets)
	var list diag.List
	for _, l := range t.Exposed {
		if strings.HasSuffix(l.Path, layout.Key) && l.Node != "" && l.Kind != Copy {
			powers, found := signers.certificatePowers(secrets, l.File, now)
			t.Powers, list = append(t.Powers, powers...), append(list, found...)
			continue
		}
		t.Powers = append(t.Powers, secretPowers(p, l.File)...)
	}
	if n.Cluster.Has(cluster.RoleEtcd) {
		t.Powers = append(t.Powers, Capability{As: "a reader of this machine's disk", Means: "has all that etcd stores, " + t.atRest()})
	}
	if slices.ContainsFunc(p.Cluster.Balancers(), func(b cluster.Node) bool { return b.Name == name }) {
		t.Powers = append(t.Powers, Capability{As: "the balancer", Means: "sees who connects to the apiservers, and can cut them off; what they say is encrypted"})
	}
	slices.SortStableFunc(t.Powers, func(a, b Capability) int { return cmp.Compare(worth(a), worth(b)) })
	t.Steps = steps(p, n, t, rotationsFrom(p, secrets))
	return t, list
}

// worth puts first what opens the most, as the steps do.
func worth(p Capability) int {
	order := []string{plan.EtcdCA, plan.FrontProxyCA, plan.KubernetesCA, string(ServiceAccount), string(Token), string(Password), string(Encryption)}
	for i, of := range order {
		if p.Ends == of || string(p.Over) == of {
			return i
		}
	}
	return len(order)
}

func (t Compromise) atRest() string {
	if slices.ContainsFunc(t.Powers, func(p Capability) bool { return p.Over == Encryption }) {
		return "and the key of what is encrypted in it"
	}
	return "with Secrets and ConfigMaps encrypted by a key that only masters have"
}

func looted(n plan.Node, files []File) []ExposedFile {
	places := map[string]string{}
	for _, m := range n.Material {
		if m.Sealed {
			places[layout.Secrets+m.Source] = "/" + m.Path
		}
	}
	var out []ExposedFile
	for _, f := range files {
		l := ExposedFile{File: f, OnDisk: places[f.Path], ByKey: f.Keys.Opens(n.Cluster.Recipients...)}
		if l.OnDisk != "" || l.ByKey {
			out = append(out, l)
		}
	}
	return out
}
