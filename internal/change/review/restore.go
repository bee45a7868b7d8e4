package review

import (
	"io"
	"slices"
	"strings"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/change/rollout"
)

// Steps prints ordered steps for a terminal, with their commands. What is run on several nodes stands once.
func Steps(w io.Writer, all []rollout.Step, f diff.Fleet, s Screen) error {
	p := page{screen: s}
	for i, step := range all {
		before, brought := step.Before, []line(nil)
		if len(step.Nodes) > 0 {
			before, brought = forEach(step.Nodes, before), []line{{mark: plain, text: "bring the files to " + clean(f.Name(step.Nodes))}}
		}
		p.section(section{head: numbered(i, step), lines: slices.Concat(together(before, f), brought, together(step.After, f))})
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

// forEach puts nodes in the place of the one whose turn it is.
func forEach(nodes []string, all []rollout.Command) []rollout.Command {
	var out []rollout.Command
	for _, c := range all {
		for _, n := range nodes {
			turn := c
			turn.On, turn.Run = strings.ReplaceAll(c.On, rollout.CurrentNode, n), strings.ReplaceAll(c.Run, rollout.CurrentNode, n)
			out = append(out, turn)
		}
	}
	return out
}

// together has one line for a command that follows itself on other nodes.
func together(all []rollout.Command, f diff.Fleet) []line {
	var out []line
	said := ""
	for i := 0; i < len(all); {
		var on []string
		first := all[i]
		for ; i < len(all) && all[i].Run == first.Run; i++ {
			on = append(on, all[i].On)
		}
		if said != first.Why {
			said = first.Why
			out = append(out, line{mark: plain, text: clean(said) + ":"})
		}
		out = append(out, line{mark: plain, text: clean(f.Name(on)) + "# " + clean(first.Run), whole: true})
	}
	return out
}
