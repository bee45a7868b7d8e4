// Package report writes a page about a cluster for people: what it is made of, which certificates end when, who can open
// what, what changed. The page is one file, with no script and nothing from elsewhere.
package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/harender/harender/internal/access"
	"github.com/harender/harender/internal/topology"
)

// Page is what the page tells.
type Page struct {
	Cluster, Kubernetes string
	// Now is the moment that the page is about.
	Now          time.Time
	Graph        topology.Graph
	Nodes        []Node
	Certificates []Certificate
	Holders      []access.Row
	// Since says since when, and Changes what changes and how to roll it out, as text; both are empty if nothing does.
	Since, Changes string
	// Notes are in words what is under way, or wrong.
	Notes []string
}

// Node is one machine, or several of one pool that are alike.
type Node struct {
	Name, Roles, Pool, Version string
	Count                      int
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

// Write writes the page as HTML.
func (p Page) Write(w io.Writer) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"day":  func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
		"left": func(t time.Time) int { return int(t.Sub(p.Now).Hours() / 24) },
		"bar":  p.bar,
	}).Parse(source)
	if err != nil {
		return fmt.Errorf("reading the template of the report: %w", err)
	}
	if err := t.Execute(w, p); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// Drawing is the graph, whose text is escaped where it is drawn.
func (p Page) Drawing() template.HTML { return template.HTML(p.Graph.SVG()) } // #nosec G203 -- an SVG of our own, its text escaped

// bar is how far along the longest life of all a certificate's end is, in percent.
func (p Page) bar(t time.Time) int {
	longest := time.Duration(0)
	for _, c := range p.Certificates {
		longest = max(longest, c.Last.Sub(p.Now))
	}
	if longest <= 0 || t.Before(p.Now) {
		return 0
	}
	return int(100 * t.Sub(p.Now).Seconds() / longest.Seconds())
}
