package diff

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/layout"
)

// Deprecated tells why a flag of a program is deprecated in a release of Kubernetes; empty if it is not.
type Deprecated func(kubernetes, program, flag string) string

// Compare says what changes from the old side to the new one.
func Compare(old, now Side, deprecated Deprecated) Diff {
	c := comparison{old: old, now: now, deprecated: deprecated, described: map[pair]described{}, folded: map[string]*folded{}}
	for _, name := range union(old.Directories, now.Directories) {
		c.directory(name)
	}
	slices.SortStableFunc(c.out.Changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), slices.Compare(a.Nodes, b.Nodes))
	})
	c.out.Recipients = recipients(old.Recipients, now.Recipients)
	c.out.Authorities = authorities(old.Authorities, now.Authorities)
	for _, id := range union(old.Sealed, now.Sealed) {
		if was, is := old.Sealed[id], now.Sealed[id]; was != "" && is != "" && was != is && !replacedAuthority(c.out.Authorities, id) {
			c.out.Resealed = append(c.out.Resealed, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(old.Pins)) {
		if was, is := old.Pins[id], now.Pins[id]; !slices.Equal(was, is) {
			c.out.Pins = append(c.out.Pins, Pin{id, append([]string{}, was...), append([]string{}, is...)})
		}
	}
	return c.out.whole()
}

// whole has empty lists for none.
func (d Diff) whole() Diff {
	d.Recipients = append([]Recipient{}, d.Recipients...)
	d.Authorities = append([]Authority{}, d.Authorities...)
	d.Resealed = append([]string{}, d.Resealed...)
	d.Pins = append([]Pin{}, d.Pins...)
	d.Nodes = append([]Node{}, d.Nodes...)
	d.Versions = append([]Version{}, d.Versions...)
	d.Changes = append([]Change{}, d.Changes...)
	return d
}

// comparison is one call of Compare.
type comparison struct {
	old, now   Side
	deprecated Deprecated
	out        Diff
	// described has what was worked out before: nodes of a pool change alike.
	described map[pair]described
	// folded are the changes by all but their nodes.
	folded map[string]*folded
}

// folded is a change that nodes share: its index, and how it is without what is a node's own.
type folded struct {
	at      int
	general Change
}

// pair are two states of a file that differ, by their sums.
type pair struct{ path, kubernetes, old, now, attributes string }

// described is what changes in a file.
type described struct {
	kind    Kind
	details []Detail
	unified string
}

func union[V any](a, b map[string]V) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b)))))
}

func isNode(name string) bool { return name != tree.Addons && name != tree.Cloud }

func (c *comparison) directory(name string) {
	was, before := c.old.Directories[name]
	is, after := c.now.Directories[name]
	switch {
	case isNode(name) && !before:
		c.out.Nodes = append(c.out.Nodes, Node{Name: name, Action: Added, Roles: is.Duties(), Files: len(is.Files)})
		return
	case isNode(name) && !after:
		c.out.Nodes = append(c.out.Nodes, Node{Name: name, Action: Removed, Roles: was.Duties(), Files: len(was.Files)})
		return
	}
	if was.Kubernetes != is.Kubernetes {
		c.version(name, was.Kubernetes, is.Kubernetes)
	}
	for _, word := range []Detail{{What: "pool", Old: was.Pool, New: is.Pool}, {What: "machine", Old: was.Machine, New: is.Machine}} {
		if word.Action = Changed; word.Old != word.New {
			c.fold(name, Change{Path: "index.json", Action: Changed, Kind: Document, Restarts: []string{}, Details: []Detail{word}})
		}
	}
	for _, path := range union(was.Files, is.Files) {
		c.file(name, path, is.Kubernetes, at(was, path), at(is, path))
	}
}

func at(d Directory, path string) *File {
	f, found := d.Files[path]
	if !found {
		return nil
	}
	return &f
}

