package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/harender/harender/internal/change/rollout"
)

// numbered is the head of a step.
func numbered(i int, s rollout.Step) string { return fmt.Sprintf("%d. %s", i+1, clean(s.Title)) }

// stepLines are the commands of a step, each where it is run.
func stepLines(s rollout.Step) []line {
	var out []line
	commands := func(all []rollout.Command) {
		for _, c := range all {
			text := clean(c.On) + "# " + clean(c.Run)
			if len(s.Nodes) == 1 {
				text = strings.ReplaceAll(text, rollout.CurrentNode, clean(s.Nodes[0]))
			}
			out = append(out, line{mark: plain, text: text, whole: true})
		}
	}
	if len(s.Nodes) > 1 {
		out = append(out, line{mark: plain, text: batches(s.Serial) + ":"})
	}
	commands(s.Before)
	if len(s.Nodes) > 0 {
		head := bringing(s)
		if len(s.Held) > 0 {
			head += ":"
		}
		out = append(out, line{mark: plain, text: head})
		for _, path := range s.Held {
			out = append(out, line{mark: plain, text: "  " + clean(path)})
		}
	}
	commands(s.Restart)
	commands(s.After)
	return append(out, judgedLines(s)...)
}

// outline is a step without its commands: what they see to.
func outline(s rollout.Step) []line {
	var out []line
	say := func(all []rollout.Command, head string) {
		var said []string
		for _, c := range all {
			if why := clean(c.Why); !slices.Contains(said, why) {
				said = append(said, why)
				out = append(out, line{mark: plain, text: head + why})
			}
		}
	}
	if len(s.Nodes) == 0 {
		say(slices.Concat(s.Before, s.After), "")
		return append(out, judgedLines(s)...)
	}
	if len(s.Nodes) > 1 {
		out = append(out, line{mark: plain, text: batches(s.Serial) + ":"})
	}
	say(s.Before, "first: ")
	out = append(out, line{mark: plain, text: bringing(s)})
	say(s.After, "then: ")
	return append(out, judgedLines(s)...)
}

// bringing says which files come.
func bringing(s rollout.Step) string {
	if n := len(s.Held); n > 0 {
		return "bring the files, but leave " + counted(n, "file") + " for a later step"
	}
	return "bring the files"
}

func batches(serial []string) string {
	var out []string
	for _, n := range serial {
		switch n {
		case "100%":
			return "all at once"
		case "1":
			out = append(out, "one")
		default:
			out = append(out, n+" of the nodes")
		}
	}
	return strings.Join(out, ", then ") + " at a time"
}
