// Package rollout says what a change of the output disturbs on the nodes, and in which order they can take it so that etcd
// keeps its quorum and the endpoint answers at every step.
package rollout

import (
	"net/netip"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/compile/cluster"
)

// Facts are what the spec says beside the output.
type Facts struct {
	Fleet diff.Fleet
	// Addresses of the nodes of the new side.
	Addresses map[string]netip.Addr
	Version   cluster.Version
	// Port of each apiserver, and the URL of the endpoint.
	Port     int
	Endpoint string
	// Gone are nodes that leave and whose machines are gone: nothing is run on them.
	Gone []string
	// KubeletPackage is how hosts get the kubelet: apt, dnf, or empty where somebody sees to it.
	KubeletPackage string
	// Barred are steps between versions that the nodes cannot take from where they are.
	Barred []Refusal
	// EtcdAtLeast is the version that every member must run before the first takes its files; empty if any will do.
	EtcdAtLeast string
}

// Impact is what happens when all nodes have the new files.
type Impact struct {
	Restarts []Restart `json:"restarts"`
	// Members of etcd on either side.
	Members Members `json:"members"`
	// Minors are the steps from one minor of Kubernetes to another, such as 1.35 -> 1.36.
	Minors []string `json:"minors"`
	// Replaced are the nodes that are other machines than before, under their names.
	Replaced []string `json:"replaced"`
	// Dangers are changes that look small, and are not.
	Dangers []Danger `json:"dangers"`
	// Risks are the classes of the change, with what has them.
	Risks []Risk `json:"risks"`
}

// Restart is one static pod or unit that restarts.
type Restart struct {
	Name string `json:"name"`
	// Happens is restarts, starts or stops.
	Happens string   `json:"happens"`
	Nodes   []string `json:"nodes"`
	// Effect is what that disturbs.
	Effect string `json:"effect"`
}

// Members of etcd, by node.
type Members struct {
	Before  []string `json:"before"`
	After   []string `json:"after"`
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
}

// Plan is the way from the old side to the new one.
type Plan struct {
	// Refused says why there is no safe way. There are no steps then.
	Refused []Refusal `json:"refused"`
	Steps   []Step    `json:"steps"`
}

// Refusal is one reason.
type Refusal struct {
	Summary string `json:"summary"`
	Detail  string `json:"detail"`
	Hint    string `json:"hint"`
}

// Step is one of the plan: nodes that get their files, or commands alone.
type Step struct {
	Title string `json:"title"`
	// Kind of the step, Risks the classes of risk that it has, and Back how it is taken back, or that it cannot be.
	Kind  string   `json:"kind"`
	Risks []string `json:"risks"`
	Back  string   `json:"back"`
	// Disturbs is what somebody notices. AtMost are the minutes after which a node's turn has ended, one way or the other, without
	// what brings files and packages.
	Disturbs []string `json:"disturbs"`
	AtMost   int      `json:"atMostMinutes"`
	// Nodes get their files, one batch of Serial after the other: a number of nodes, or a percentage of them. Without nodes, there
	// are commands alone.
	Nodes  []string `json:"nodes"`
	Serial []string `json:"serial"`
	// Held are the paths that stay as they are on these nodes: a later step brings them.
	Held []string `json:"held"`
	// Kubelet is the version of the kubelet that Restart puts there; empty where it stays.
	Kubelet string `json:"kubelet,omitempty"`
	// Before is run before each node's turn; Restart when its files are there, for what has to read them; After before the next
	// node's turn. The plan stops at a command that fails.
	Before  []Command `json:"before"`
	Restart []Command `json:"restart"`
	After   []Command `json:"after"`
}

// Command is run on a node, by root. NODE in it stands for the name of the node whose turn it is.
type Command struct {
	On  string `json:"on"`
	Run string `json:"run"`
	// Why is what it sees to.
	Why string `json:"why"`
	// Again: it may fail at first, while something starts, and does not wait by itself.
	Again bool `json:"again"`
}

// Make judges a change.
func Make(d diff.Diff, old, now diff.Side, f Facts) (Impact, Plan) {
	t := planner{diff: d, old: old, now: now, facts: f, was: old}
	t.replace()
	impact := t.impact()
	plan := Plan{Refused: t.refusals(impact.Members), Steps: []Step{}}
	if len(plan.Refused) == 0 {
		plan.Refused = []Refusal{}
		plan.Steps = append(plan.Steps, t.steps(impact)...)
		t.judge(plan.Steps, impact.Restarts)
	}
	return impact, plan
}

// planner is one call of Make.
type planner struct {
	diff     diff.Diff
	old, now diff.Side
	facts    Facts
	// was is the old side with the machines that were replaced, which old does not have.
	was      diff.Side
	replaced []string
}

// those are the nodes of a side that have something, in the order of the spec; those that leave it come last, sorted.
func (t planner) those(side diff.Side, has func(diff.Directory) bool) []string {
	out := []string{}
	for _, name := range t.everyNode() {
		if d, found := side.Directories[name]; found && has(d) {
			out = append(out, name)
		}
	}
	return out
}

// everyNode of either side.
func (t planner) everyNode() []string {
	out := append([]string{}, t.facts.Fleet.Nodes...)
	for _, n := range t.diff.Nodes {
		if n.Action == diff.Removed {
			out = append(out, n.Name)
		}
	}
	return out
}
