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
)

// Theft is what a machine gives to whoever has it.
type Theft struct {
	Node  string
	Roles []cluster.Role
	// Keys are the machine's own recipients.
	Keys []string
	// Loot are the sealed files that he can read.
	Loot []Loot
	// Powers are what he can do with them.
	Powers []Power
	// Steps take it from him, in this order.
	Steps []Step
}

// Loot is a sealed file that lies opened on the machine, or that a key of the machine opens.
type Loot struct {
	File
	// OnDisk is where it lies opened, from the machine's root; empty if it does not.
	OnDisk string
	// ByKey: the machine's own key opens it, also from the history of the repository.
	ByKey bool
}

// Stolen finds what the node of that name has: its files lie opened on it, and its key opens whatever is sealed to it. It
// fails if the spec has no such node.
func Stolen(p plan.Plan, name string, files []File, secrets fs.FS, now time.Time) (Theft, diag.List) {
	i := slices.IndexFunc(p.Nodes, func(n plan.Node) bool { return n.Cluster.Name == name })
	if i < 0 {
		return Theft{}, diag.List{{
			Summary: "the spec has no node " + diag.Quote(name), Detail: "the nodes are " + fewNames(p.NodeNames()),
			Hint: "for a machine that left the spec, look at its key: harender secrets access --recipient KEY",
		}}
	}
	n := p.Nodes[i]
	t := Theft{Node: name, Roles: n.Cluster.Roles, Keys: n.Cluster.Recipients, Loot: looted(n, files)}
	signers := trust(p, secrets)
	var list diag.List
	for _, l := range t.Loot {
		if strings.HasSuffix(l.Path, ".key.sops") && l.Node != "" && l.Kind != Copy {
			powers, found := signers.certificatePowers(secrets, l.File, now)
			t.Powers, list = append(t.Powers, powers...), append(list, found...)
			continue
		}
		t.Powers = append(t.Powers, secretPowers(p, l.File)...)
	}
	if n.Cluster.Has(cluster.RoleEtcd) {
		t.Powers = append(t.Powers, Power{As: "a reader of this machine's disk", Means: "has all that etcd stores, " + t.atRest()})
	}
	if slices.ContainsFunc(p.Cluster.Balancers(), func(b cluster.Node) bool { return b.Name == name }) {
		t.Powers = append(t.Powers, Power{As: "the balancer", Means: "sees who connects to the apiservers, and can cut them off; what they say is encrypted"})
	}
	slices.SortStableFunc(t.Powers, func(a, b Power) int { return cmp.Compare(worth(a), worth(b)) })
	t.Steps = steps(p, n, t, rotationsFrom(p, secrets))
	return t, list
}

// worth puts first what opens the most, as the steps do.
func worth(p Power) int {
	order := []string{plan.EtcdCA, plan.FrontProxyCA, plan.KubernetesCA, string(ServiceAccount), string(Token), string(Password), string(Encryption)}
	for i, of := range order {
		if p.Ends == of || string(p.Over) == of {
			return i
		}
	}
	return len(order)
}

func (t Theft) atRest() string {
	if slices.ContainsFunc(t.Powers, func(p Power) bool { return p.Over == Encryption }) {
		return "and the key of what is encrypted in it"
	}
	return "with Secrets and ConfigMaps encrypted by a key that only masters have"
}

func looted(n plan.Node, files []File) []Loot {
	places := map[string]string{}
	for _, m := range n.Material {
		if m.Sealed {
			places[Folder+m.Source] = "/" + m.Path
		}
	}
	var out []Loot
	for _, f := range files {
		l := Loot{File: f, OnDisk: places[f.Path], ByKey: f.Keys.Opens(n.Cluster.Recipients...)}
		if l.OnDisk != "" || l.ByKey {
			out = append(out, l)
		}
	}
	return out
}
