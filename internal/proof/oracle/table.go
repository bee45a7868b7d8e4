package oracle

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// Verdict is what became of one mistake.
type Verdict struct {
	// Kind of file, and of which minor.
	Kind, Minor string
	Mutant      Mutant
	// Complaints of harender and of the component; empty where it takes the file.
	Harender, Component string
}

// Tally is how often each found the mistakes of a kind of file.
type Tally struct{ Both, Harender, Component, Neither int }

// Tallies by kind.
func Tallies(all []Verdict) map[string]Tally {
	out := map[string]Tally{}
	for _, v := range all {
		t := out[v.Kind]
		switch {
		case v.Harender != "" && v.Component != "":
			t.Both++
		case v.Harender != "":
			t.Harender++
		case v.Component != "":
			t.Component++
		default:
			t.Neither++
		}
		out[v.Kind] = t
	}
	return out
}

// Print prints a line for each kind, and the classes of what one alone has found with some examples, the most frequent first.
func Print(w io.Writer, all []Verdict, examples int) error {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	add(t, "KIND\tMISTAKES\tBOTH\tHARENDER ALONE\tCOMPONENT ALONE\tNEITHER\n")
	tallies, sum := Tallies(all), Tally{}
	row := func(kind string, x Tally) {
		add(t, "%s\t%d\t%d\t%d\t%d\t%d\n", kind, x.Both+x.Harender+x.Component+x.Neither, x.Both, x.Harender, x.Component, x.Neither)
	}
	for _, kind := range slices.Sorted(maps.Keys(tallies)) {
		x := tallies[kind]
		sum = Tally{sum.Both + x.Both, sum.Harender + x.Harender, sum.Component + x.Component, sum.Neither + x.Neither}
		row(kind, x)
	}
	row("all", sum)
	if err := t.Flush(); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	alone(&b, "Component alone", all, examples, func(v Verdict) bool { return v.Harender == "" && v.Component != "" })
	alone(&b, "harender alone", all, examples, func(v Verdict) bool { return v.Harender != "" && v.Component == "" })
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}

// add writes to memory, which takes everything.
func add(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

// alone prints classes with examples.
func alone(w io.Writer, title string, all []Verdict, examples int, is func(Verdict) bool) {
	classes := map[string][]Verdict{}
	for _, v := range all {
		if is(v) {
			class := v.Kind + ": " + v.Mutant.Class
			classes[class] = append(classes[class], v)
		}
	}
	add(w, "\n%s\n", title)
	order := slices.SortedFunc(maps.Keys(classes), func(a, b string) int {
		return cmp.Or(len(classes[b])-len(classes[a]), cmp.Compare(a, b))
	})
	for _, class := range order {
		add(w, "  %d x %s\n", len(classes[class]), class)
		for i, v := range classes[class] {
			if i == examples {
				break
			}
			add(w, "      %s  %s: %.200s\n", v.Minor, v.Mutant.Where, cmp.Or(v.Component, v.Harender))
		}
	}
}
