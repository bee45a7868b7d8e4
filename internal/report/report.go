// Package report writes a page about a cluster for people: what it is made of, which versions meet, which certificates end
// when, who can open what, what changed. The page is one file, with no script and nothing from elsewhere.
package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/harender/harender/internal/compile/topology"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/access"
)

// Page is what the page tells.
type Page struct {
	Cluster, Kubernetes string
	// Now is the moment that the page is about. The page names its day alone.
	Now      time.Time
	Graph    topology.Graph
	Nodes    []Node
	Versions []Version
	// Support is the last day of the community's support by minor, such as 1.36, for those of which it is known.
	Support      map[string]time.Time
	Images       []Image
	Certificates []Certificate
	Holders      []access.Row
	// Since says since when, and is empty where there is nothing to compare with. Changes says what changes and how to roll it
	// out, as text; it is empty if nothing does.
	Since, Changes string
	// Notes are what is under way, or wrong.
	Notes diag.List
}

// Certificate is one, or several of one kind on several nodes.
type Certificate struct {
	// Name is the authority's, or the kind's, such as apiserver.
	Name, Issuer string
	Authority    bool
	Count        int
	// First and Last are when they end, zero where none is there; Status is the worst of them.
	First, Last time.Time
	Status      string
}

//go:embed page.html
var source string

// Write writes the page as HTML. The template keeps text from being markup; what would act on anyone who reads the page's source, or hide
// from them, is escaped in all of it at once, as the page's own text has nothing of the kind.
func (p Page) Write(w io.Writer) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"day": func(t time.Time) string { return t.UTC().Format(time.DateOnly) }, "left": p.left, "bar": p.bar, "support": p.support,
	}).Parse(source)
	if err != nil {
		return fmt.Errorf("reading the template of the report: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, p); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if _, err := io.WriteString(w, diag.Escape(b.String())); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// Drawing is the graph, whose text is escaped where it is drawn.
func (p Page) Drawing() template.HTML { return template.HTML(p.Graph.SVG()) } // #nosec G203 -- an SVG of our own, its text escaped

// Horizon is when the last certificate ends.
func (p Page) Horizon() time.Time {
	last := p.Now
	for _, c := range p.Certificates {
		if c.Last.After(last) {
			last = c.Last
		}
	}
	return last
}

const day = 24 * time.Hour

// left is how many days there are to that of t.
func (p Page) left(t time.Time) int {
	return int(t.UTC().Truncate(day).Sub(p.Now.UTC().Truncate(day)) / day)
}

// bar is how far a moment is on the way to the horizon, in percent. Time that is left is always seen.
func (p Page) bar(t time.Time) int {
	left, all := p.left(t), p.left(p.Horizon())
	if left <= 0 || all <= 0 {
		return 0
	}
	return max(1, 100*left/all)
}

// soon is how many days before its end the support is told to end.
const soon = 90

// support is when that of a minor ends, for the page.
type support struct{ Class, Text string }

func (p Page) support(minor string) support {
	end, ok := p.Support[minor]
	if !ok {
		return support{"", "not known"}
	}
	text := end.Format(time.DateOnly)
	switch left := p.left(end); {
	case left < 0:
		return support{"bad", text + ", over"}
	case left <= soon:
		return support{"warn", fmt.Sprintf("%s, in %d days", text, left)}
	}
	return support{"", text}
}
