package review

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Screen is what shows text. A width of 0 breaks no lines.
type Screen struct {
	Color bool
	Width int
}

// Text prints a review for a terminal.
func Text(w io.Writer, r Review, s Screen) error {
	p := page{screen: s}
	p.section("Recipients", true, r.recipientLines())
	p.section("Trust", true, r.authorityLines())
	p.section("Nodes", false, r.nodeLines())
	for _, c := range r.Changes {
		p.section(r.title(c), false, changeLines(c))
	}
	p.section("Impact", false, r.impactLines())
	p.section("No safe way there", true, refusalLines(r.Rollout.Refused))
	if len(r.Rollout.Steps) > 0 && !r.Same {
		p.section("Rollout", false, []line{{plain, "step by step; stop where a command fails"}})
		for i, s := range r.Rollout.Steps {
			p.section(fmt.Sprintf("%d. %s", i+1, clean(s.Title)), false, stepLines(s))
		}
	}
	if p.b.Len() > 0 {
		p.b.WriteByte('\n')
	}
	p.b.WriteString(r.Summary() + "\n")
	_, err := io.WriteString(w, p.b.String())
	return err
}

type page struct {
	screen Screen
	b      strings.Builder
}

// Escape sequences by mark, and of heads.
const (
	bold  = "\x1b[1m"
	alarm = "\x1b[1;31m"
	reset = "\x1b[0m"
)

func colorOf(mark rune) string {
	switch mark {
	case plus:
		return "\x1b[32m"
	case minus:
		return "\x1b[31m"
	case swap:
		return "\x1b[33m"
	}
	return ""
}

// section is a head with what it is about; without lines, a head alone if it names a change.
func (p *page) section(head string, loud bool, lines []line) {
	if len(lines) == 0 && !strings.Contains(head, ": ") {
		return
	}
	if p.b.Len() > 0 {
		p.b.WriteByte('\n')
	}
	sequence := bold
	if loud {
		head, sequence = "!! "+head, alarm
	}
	p.colored(sequence, head)
	p.b.WriteByte('\n')
	for _, l := range lines {
		for i, part := range wrap(l.text, p.screen.Width-4) {
			mark := l.mark
			if i > 0 {
				mark = plain
			}
			p.colored(colorOf(l.mark), strings.TrimRight(fmt.Sprintf("  %c %s", mark, part), " "))
			p.b.WriteByte('\n')
		}
	}
}

func (p *page) colored(sequence, text string) {
	if !p.screen.Color || sequence == "" {
		p.b.WriteString(text)
		return
	}
	p.b.WriteString(sequence + text + reset)
}

// wrap breaks text at blanks into parts of at most width characters, and longer words anywhere. What follows the first part is
// set off.
func wrap(text string, width int) []string {
	const least, indent = 20, "  "
	if width < least {
		return []string{text} // There is no terminal, or none to read on.
	}
	var out []string
	for utf8.RuneCountInString(text) > width {
		runes := []rune(text)
		cut := strings.LastIndexByte(strings.TrimRight(string(runes[:width+1]), " "), ' ')
		if strings.TrimSpace(text[:max(cut, 0)]) == "" {
			cut = len(string(runes[:width]))
		}
		out = append(out, strings.TrimRight(text[:cut], " "))
		text = indent + strings.TrimLeft(text[cut:], " ")
	}
	return append(out, text)
}
