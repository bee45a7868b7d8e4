package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/layout"
)

// replace finds the nodes that are other machines than before: the spec has another word for the machine, or a member of etcd
// another address. What was there counts no more: such a node comes, and the member of the old machine leaves.
func (t *planner) replace() {
	for _, n := range t.facts.Fleet.Nodes {
		was, stays := t.was.Directories[n]
		is := t.now.Directories[n]
		if stays && (was.Machine != is.Machine || is.Etcd != nil && was.Member() && t.moves(n)) {
			t.replaced = append(t.replaced, n)
		}
	}
	if len(t.replaced) == 0 {
		return
	}
	t.old.Directories = map[string]diff.Directory{}
	for name, d := range t.was.Directories {
		if !slices.Contains(t.replaced, name) {
			t.old.Directories[name] = d
		}
	}
	changes, versions := t.diff.Changes, t.diff.Versions
	t.diff.Changes, t.diff.Versions = nil, nil
	for _, c := range changes {
		if c.Nodes = without(c.Nodes, t.replaced); len(c.Nodes) > 0 {
			t.diff.Changes = append(t.diff.Changes, c)
		}
	}
	for _, v := range versions {
		if v.Nodes = without(v.Nodes, t.replaced); len(v.Nodes) > 0 {
			t.diff.Versions = append(t.diff.Versions, v)
		}
	}
}

// comes reports whether a node was not there before, or is another machine.
func (t planner) comes(node string) bool {
	_, stays := t.old.Directories[node]
	return !stays
}

// joinsByPlan: the plan lets the node's member in. kubeadm does so itself.
func (t planner) joinsByPlan(node string) bool {
	return t.now.Directories[node].Has(layout.Manifests+"etcd.yaml", layout.Units+"etcd.service")
}

// joining brings new members and apiservers, one by one. Each member is let in before it starts, with the list of those that
// are there by then.
func (t planner) joining() []Step {
	var out []Step
	members := t.remaining()
	for _, n := range t.joiners() {
		if !t.now.Directories[n].Member() {
			out = append(out, t.arrival([]string{n}, members, "1"))
			continue
		}
		joined := append(slices.Clone(members), n)
		s := t.arrival([]string{n}, joined, "1")
		if t.joinsByPlan(n) && len(members) > 0 {
			empty := t.emptyDisk(n)
			empty.On = CurrentNode
			s.Before = append([]Command{empty, {
				members[0], t.memberAdd(members[0], members, n), "etcd lets nobody in that it was not told of", true,
			}}, s.Before...)
		}
		members = joined
		out = append(out, s)
	}
	return out
}

// joiners are the nodes that come with an apiserver or a member of etcd, and those that are there and become members. Members
// that were told of fewer others come first.
func (t planner) joiners() []string {
	out := slices.DeleteFunc(t.those(t.now, serves), func(n string) bool {
		was, stays := t.old.Directories[n]
		return stays && (was.Member() || !t.now.Directories[n].Member())
	})
	told := func(n string) int {
		if start := t.now.Directories[n].Etcd; start != nil {
			return len(start.Peers)
		}
		return 0
	}
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(told(a), told(b)) })
	return out
}

// newcomers are the other nodes that come. Those on which the same is started come together.
func (t planner) newcomers() []Step {
	var out []Step
	at := map[string]int{}
	for _, n := range t.those(t.now, follows) {
		if !t.comes(n) {
			continue
		}
		s := t.arrival([]string{n}, nil, "100%")
		key := fmt.Sprint(slices.Contains(t.replaced, n), s.Before, s.Restart, s.After)
		if i, known := at[key]; known {
			out[i].Nodes = append(out[i].Nodes, n)
			out[i].Title = t.title(out[i])
			continue
		}
		at[key] = len(out)
		out = append(out, s)
	}
	return out
}

// arrival gives new nodes their files, and starts what is theirs. Of a machine that is gone, the scheduler still has the node's
// object, with its pods.
func (t planner) arrival(nodes, members []string, serial ...string) Step {
	s := t.delivery(nodes, members, serial...)
	s.Kind = Arrival
	if units := t.units(nodes[0]); len(units) > 0 {
		all := strings.Join(units, " ")
		s.Restart = append(s.Restart, Command{
			CurrentNode, "systemctl daemon-reload && systemctl enable " + all + " && systemctl start --no-block " + all, "it is new", false,
		})
	}
	if on := t.server(); on != "" && slices.Contains(t.replaced, nodes[0]) && t.was.Directories[nodes[0]].Kubelet() {
		s.Before = append(s.Before, Command{
			on, t.readiness(CurrentNode) + ` && { test "$ready" = True || ` + kubectl + " delete node " + CurrentNode + " --ignore-not-found; }",
			"what ran on the machine that is gone starts elsewhere", false,
		})
	}
	return s
}

// units of systemd that a node's files are for, sorted.
func (t planner) units(node string) []string {
	var out []string
	for _, f := range t.now.Directories[node].Files {
		for _, name := range f.Restarts {
			if isUnit(name) && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return out
}

// server is a node with an apiserver that stays; without any, one that comes.
func (t planner) server() string {
	all := t.those(t.now, diff.Directory.APIServer)
	for _, n := range all {
		if t.old.Directories[n].APIServer() {
			return n
		}
	}
	if len(all) > 0 {
		return all[0]
	}
	return ""
}
