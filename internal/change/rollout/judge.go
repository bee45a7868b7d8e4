package rollout

import (
	"slices"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/compile/cluster"
)

// Kinds of steps.
const (
	// Inspection looks, and changes nothing.
	Inspection = "inspection"
	// LeaveEndpoint takes a node that leaves from the endpoint.
	LeaveEndpoint = "leave-endpoint"
	// LeaveEtcd takes a member out.
	LeaveEtcd = "leave-etcd"
	// Delivery brings files to nodes that stay.
	Delivery = "delivery"
	// KubeletUpgrade brings files and another kubelet.
	KubeletUpgrade = "kubelet"
	// Arrival brings files to nodes that come.
	Arrival = "arrival"
	// Beginning is that of a new cluster.
	Beginning = "beginning"
	// Addons brings the cluster's own objects.
	Addons = "addons"
	// Removal forgets a node.
	Removal = "removal"
)

// Kinds are all of them.
func Kinds() []string {
	return []string{Inspection, LeaveEndpoint, LeaveEtcd, Delivery, KubeletUpgrade, Arrival, Beginning, Addons, Removal}
}

// judge says of each step what it risks, and how it is taken back. All are the restarts of the change, with their effects.
func (t planner) judge(steps []Step, all []Restart) {
	for i, s := range steps {
		has := t.stepRisks(s)
		steps[i].Risks, steps[i].Back = has.classes(), t.wayBack(s, len(has[cluster.RiskIrreversible]) > 0)
		steps[i].Disturbs, steps[i].AtMost = t.disturbs(s, all), s.atMost()
	}
}

func (t planner) stepRisks(s Step) risks {
	all := risks{}
	switch s.Kind {
	case LeaveEndpoint:
		all.add(s.Title, cluster.RiskEndpoint, cluster.RiskRestart)
	case LeaveEtcd:
		all.add(s.Title, cluster.RiskQuorum, cluster.RiskIrreversible)
	case Removal:
		all.add(s.Title, cluster.RiskIrreversible)
	case Addons:
		t.changesOf(all, s, []string{"addons"})
	case Delivery, KubeletUpgrade:
		t.changesOf(all, s, s.Nodes)
		t.turnRisks(all, s)
	case Arrival:
		all.add(s.Title, cluster.RiskRestart)
		if t.now.Directories[s.Nodes[0]].Member() {
			all.add(s.Title, cluster.RiskQuorum)
		}
	case Beginning, Inspection:
	}
	return all
}

// changesOf are the risks of the files that a step brings.
func (t planner) changesOf(all risks, s Step, nodes []string) {
	for _, c := range t.diff.Changes {
		here := slices.ContainsFunc(nodes, func(n string) bool { return slices.Contains(c.Nodes, n) })
		if !here || slices.Contains(s.Held, c.Path) || s.Kind == KubeletUpgrade && !ofLate(c) && t.holds(nodes[0]) {
			continue
		}
		t.changeRisks(all, c)
		for _, d := range t.dangersOf(c) {
			all.add(d.What, d.Classes...)
		}
	}
}

// turnRisks are those of what happens on a node at its turn.
func (t planner) turnRisks(all risks, s Step) {
	node := s.Nodes[0]
	happening := t.turn(node)
	if s.Kind == KubeletUpgrade {
		all.add("kubelet", cluster.RiskRestart)
		if d := t.now.Directories[node]; d.Member() && t.holds(node) {
			all.add("etcd", cluster.RiskQuorum) // Its static pods end for a while.
		}
		if t.holds(node) {
			return
		}
	}
	for name, happens := range happening {
		all.add(name, t.restartClass(name, happens)...)
	}
	if t.upgrades(node) && serves(t.now.Directories[node]) && s.Kind == Delivery {
		all.add("Kubernetes", cluster.RiskIrreversible)
	}
}

// wayBack is how a step is taken back, or that it cannot be.
func (t planner) wayBack(s Step, irreversible bool) string {
	const files = "bring the files of the last commit again, and restart the same"
	switch s.Kind {
	case Inspection:
		return "nothing was changed"
	case LeaveEndpoint:
		return "bring the node's files of the last commit again, start its kubelet and its units, and uncordon it"
	case LeaveEtcd:
		return "none: the member's data are worth nothing any more. Back in the spec, it joins as a new one, on an empty disk"
	case Removal:
		return "none: its object is gone, and what pods kept on its disk. Back in the spec, it joins as a new node"
	case Addons:
		return "apply rendered/addons of the last commit; objects that are new stay until somebody deletes them"
	case Arrival:
		return "take the node out of the spec again: the plan for that empties it, and takes it out of etcd"
	case Beginning:
		return "nothing ran before: wipe the machines"
	case KubeletUpgrade:
		return t.kubeletBack(s)
	}
	if irreversible {
		return t.upgradeBack(s.Nodes[0])
	}
	return files
}

// kubeletBack: a kubelet may be older than the apiservers.
func (t planner) kubeletBack(s Step) string {
	was := t.old.Directories[s.Nodes[0]].Kubernetes
	return "drain the node, put kubelet " + was + " there again, bring its files of the last commit for kubelet and kube-proxy, restart the kubelet, and uncordon the node: it may be older than the apiservers"
}

// upgradeBack is from where there is no other way back than the snapshot.
func (t planner) upgradeBack(node string) string {
	if !t.now.Directories[node].APIServer() {
		return "none by itself, as soon as every member has it: etcd of the minor before starts with these data only after etcdctl downgrade, or from the snapshot"
	}
	return "none, from the first node on: an older apiserver cannot read what a newer one stored. What is left is the snapshot from before (docs/etcd.md, Restore), without what was written since"
}

// dangersOf a change.
func (t planner) dangersOf(c diff.Change) []Danger {
	var out []Danger
	if c.Action != diff.Changed {
		return nil
	}
	kinds := dangers()
	for _, d := range c.Details {
		if k, found := dangerOf(kinds, c.Path, d); found {
			out = append(out, Danger{What: d.What, Nodes: c.Nodes, Old: d.Old, New: d.New, Why: k.why, Classes: k.classes})
		}
	}
	return out
}
