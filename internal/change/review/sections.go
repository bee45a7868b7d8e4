package review

import (
	"fmt"
	"slices"

	"github.com/harender/harender/internal/change/diff"
)

// section is a part of a review for people, in the order in which they are to read.
type section struct {
	head  string
	lines []line
	// Loud asks for attention; detail is what few read.
	loud, detail bool
}

// sections of a review; there are none without a head. Steps of the rollout have their commands, or what these see to.
func (r Review) sections(commands bool) []section {
	out := []section{
		{head: "No safe way there", lines: refusalLines(r.Rollout.Refused), loud: true},
		{head: "Risk", lines: r.riskLines(), loud: risky(r.Impact.Risks)}, {head: "Look twice", lines: r.dangerLines(), loud: true},
		{head: "Before the first node", lines: r.noticeLines(), loud: true}, {head: "Recipients", lines: r.recipientLines(), loud: true},
		{head: "Trust", lines: slices.Concat(r.authorityLines(), r.pinLines(), r.resealedLines()), loud: true}, {head: "Nodes", lines: r.nodeLines()}, {head: "Impact", lines: r.impactLines()},
	}
	out = slices.DeleteFunc(out, func(s section) bool { return len(s.lines) == 0 })
	out = append(out, r.changeSections()...)
	if len(r.Rollout.Steps) == 0 || r.Same {
		return out
	}
	head, lines := "Rollout, step by step; stop where a command fails", stepLines
	if !commands {
		head, lines = "Rollout, step by step; the commands: "+r.command()+commandsFlag, outline
	}
	out = append(out, section{head: head})
	for i, s := range r.Rollout.Steps {
		out = append(out, section{head: numbered(i, s), lines: lines(s), detail: true})
	}
	return out
}

// changeSections are those of files. Keys and certificates that change in the same way, and files that come or go, are together.
func (r Review) changeSections() []section {
	var out []section
	var groups [][]diff.Change
	places := map[string]int{}
	for _, c := range r.Changes {
		alike := fmt.Sprint(r.place(c), c.Action, c.Kind, changeLines(c))
		if i, known := places[alike]; known && (c.Kind == diff.Sealed || c.Kind == diff.Certificates || len(changeLines(c)) == 0) {
			groups[i] = append(groups[i], c)
			continue
		}
		places[alike] = len(groups)
		groups = append(groups, []diff.Change{c})
	}
	for _, g := range groups {
		s := section{head: r.title(g[0]), lines: changeLines(g[0]), detail: true}
		if len(g) > 1 {
			var paths []line
			for _, c := range g {
				paths = append(paths, line{mark: plain, text: clean(c.Path)})
			}
			s.head, s.lines = r.place(g[0])+": "+counted(len(g), "file")+became(g[0]), append(paths, s.lines...)
		}
		out = append(out, s)
	}
	return out
}
