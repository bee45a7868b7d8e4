package rollout

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/layout"
)

// refusals are the reasons for which no order of the nodes is safe.
func (t planner) refusals(m Members) []Refusal {
	if t.fresh() {
		return t.lost(m)
	}
	return slices.Concat(t.facts.Barred, t.membership(m), t.moved(), t.orphaned(), t.hiddenData(), t.skippedMinors(), t.tooNew(), t.distrust(), t.unanswered(), t.ported(), t.renumbered())
}

// fresh: no node of the old side stays, so that nothing can be disturbed.
func (t planner) fresh() bool {
	return !slices.ContainsFunc(t.facts.Fleet.Nodes, func(n string) bool { _, stays := t.old.Directories[n]; return stays })
}

// lost: with no node that stays, nobody has what the old members of etcd stored.
func (t planner) lost(m Members) []Refusal {
	if len(m.Before) == 0 {
		return nil
	}
	return []Refusal{{
		"every node of the cluster would be another", "etcd would begin again, without what it has stored.",
		"take it in steps: replace one member in the spec, build, commit and roll out, then the next",
	}}
}

// membership: a member joins with the list of those that are there, which must all be known.
func (t planner) membership(m Members) []Refusal {
	var out []Refusal
	if len(m.Before) == 0 {
		return nil
	}
	if rest, need := t.remaining(), len(m.Before)/2+1; len(m.Added) > 0 && len(rest) < need {
		out = append(out, Refusal{
			"etcd would lose " + strings.Join(m.Removed, ", ") + " at once", fmt.Sprintf("Of %d members, %d stay, and it takes %d to let one in or out.", len(m.Before), len(rest), need),
			"where their machines still run, replace one member in the spec, build, commit and roll out, then the next; where they are lost, restore etcd (docs/etcd.md, Restore)",
		})
	}
	out = append(out, t.starts()...)
	if t.joinsFirst() && len(t.diff.Versions) > 0 {
		out = append(out, Refusal{
			"etcd would get " + strings.Join(m.Added, ", ") + " and another version at once", "Until they have joined, none of the others can be away, and so none can restart with that version.",
			"take it in two steps, a build and a rollout each: the members, and then the version",
		})
	}
	return out
}

// starts finds members that would not come in with what they are told.
func (t planner) starts() []Refusal {
	var out []Refusal
	members := t.remaining()
	for _, n := range t.joiners() {
		start := t.now.Directories[n].Etcd
		if !t.now.Directories[n].Member() || start == nil {
			continue
		}
		members = append(members, n)
		switch {
		case start.State != "existing":
			out = append(out, Refusal{
				n + " would begin an etcd of its own", "A member that joins must be told that there is a cluster: its initialClusterState is " + start.State + ".",
				"take spec.etcd.initialClusterState out of the spec, and build",
			})
		case !slices.Equal(slices.Sorted(slices.Values(peerNodes(start))), slices.Sorted(slices.Values(members))):
			out = append(out, Refusal{
				n + " would join with a list of other members than etcd has by then", "It has " + strings.Join(peerNodes(start), ", ") + ", and etcd " + strings.Join(members, ", ") + ".",
				"have its list made again: rm -r rendered/" + n + " rendered/" + n + ".index.json, and build",
			})
		}
	}
	return out
}

// peerNodes are the names in a list of members.
func peerNodes(s *tree.Start) []string {
	var out []string
	for _, p := range s.Peers {
		name, _, _ := strings.Cut(p, "=")
		out = append(out, name)
	}
	return out
}

// moves reports whether a member is to answer at an address which it did not join with.
func (t planner) moves(node string) bool {
	was := peerNames(t.was.Directories[node])
	address := t.facts.Addresses[node]
	return len(was) > 0 && t.now.Directories[node].Member() && address.IsValid() && !slices.Contains(was, address.String())
}

// moved finds such members where kubeadm brings them up, which does not replace them.
func (t planner) moved() []Refusal {
	var out []Refusal
	for _, n := range t.remaining() {
		if address := t.facts.Addresses[n]; t.moves(n) {
			out = append(out, Refusal{
				"the member " + n + " of etcd would be at " + address.String(), "The others know it by the address that it joined with, and a member does not take a new one from its flags.",
				"give it another name as well, and an empty disk: then it is another member, which takes the place of " + n,
			})
		}
	}
	return out
}

func peerNames(d diff.Directory) []string {
	for _, path := range []string{layout.EtcdPKI + "peer.pem", layout.EtcdPKI + "peer.crt"} {
		all, err := certificate.Decode(d.Files[path].Content)
		if err == nil {
			return all[0].Names
		}
	}
	return nil
}

// orphaned finds members and apiservers that stop for good, though their nodes keep the duty: where kubeadm takes over, it does
// not find what harender leaves.
func (t planner) orphaned() []Refusal {
	var out []Refusal
	for pod, has := range map[string]func(diff.Directory) bool{"etcd": diff.Directory.Member, "kube-apiserver": diff.Directory.APIServer} {
		ends := func(d diff.Directory) bool {
			return has(d) && !d.Has(layout.Manifests+pod+".yaml", layout.Units+pod+".service")
		}
		nodes := slices.DeleteFunc(t.those(t.now, ends), func(n string) bool { return t.actions(n)[pod] != stops })
		if len(nodes) > 0 {
			out = append(out, Refusal{
				pod + " would stop on " + t.facts.Fleet.Name(nodes), "Its manifest is gone, and nothing else starts it again.",
				"a cluster keeps the way in which it was brought up: leave spec.bootstrap as it was",
			})
		}
	}
	slices.SortFunc(out, func(a, b Refusal) int { return strings.Compare(a.Summary, b.Summary) })
	return out
}

