package rollout

import "github.com/harender/harender/internal/change/diff"

// leaving takes members out of etcd, one by one, before others learn that they are gone.
func (t planner) leaving(m Members) []Step {
	var out []Step
	rest := t.remaining()
	if len(rest) == 0 {
		return nil
	}
	for _, n := range m.Removed {
		out = append(out, Step{
			Title:  n + " leaves etcd",
			Before: []Command{{rest[0], t.memberRemove(rest[0], rest, n), "who is gone must not count for the quorum", true}},
			After:  []Command{t.healthy(rest[0], rest)},
		}.whole())
	}
	return out
}

// removeNodes takes nodes that leave out of the cluster. The machine of a node that has another name now stays.
func (t planner) removeNodes() []Step {
	var out []Step
	servers := t.those(t.now, diff.Directory.APIServer)
	for _, n := range t.diff.Nodes {
		if n.Action != diff.Removed || len(servers) == 0 {
			continue
		}
		s, kubelet := Step{Title: n.Name + " leaves: switch it off"}, t.old.Directories[n.Name].Kubelet()
		if kubelet {
			s.Title = n.Name + " leaves: empty it, and then switch it off"
		}
		if heir := t.replacement(n.Name); heir != "" {
			s.Title = n.Name + " is " + heir + " now"
		} else if kubelet {
			s.Before = append(s.Before, Command{servers[0], t.drain(n.Name), "what runs there moves", false})
		}
		if kubelet {
			s.Before = append(s.Before, Command{servers[0], kubectl + " delete node " + n.Name + " --ignore-not-found", "the scheduler forgets it", false})
		}
		out = append(out, s.whole())
	}
	return out
}

// drain ends. A machine that is dead, or gone, has no kubelet that could end its pods: they go with the node's object. What pods
// keep in an emptyDir goes with the node, and has to be given up by name: until 1.20, by another one.
func (t planner) drain(node string) string {
	giveUp := "--delete-emptydir-data"
	if t.facts.Version.Before(20) {
		giveUp = "--delete-local-data"
	}
	return `ready="$(` + kubectl + " get node " + node + ` --ignore-not-found -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" && ` +
		`{ test "$ready" != True || ` + kubectl + " drain " + node + " --ignore-daemonsets " + giveUp + " --timeout=15m; }"
}

// replacement is the node that comes at the address of one that leaves.
func (t planner) replacement(gone string) string {
	addresses := t.old.Directories[gone].Addresses()
	for _, n := range t.facts.Fleet.Nodes {
		if a := t.facts.Addresses[n]; len(addresses) > 0 && a.IsValid() && a.String() == addresses[0] {
			return n
		}
	}
	return ""
}
