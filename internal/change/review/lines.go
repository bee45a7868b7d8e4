package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/change/rollout"
	"github.com/harender/harender/internal/diag"
)

// Marks of lines: what is added, removed or changed, and what is only said.
const (
	plus  = '+'
	minus = '-'
	swap  = '!'
	plain = ' '
)

// line is one of text, without a line's end.
type line struct {
	mark rune
	text string
	// Whole is not to be broken: it is for a shell.
	whole bool
}

func markOf(a diff.Action) rune {
	switch a {
	case diff.Added:
		return plus
	case diff.Removed:
		return minus
	case diff.Changed:
	}
	return swap
}

func (r Review) nodeLines() []line {
	var out []line
	for _, action := range []diff.Action{diff.Added, diff.Removed} {
		groups := map[string][]string{}
		var order []string
		for _, n := range r.Nodes {
			key := fmt.Sprintf("%s, %s", strings.Join(n.Roles, " and "), counted(n.Files, "file"))
			if n.Action != action {
				continue
			}
			if groups[key] == nil {
				order = append(order, key)
			}
			groups[key] = append(groups[key], n.Name)
		}
		for _, key := range order {
			text := clean(r.Fleet.Name(groups[key])) + ": " + key
			if action == diff.Added {
				text += "; what is in them is not shown: build, and read rendered/" + clean(groups[key][0]) + "/"
			}
			out = append(out, line{mark: markOf(action), text: text})
		}
	}
	for _, v := range r.Versions {
		out = append(out, line{mark: swap, text: fmt.Sprintf("%s: Kubernetes %s", clean(r.Fleet.Name(v.Nodes)), arrow(v.Old, v.New))})
	}
	return out
}

// title of a change.
func (r Review) title(c diff.Change) string { return r.place(c) + ": " + clean(c.Path) + became(c) }

// place is where a change is.
func (r Review) place(c diff.Change) string { return clean(r.Fleet.Name(c.Nodes)) }

// became says what became of a file that comes or goes.
func became(c diff.Change) string {
	if c.Action == diff.Changed {
		return ""
	}
	return " " + string(c.Action)
}

func changeLines(c diff.Change) []line {
	var out []line
	for _, d := range c.Details {
		out = append(out, detailLines(d)...)
	}
	return append(out, unifiedLines(c.Unified)...)
}

func detailLines(d diff.Detail) []line {
	text := clean(d.What)
	if value := valueOf(d); value != "" {
		text += ": " + value
	}
	if d.Note != "" {
		text += " (" + clean(d.Note) + ")"
	}
	return append([]line{{mark: markOf(d.Action), text: text}}, unifiedLines(d.Unified)...)
}

// valueOf is a value, or how it changes: of lists with commas, what comes and goes.
func valueOf(d diff.Detail) string {
	switch {
	case d.Action == diff.Added, d.Old == "" && d.New != "":
		return visible(d.New)
	case d.Action == diff.Removed:
		return visible(d.Old)
	case d.Old == "" && d.New == "":
		return ""
	}
	was, is := strings.Split(d.Old, ","), strings.Split(d.New, ",")
	if len(was) < 2 && len(is) < 2 || !distinct(was) || !distinct(is) {
		return arrow(d.Old, d.New)
	}
	gone := func(s string) bool { return !slices.Contains(is, s) }
	fresh := func(s string) bool { return !slices.Contains(was, s) }
	if !slices.Equal(slices.DeleteFunc(slices.Clone(was), gone), slices.DeleteFunc(slices.Clone(is), fresh)) {
		return arrow(d.Old, d.New) // Those that stay are in another order.
	}
	var parts []string
	for _, s := range is {
		if fresh(s) {
			parts = append(parts, "+"+visible(s))
		}
	}
	for _, s := range was {
		if gone(s) {
			parts = append(parts, "-"+visible(s))
		}
	}
	return strings.Join(parts, " ")
}

func distinct(all []string) bool {
	return len(slices.Compact(slices.Sorted(slices.Values(all)))) == len(all)
}