const etcdData = "/var/lib/etcd"

// hiddenData finds members whose data would disappear below another file system.
func (t planner) hiddenData() []Refusal {
	var nodes []string
	for _, n := range t.remaining() {
		for name, f := range t.now.Directories[n].Files {
			where := after(string(f.Content), "Where=")
			over := where == etcdData || where != "" && strings.HasPrefix(etcdData, where+"/")
			device := func(side diff.Side) string { return after(string(side.Directories[n].Files[name].Content), "What=") }
			if strings.HasPrefix(name, layout.Units) && strings.HasSuffix(name, ".mount") && over && device(t.old) != device(t.now) {
				nodes = append(nodes, n)
			}
		}
	}
	if len(nodes) == 0 {
		return nil
	}
	return []Refusal{{
		"what etcd has stored on " + t.facts.Fleet.Name(nodes) + " would lie below another file system",
		"That one is empty where it is new, and a member does not start without what it has stored.",
		"member by member: stop etcd, copy " + etcdData + " to the new file system, mount it, and start etcd; or replace the members one by one",
	}}
}

// renumbered finds networks that leave addresses behind which are in use.
func (t planner) renumbered() []Refusal {
	var out []Refusal
	refuse := func(network, flag, why string) {
		if d, changes := t.flag(flag); changes && !holds(d.New, d.Old) {
			out = append(out, Refusal{
				"the network of " + network + " would be " + d.New + " in place of " + d.Old, why,
				"leave it as it is; a block that holds the old one, or one more of the other family, is fine",
			})
		}
	}
	refuse("pods", "kube-controller-manager --cluster-cidr", "Nodes keep the blocks that they have, and kube-controller-manager does not start where one lies outside of its own.")
	refuse("services", "kube-apiserver --service-cluster-ip-range", "Services keep the addresses that they have, that of the apiservers among them, which would not be in their certificates.")
	return out
}

// flag is how a flag changes somewhere.
func (t planner) flag(name string) (diff.Detail, bool) {
	for _, c := range t.diff.Changes {
		for _, d := range c.Details {
			if d.What == name {
				return d, true
			}
		}
	}
	return diff.Detail{}, false
}

// holds reports whether every block of the one list lies in one of the other.
func holds(blocks, held string) bool {
	for text := range strings.SplitSeq(held, ",") {
		inner, err := netip.ParsePrefix(text)
		in := func(text string) bool {
			outer, err := netip.ParsePrefix(text)
			return err == nil && outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
		}
		if err == nil && !slices.ContainsFunc(strings.Split(blocks, ","), in) {
			return false
		}
	}
	return true
}

// skippedMinors are changes of versions that Kubernetes does not take.
func (t planner) skippedMinors() []Refusal {
	var out []Refusal
	add := func(r Refusal) {
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	newest := t.newestServer()
	for _, n := range t.facts.Fleet.Nodes {
		was, known := cluster.ParseVersion(t.old.Directories[n].Kubernetes)
		is, also := cluster.ParseVersion(t.now.Directories[n].Kubernetes)
		d := t.now.Directories[n]
		switch {
		case !known || !also:
		case d.APIServer() || d.Member():
			if step := is.Minors(was); step > 1 || step < 0 {
				add(Refusal{
					fmt.Sprintf("the control plane cannot go from Kubernetes %s to %s", was.Series(), is.Series()),
					"An apiserver makes what is stored ready for the next minor alone, and an older one cannot read what a newer one stored.", "take the minors one by one, upwards, a build and a rollout each",
				})
			}
		case d.Kubelet() && newest.Minors(was) > cluster.KubeletSkew(was):
			add(Refusal{
				fmt.Sprintf("kubelets of Kubernetes %s would meet apiservers of %s", was.Series(), newest.Series()),
				fmt.Sprintf("The control plane goes first, and a kubelet may be %d minors older.", cluster.KubeletSkew(was)),
				"upgrade these nodes before: build and roll out with the control plane as it is",
			})
		}
	}
	return out
}

// newestServer is the newest apiserver of the new side.
func (t planner) newestServer() cluster.Version {
	var newest cluster.Version
	for _, d := range t.now.Directories {
		if v, known := cluster.ParseVersion(d.Kubernetes); known && d.APIServer() && v.Minors(newest) > 0 {
			newest = v
		}
	}
	return newest
}

// distrust finds authorities that are replaced at once: on the way, there are nodes with the new files and nodes with the old
// ones, and each must trust what the other shows.
func (t planner) distrust() []Refusal {
	var out []Refusal
	for _, a := range t.diff.Authorities {
		if a.Action != diff.Changed {
			continue
		}
		if trusts(t.old, a.ID, a.New.Pin) && trusts(t.now, a.ID, a.Old.Pin) {
			continue
		}
		name := strings.TrimSuffix(strings.TrimPrefix(a.ID, layout.Cluster), "-ca")
		command := "harender certs rotate-ca " + name
		if a.New.IsKey() {
			command = "harender certs rotate-key " + name
		}
		out = append(out, Refusal{
			a.ID + " would be replaced at once", "Nodes that have the new files and nodes that do not would not trust each other.",
			"replace it in steps, each delivered to every node before the next: " + command + " --stage",
		})
	}
	return out
}

// trusts reports whether the nodes of a side trust the public key for that authority.
func trusts(side diff.Side, id, pin string) bool {
	return slices.ContainsFunc(layout.Slots(), func(slot string) bool {
		a, there := side.Authorities[id+slot]
		return there && a.Pin == pin
	})
}
