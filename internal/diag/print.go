package diag

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// maxPrinted keeps a mistake that a thousand nodes share from scrolling away.
const maxPrinted = 50

// Print writes the list for a person to read, the control characters of user text escaped:
//
//	error: spec.nodes[1].address: no IP address
//	 --> cluster.yaml:12:14
//	12 |     address: 10.0.0.256
//	   |              ^
//	hint: ...
//
// Of more than 50 diagnostics it prints 50, errors first, and counts the rest.
func Print(w io.Writer, list List, color bool) error {
	if len(list) > maxPrinted {
		list = errorsFirst(list)
	}
	var b strings.Builder
	for i, d := range list {
		if i == maxPrinted {
			fmt.Fprintf(&b, "... and %d more\n", len(list)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		printOne(&b, d, palette(color))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write diagnostics: %w", err)
	}
	return nil
}

// errorsFirst keeps warnings from pushing errors out of what is printed.
func errorsFirst(list List) List {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b Diagnostic) int { return cmp.Compare(a.Severity, b.Severity) })
	return sorted
}

// style are the escape sequences of the printer, all empty without colour.
type style struct{ err, warn, dim, bold, reset string }

func palette(color bool) style {
	if !color {
		return style{}
	}
	return style{err: "\x1b[1;31m", warn: "\x1b[1;33m", dim: "\x1b[34m", bold: "\x1b[1m", reset: "\x1b[0m"}
}

func printOne(b *strings.Builder, d Diagnostic, s style) {
	head := s.err
	if d.Severity == Warning {
		head = s.warn
	}
	fmt.Fprintf(b, "%s%s%s%s: %s%s\n", head, d.Severity, s.reset, s.bold, line(d.Summary), s.reset)
	printPlace(b, d, s)
	if d.Excerpt != "" {
		printExcerpt(b, d, s)
	}
	if d.Detail != "" {
		fmt.Fprintln(b, indent(Escape(Redact(d.Detail))))
	}
	if d.Hint != "" {
		fmt.Fprintf(b, "%shint:%s %s\n", s.bold, s.reset, indent(Escape(Redact(d.Hint))))
	}
}

func printPlace(b *strings.Builder, d Diagnostic, s style) {
	place, field := line(d.Pos.String()), line(shorten(d.Field))
	switch {
	case place == "" && field == "":
		return
	case place == "":
		place = field
	case field != "":
		place += " (" + field + ")"
	}
	fmt.Fprintf(b, "%s -->%s %s\n", s.dim, s.reset, place)
}

func printExcerpt(b *strings.Builder, d Diagnostic, s style) {
	number := strconv.Itoa(d.Pos.Line)
	fmt.Fprintf(b, "%s%s |%s %s\n", s.dim, number, s.reset, line(d.Excerpt))
	column := d.Caret
	if runes := []rune(d.Excerpt); column > 0 && column <= len(runes)+1 {
		// The escaped text before the caret may be longer than the source.
		before := len([]rune(line(string(runes[:column-1]))))
		pad := strings.Repeat(" ", len(number))
		fmt.Fprintf(b, "%s%s |%s %s%s^%s\n", s.dim, pad, s.reset, strings.Repeat(" ", before), s.err, s.reset)
	}
}

// line is user text on one line.
func line(s string) string { return strings.ReplaceAll(Escape(Redact(s)), "\n", `\n`) }

// indent sets the further lines of a text apart from the diagnostics around it.
func indent(s string) string { return strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n  ") }