func (c *comparison) version(node, was, is string) {
	for i, v := range c.out.Versions {
		if v.Old == was && v.New == is {
			c.out.Versions[i].Nodes = append(c.out.Versions[i].Nodes, node)
			return
		}
	}
	c.out.Versions = append(c.out.Versions, Version{Nodes: []string{node}, Old: was, New: is})
}

func (c *comparison) file(node, path, kubernetes string, was, is *File) {
	if was != nil && is != nil && is.Planned == nil && attributes(was) == attributes(is) && bytes.Equal(was.Content, is.Content) {
		if sum := was.sum(); was.SHA256 != "" && was.SHA256 != sum {
			c.fold(node, Change{Path: path, Action: Changed, Kind: kindOf(path), Restarts: []string{}, Details: []Detail{{What: "SHA-256 in the index", Action: Changed, Old: was.SHA256, New: sum}}})
		}
		return
	}
	key := pair{path, kubernetes, was.sum(), is.sum(), attributes(was) + " " + attributes(is)}
	d, known := c.described[key]
	if !known || key.now == "planned" {
		d = c.describe(path, kubernetes, was, is)
		c.described[key] = d
	}
	c.fold(node, Change{
		Path: path, Action: actionOf(was != nil, is != nil), Kind: d.kind, Planned: is != nil && is.Planned != nil,
		Details: d.details, Unified: d.unified, Restarts: restarts(path, was, is),
	})
}

func attributes(f *File) string {
	if f == nil {
		return ""
	}
	return fmt.Sprintf("%04o %s:%s %t %s", uint32(f.Mode), f.Owner, f.Group, f.Sealed, strings.Join(f.Restarts, ","))
}

func actionOf(before, after bool) Action {
	switch {
	case !before:
		return Added
	case !after:
		return Removed
	}
	return Changed
}

// fold adds a node to an equal change, or else the change.
func (c *comparison) fold(node string, change Change) {
	change.Details = append([]Detail{}, change.Details...)
	general := c.general(node, change)
	key := fmt.Sprintf("%q", []any{change.Path, change.Action, change.Kind, change.Planned, general.Details, gist(general.Unified), change.Restarts})
	if known, found := c.folded[key]; found {
		all := &c.out.Changes[known.at]
		all.Nodes = append(all.Nodes, node)
		if all.Unified != change.Unified {
			known.general.Unified = shared(known.general.Unified, general.Unified)
			all.Unified = known.general.Unified
		}
		if !slices.Equal(all.Details, change.Details) {
			all.Details = general.Details
		}
		return
	}
	c.folded[key] = &folded{len(c.out.Changes), general}
	change.Nodes = []string{node}
	c.out.Changes = append(c.out.Changes, change)
}

// gist are the lines that come and go, without those around them, which may differ from node to node.
func gist(unified string) []string {
	var out []string
	for l := range strings.Lines(unified) {
		if l[0] == '+' || l[0] == '-' {
			out = append(out, l)
		}
	}
	return out
}

// shared is a change line by line without the lines around it that differ between two of equal gist.
func shared(a, b string) string {
	if a == b {
		return a
	}
	of, by := strings.SplitAfter(a, "\n"), strings.SplitAfter(b, "\n")
	if len(of) != len(by) {
		return strings.Join(gist(a), "")
	}
	for i, l := range of {
		switch {
		case l == by[i]:
		case strings.HasPrefix(l, "@@"):
			of[i] = "@@\n"
		default:
			of[i] = " ...\n"
		}
	}
	return strings.Join(of, "")
}

// restarts are those that the index names on either side, and the pod of a manifest. A file that only another account may
// read, that only others may open, or that restarts something else from now on, restarts nothing now.
func restarts(path string, was, is *File) []string {
	out := []string{}
	if sameContent(was, is) || was != nil && is != nil && is.Planned == nil && bytes.Equal(was.Content, is.Content) {
		return out
	}
	for _, f := range []*File{was, is} {
		if f != nil {
			out = append(out, f.Restarts...)
		}
	}
	if pod, found := strings.CutPrefix(path, layout.Manifests); found {
		out = append(out, strings.TrimSuffix(pod, ".yaml"))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