func arrow(old, now string) string {
	if old == "" {
		old = "nothing"
	}
	if now == "" {
		now = "nothing"
	}
	return visible(old) + " -> " + visible(now)
}

// visible is a value of which every character is seen, blanks at its ends too.
func visible(s string) string {
	if s != strings.TrimSpace(s) {
		s = `"` + s + `"`
	}
	return clean(s)
}

// unifiedLines are those of a change line by line.
func unifiedLines(text string) []line {
	var out []line
	for l := range strings.Lines(diag.Redact(text)) {
		l = strings.TrimSuffix(l, "\n")
		switch {
		case strings.HasPrefix(l, "+"):
			out = append(out, line{mark: plus, text: tail(l[1:])})
		case strings.HasPrefix(l, "-"):
			out = append(out, line{mark: minus, text: tail(l[1:])})
		default:
			out = append(out, line{mark: plain, text: clean(strings.TrimPrefix(l, " "))})
		}
	}
	return out
}

// tail is a line in which a blank at its end is seen.
func tail(l string) string {
	text := clean(l)
	if rest, found := strings.CutSuffix(text, " "); found {
		return rest + `\x20`
	}
	return text
}

func (r Review) impactLines() []line {
	var out []line
	for _, x := range r.Impact.Restarts {
		out = append(out, line{mark: swap, text: r.happening(x)})
	}
	if all := r.Impact.Replaced; len(all) > 0 {
		out = append(out, line{mark: swap, text: clean(r.Fleet.Name(all)) + ": another machine under the same name, on empty disks; leave the old one off"})
	}
	if m := r.Impact.Members; len(m.Before) > 0 {
		if len(m.Added) > 0 {
			out = append(out, line{mark: plus, text: fmt.Sprintf("etcd gets %s, and then has %s", clean(strings.Join(m.Added, ", ")), counted(len(m.After), "member"))})
		}
		if len(m.Removed) > 0 {
			out = append(out, line{mark: minus, text: fmt.Sprintf("etcd loses %s, and then has %s", clean(strings.Join(m.Removed, ", ")), counted(len(m.After), "member"))})
		}
	}
	for _, step := range r.Impact.Minors {
		out = append(out, line{mark: swap, text: "Kubernetes goes from one minor to the next: " + step + "; read what it removes before"})
	}
	return out
}

// dangerLines are changes that look small further down.
func (r Review) dangerLines() []line {
	var out []line
	for _, d := range r.Impact.Dangers {
		text := r.Fleet.Name(d.Nodes) + ": " + d.What + ": "
		out = append(out, line{mark: swap, text: clean(text) + arrow(d.Old, d.New)}, line{mark: plain, text: "  " + clean(d.Why)})
	}
	return out
}

// happening is what happens to a pod or a unit, and what that disturbs.
func (r Review) happening(x rollout.Restart) string {
	text := fmt.Sprintf("%s %s on %s", clean(x.Name), x.Happens, clean(r.Fleet.Name(x.Nodes)))
	if x.Effect != "" {
		text += ": " + x.Effect
	}
	return text
}

func refusalLines(all []rollout.Refusal) []line {
	var out []line
	for _, x := range all {
		out = append(out, line{mark: swap, text: clean(x.Summary)}, line{mark: plain, text: "  " + clean(x.Detail)}, line{mark: plain, text: "  hint: " + clean(x.Hint)})
	}
	return out
}

// noticeLines are about what stands in the way of no node; the rest is among the refusals.
func (r Review) noticeLines() []line {
	var out []line
	for _, n := range r.Notices {
		if !n.Barred {
			out = append(out, line{mark: swap, text: clean(r.Fleet.Name(n.Nodes) + ": " + n.Summary)}, line{mark: plain, text: "  " + clean(n.Detail)},
				line{mark: plain, text: "  hint: " + clean(n.Hint)}, line{mark: plain, text: "  " + clean(n.Source)})
		}
	}
	return out
}
