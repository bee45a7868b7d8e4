// Package review prints what a change of a cluster's output means, for people and for machines. All that comes from the
// input is made harmless for what shows it.
package review

import (
	"fmt"
	"strings"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/change/rollout"
	"github.com/harender/harender/internal/change/upgrade"
	"github.com/harender/harender/internal/diag"
)

// Review is what a build of a repository changes, and how nodes can take it.
type Review struct {
	Cluster string `json:"cluster"`
	// Base is what was compared with: the output as it is, or that of a revision.
	Base string `json:"base"`
	Same bool   `json:"same"`
	diff.Diff
	// Notices are what a change of versions asks for.
	Notices []upgrade.Notice `json:"notices"`
	Impact  rollout.Impact   `json:"impact"`
	Rollout rollout.Plan     `json:"rollout"`
	// Acknowledged are the classes of risk that the spec agrees to.
	Acknowledged []string `json:"acknowledged"`
	// Fleet names many nodes at once.
	Fleet diff.Fleet `json:"-"`
}

// Result is what JSON has: the review, unless there were errors, and what was found on the way to it.
type Result struct {
	*Review
	Diagnostics diag.List `json:"diagnostics"`
}

// commandsFlag has the commands of the rollout printed, too.
const commandsFlag = " --commands"

// command prints the review as text, whole but for the commands of the rollout.
func (r Review) command() string {
	if rev, found := strings.CutSuffix(r.Base, ":rendered"); found {
		return "harender diff --base " + clean(rev)
	}
	return "harender diff"
}

// Summary is one line.
func (r Review) Summary() string {
	if r.Same {
		return fmt.Sprintf("%s: nothing changes against %s", clean(r.Cluster), clean(r.Base))
	}
	files, nodes := 0, map[string]bool{}
	for _, c := range r.Changes {
		files += len(c.Nodes)
		for _, n := range c.Nodes {
			nodes[n] = true
		}
	}
	var parts []string
	add := func(n int, noun string) {
		if n > 0 {
			parts = append(parts, counted(n, noun))
		}
	}
	if len(r.Rollout.Refused) > 0 {
		parts = append(parts, "no safe way there")
	}
	add(len(r.Recipients), "change of recipients")
	add(len(r.Authorities)+len(r.Pins)+len(r.Resealed), "change of trust")
	add(r.nodes(diff.Added), "new node")
	add(r.nodes(diff.Removed), "node less")
	if files > 0 {
		parts = append(parts, fmt.Sprintf("%s in %s", counted(files, "changed file"), counted(len(nodes), "place")))
	}
	if len(parts) == 0 {
		parts = append(parts, "the version of Kubernetes that indexes name")
	}
	return fmt.Sprintf("%s: against %s: %s", clean(r.Cluster), clean(r.Base), strings.Join(parts, ", "))
}

// nodes is how many come, or go.
func (r Review) nodes(a diff.Action) int {
	n := 0
	for _, x := range r.Nodes {
		if x.Action == a {
			n++
		}
	}
	return n
}

// counted is a number with its noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	switch noun {
	case "change of recipients", "change of trust":
		return fmt.Sprintf("%d %s", n, strings.Replace(noun, "change", "changes", 1))
	case "node less":
		return fmt.Sprintf("%d nodes less", n)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// clean makes text from the input fit for one line of anything.
func clean(s string) string { return strings.ReplaceAll(diag.Escape(diag.Redact(s)), "\n", `\n`) }
