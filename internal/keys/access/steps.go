package access

import (
	"io/fs"
	"slices"
	"time"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/keys/issue"
)

// Step is one thing to do, with the commands for it.
type Step struct {
	Do  string
	Why string
	// Commands are run in this order. What a command of harender changes is committed and delivered before the next one.
	Commands []string
}

// steps are in the order in which they take the most away: first the machine, then what opens everything, then what opens a
// part, and at last what only helps somebody who has a copy of etcd's data.
func steps(p plan.Plan, n plan.Node, t Compromise, rotate rotations) []Step {
	out := []Step{cutOff(n)}
	if len(n.Cluster.Recipients) > 0 || len(t.Exposed) > 0 {
		out = append(out, rekey(n))
	}
	for _, id := range []string{plan.EtcdCA, plan.FrontProxyCA, plan.KubernetesCA} {
		if ended := ends(t.Powers, id); len(ended) > 0 {
			out = append(out, replaceAuthority(n, id, ended, rotate[id]))
		}
	}
	if id := firstOf(t.Powers, ServiceAccount); id != "" {
		out = append(out, Step{"replace the key of service accounts", "anyone who has it makes tokens whose lifetime they choose", rotate[id]})
	}
	if users := usersOf(p, t.Powers); len(users) > 0 {
		out = append(out, Step{"replace the tokens and passwords of users", "they do not end by themselves", []string{plan.RenewUsers(users)}})
	}
	if id := firstOf(t.Powers, Encryption); id != "" {
		out = append(out, Step{"replace the key of what etcd stores encrypted", "snapshots that were taken before stay readable by the old one", rotate[id]})
	}
	return append(out, known(n)...)
}

func cutOff(n plan.Node) Step {
	s := Step{Do: "cut the machine off the network", Why: "until then it works on, with all that it has"}
	if runsKubelet(n) {
		s.Commands = append(s.Commands, "kubectl delete node "+n.Cluster.Name)
	}
	if n.Cluster.Has(cluster.RoleEtcd) {
		s.Commands = append(s.Commands, "etcdctl member list", "etcdctl member remove ID")
	}
	return s
}

// rekey issues the machine's certificates again, for the one that takes its place.
func rekey(n plan.Node) Step {
	if len(n.Cluster.Recipients) == 0 {
		return Step{
			"issue its certificates again", "whatever takes its place is not to share a key with it",
			[]string{"harender certs renew --node " + n.Cluster.Name},
		}
	}
	return Step{
		"give " + n.Cluster.Field + ".recipients the key of the machine that takes its place, or take the node out of the spec",
		"its key opens every file that is sealed to it, here and in the history of the repository; a build issues all its certificates again",
		[]string{"harender build --accept-recipients"},
	}
}

func ends(powers []Capability, id string) []Capability {
	return slices.DeleteFunc(slices.Clone(powers), func(p Capability) bool { return p.Ends != id })
}

func firstOf(powers []Capability, kind Kind) string {
	for _, p := range powers {
		if p.Over == kind {
			return p.Ends
		}
	}
	return ""
}

// replaceAuthority: there is no revocation in Kubernetes or etcd, so a certificate works until it or its authority ends.
func replaceAuthority(n plan.Node, id string, powers []Capability, commands []string) Step {
	var last time.Time
	for _, p := range powers {
		if p.Until.After(last) {
			last = p.Until
		}
	}
	date := last.UTC().Format(time.DateOnly)
	s := Step{"replace " + id, "no certificate can be taken back: what it has works until " + date + ", or until nothing trusts its authority", commands}
	if id == plan.KubernetesCA && !n.Cluster.Has(cluster.RoleControlPlane) {
		s.Do += ", or leave the name " + n.Cluster.Name + " unused until " + date
		s.Why = "no certificate can be taken back, but this machine's are worth little where no pod is bound to a node of its name"
	}
	return s
}

// rotations are the commands that replace authorities and keys while the cluster works, by ID.
type rotations map[string][]string

// rotationsFrom go on from where a rotation stands. What a master reads with while the encryption key's successor is staged
// is also the successor, which is known then too.
func rotationsFrom(p plan.Plan, secrets fs.FS) rotations {
	out := rotations{}
	for _, of := range p.Rotating() {
		phases := []issue.Phase{issue.Stage, issue.Promote, issue.Retire}
		switch at, err := issue.StateOf(of, secrets); {
		case err != nil:
		case at == issue.Promoted:
			phases = append([]issue.Phase{issue.Retire}, phases...)
		case at == issue.Staged && len(of.Parts) == 1:
			phases = append([]issue.Phase{issue.Back}, phases...)
		case at == issue.Staged:
			phases = phases[1:]
		}
		for _, phase := range phases {
			out[of.ID] = append(out[of.ID], of.Step(string(phase)))
		}
	}
	return out
}

func usersOf(p plan.Plan, powers []Capability) []string {
	users := p.Users()
	var out []string
	for _, power := range powers {
		if power.Over != Token && power.Over != Password {
			continue
		}
		if name := users[power.Ends]; name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// known is what no new key takes back.
func known(n plan.Node) []Step {
	switch {
	case n.Cluster.Has(cluster.RoleEtcd), n.Cluster.Has(cluster.RoleControlPlane):
		return []Step{{
			Do:  "replace what the cluster's Secrets hold, and look for what was left behind, such as bindings of roles, webhooks and pods",
			Why: "anyone who had the machine could read and write every object",
		}}
	case runsKubelet(n):
		return []Step{{Do: "replace what the Secrets of the pods that ran on it hold", Why: "the machine had them"}}
	}
	return nil
}

func runsKubelet(n plan.Node) bool { return slices.Contains(n.Units, "kubelet.service") }
