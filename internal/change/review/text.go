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

// Text prints a review for a terminal, with the commands of the rollout or without.
func Text(w io.Writer, r Review, s Screen, commands bool) error {
	p := page{screen: s}
	for _, part := range r.sections(commands) {
		p.section(part)
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

// section prints a head, and below it what it is about.
func (p *page) section(s section) {
	if p.b.Len() > 0 {
		p.b.WriteByte('\n')
	}
	if s.loud {
		p.colored(alarm, "!! "+s.head)
	} else {
		p.colored(bold, s.head)
	}
	p.b.WriteByte('\n')
	for _, l := range s.lines {
		parts := []string{l.text}
		if !l.whole {
			parts = wrap(l.text, p.screen.Width-4)
		}
		for i, part := range parts {
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
