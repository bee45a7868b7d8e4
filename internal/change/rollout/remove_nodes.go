package rollout

import (
	"slices"
	"strings"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/layout"
)

// leaving takes members out of etcd, one by one, before others learn that they are gone.
func (t planner) leaving(m Members) []Step {
	var out []Step
	rest := t.remaining()
	if len(rest) == 0 {
		return nil
	}
	for _, n := range m.Removed {
		title := n + " leaves etcd"
		if slices.Contains(t.replaced, n) {
			title = "the old machine of " + n + " leaves etcd"
		}
		out = append(out, Step{
			Kind:   LeaveEtcd,
			Title:  title,
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
		s, kubelet := Step{Kind: Removal, Title: n.Name + " leaves: switch it off"}, t.old.Directories[n.Name].Kubelet()
		if kubelet {
			s.Title = n.Name + " leaves: empty it, and then switch it off"
		}
		if heir := t.replacement(n.Name); heir != "" {
			s.Title = n.Name + " is " + heir + " now"
		} else if kubelet && !t.leavesEndpoint(n.Name) {
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
	return t.readiness(node) + ` && { test "$ready" != True || ` + kubectl + " drain " + node + " --ignore-daemonsets " + giveUp + " --timeout=15m; }"
}

// readiness keeps what the cluster has of a node: True, or anything else.
func (t planner) readiness(node string) string {
	return `ready="$(` + kubectl + " get node " + node + ` --ignore-not-found -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')"`
}

// leavesEndpoint: the node leaves, its machine is there, and clients may meet what runs on it.
func (t planner) leavesEndpoint(node string) bool {
	d := t.was.Directories[node]
	way, _ := balances(d)
	return (way != "" || d.APIServer()) && !slices.Contains(t.facts.Gone, node) && t.replacement(node) == ""
}

// leaveEndpoint empties nodes that leave, and takes them from the endpoint before their members leave etcd: two of them would
// have the virtual IP once the others know no more of it, and clients would be led to an apiserver without an etcd.
func (t planner) leaveEndpoint() []Step {
	var out []Step
	for _, n := range t.diff.Nodes {
		if n.Action != diff.Removed || !t.leavesEndpoint(n.Name) {
			continue
		}
		d := t.was.Directories[n.Name]
		s := Step{Kind: LeaveEndpoint, Title: n.Name + " leaves the endpoint"}
		on := t.server()
		if on != "" && d.Kubelet() {
			s.Before = append(s.Before, Command{on, t.drain(n.Name), "what runs there moves", false})
		}
		first, rest := servings(d)
		if len(first) > 0 {
			s.Before = append(s.Before, stopForGood(n.Name, first, "the virtual IP and connections go to others; where the machine is gone: harender diff --gone "+n.Name))
		}
		if len(rest) > 0 {
			s.Before = append(s.Before, stopForGood(n.Name, rest, "clients find another apiserver; where the machine is gone: harender diff --gone "+n.Name))
		}
		if on != "" {
			s.After = []Command{{on, t.askServer(t.facts.Endpoint), "the endpoint answers", false}}
		}
		out = append(out, s.whole())
	}
	return out
}

// servings are what a node balances with, and the rest of its control plane but for etcd.
func servings(d diff.Directory) (balancers, rest []string) {
	way, _ := balances(d)
	seen := map[string]bool{"etcd": true, "kube-proxy": true}
	for _, f := range d.Files {
		for _, name := range f.Restarts {
			base := strings.TrimSuffix(name, ".service")
			pod := d.Has(layout.Manifests + name + ".yaml")
			switch {
			case seen[base] || !pod && !isUnit(name):
			case slices.Contains([]string{"keepalived", "haproxy", "kube-vip", "apiserver-vip"}, base):
				if seen[base] = true; way != "" {
					balancers = append(balancers, name)
				}
			case pod && d.APIServer():
				seen[base] = true
				rest = append(rest, name)
			}
		}
	}
	slices.Sort(balancers)
	slices.Sort(rest)
	return balancers, rest
}

// stopForGood stops units and static pods of a node whose files nobody brings any more. It may be run again.
func stopForGood(node string, names []string, why string) Command {
	var units, pods, run []string
	for _, n := range names {
		if isUnit(n) {
			units = append(units, n)
		} else {
			pods = append(pods, n)
		}
	}
	if len(units) > 0 {
		run = append(run, "systemctl disable --now "+strings.Join(units, " "))
	}
	if len(pods) > 0 {
		run = append(run, removePods(pods))
	}
	return Command{node, strings.Join(run, " && "), why, false}
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
