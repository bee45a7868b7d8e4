package access

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
)

// Row is a line of the summary: one holder, or several nodes that each open the same of their own files.
type Row struct {
	Who string
	// Key as sops names it; in words for several nodes, and empty for nodes without one.
	Key string
	// Files is how many each of them opens, alone or with others.
	Files int
	What  string
}

// Summarize makes few rows of many holders: nodes of one shape share a row, so do nodes without a key of their own.
func Summarize(p plan.Plan, holders []Holder) []Row {
	var out []Row
	shapes := map[string][]Holder{}
	for _, h := range holders {
		if shape := shapeOf(h); shape != "" {
			shapes[shape] = append(shapes[shape], h)
		}
	}
	seen := map[string]bool{}
	for _, h := range holders {
		shape := shapeOf(h)
		alike := shapes[shape]
		switch {
		case shape == "" || len(alike) == 1:
			out = append(out, Row{h.Title(), h.Key, len(h.Alone) + len(h.Shared), describe(h)})
		case !seen[shape]:
			seen[shape] = true
			out = append(out, Row{diag.First(namesOf(alike), 3, "nodes"), "one each", len(h.Alone), describe(h)})
		}
	}
	var keyless []string
	for _, n := range p.Nodes {
		if len(n.Cluster.Recipients) == 0 {
			keyless = append(keyless, n.Cluster.Name)
		}
	}
	if len(keyless) > 0 {
		out = append(out, Row{diag.First(keyless, 3, "nodes"), "", 0, "no key of their own: an operator opens their files"})
	}
	return out
}

// shapeOf is what a node's key opens, in words that are the same for nodes alike; empty for anybody else.
func shapeOf(h Holder) string {
	if len(h.Nodes) != 1 || h.Operator() || len(h.Shared) > 0 {
		return ""
	}
	var parts []string
	for _, f := range h.Alone {
		if f.Node != h.Nodes[0] {
			return ""
		}
		parts = append(parts, string(f.Kind)+" "+path.Base(f.ID))
	}
	slices.Sort(parts)
	return "a node: " + strings.Join(parts, ", ")
}

// describe counts by kind, and names a node's own files.
func describe(h Holder) string {
	text := byKind(h.Alone)
	if len(h.Shared) > 0 {
		text = strings.TrimPrefix(text+"; together with other groups "+byKind(h.Shared), "; ")
	}
	if shapeOf(h) == "" {
		return text
	}
	var names []string
	for _, f := range h.Alone {
		if f.Kind.Current() {
			names = append(names, path.Base(f.ID))
		}
	}
	if len(names) == 0 {
		return text
	}
	return text + ": " + strings.Join(names, ", ")
}

func byKind(files []File) string {
	counts := map[Kind]int{}
	for _, f := range files {
		counts[f.Kind]++
	}
	var parts []string
	for _, k := range Kinds() {
		if n := counts[k]; n > 0 {
			parts = append(parts, k.Count(n))
		}
	}
	return strings.Join(parts, ", ")
}

// Count is a number of files of the kind in words.
func (k Kind) Count(n int) string {
	words := map[Kind][2]string{
		Authority: {"CA key", "CA keys"}, ServiceAccount: {"service account key", "service account keys"},
		Encryption: {"encryption key", "encryption keys"}, Token: {"token", "tokens"}, Password: {"password", "passwords"},
		Certificate: {"certificate key", "certificate keys"}, Copy: {"node's copy", "nodes' copies"}, Pending: {"key of a request", "keys of requests"}, Retired: {"retired", "retired"},
		Departed: {"of nodes that left", "of nodes that left"}, Unused: {"unused", "unused"}, Other: {"not of harender's", "not of harender's"},
	}[k]
	if n == 1 {
		return "1 " + words[0]
	}
	return fmt.Sprintf("%d %s", n, words[1])
}

func namesOf(holders []Holder) []string {
	var names []string
	for _, h := range holders {
		names = append(names, h.Nodes...)
	}
	return names
}
