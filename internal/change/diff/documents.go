package diff

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxDocument bounds what is compared by keys, in bytes.
const maxDocument = 64 << 10

// documents compares YAML or JSON by the path of its keys. ok is false where either is none, or has nothing but text. What
// differs in comments and layout alone has no details; everything else has.
func documents(was, is []byte) (out []Detail, ok bool) {
	old, ok := parsed(was)
	now, also := parsed(is)
	if !ok || !also {
		return nil, false
	}
	return walker{}.documents(old, now), true
}

// parsed are the documents of a file, each a mapping or a list. One with aliases is none of harender's: few bytes of it can
// stand for any number. One that has a key twice is read otherwise by others.
func parsed(text []byte) ([]*yaml.Node, bool) {
	if len(text) > maxDocument {
		return nil, false
	}
	var out []*yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return out, len(out) > 0
		}
		if err != nil || len(doc.Content) != 1 || doc.Content[0].Kind == yaml.ScalarNode || !plain(&doc, 0) {
			return nil, false
		}
		out = append(out, doc.Content[0])
	}
}

// maxDepth is deeper than any document of Kubernetes.
const maxDepth = 64

// plain reports whether a document has neither aliases nor a key twice, and keys of text alone.
func plain(n *yaml.Node, depth int) bool {
	if depth > maxDepth || n.Kind == yaml.AliasNode || n.Kind == yaml.MappingNode && !uniqueKeys(n) {
		return false
	}
	return !slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return !plain(c, depth+1) })
}

func uniqueKeys(n *yaml.Node) bool {
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || seen[key.Value] || key.Tag == "!!merge" {
			return false
		}
		seen[key.Value] = true
	}
	return true
}

// walker compares nodes of documents, and collects what differs. Where special says so, it has compared two mappings' keys by
// itself, and gives those.
type walker struct {
	out     []Detail
	special func(at string, old, now *yaml.Node) (done []string, details []Detail)
}

// documents are matched by what they are; where that is not clear, by their order.
func (w walker) documents(old, now []*yaml.Node) []Detail {
	if len(old) == 1 && len(now) == 1 {
		w.node("", old[0], now[0])
		return w.out
	}
	names := func(docs []*yaml.Node) map[string]*yaml.Node {
		out := make(map[string]*yaml.Node, len(docs))
		for _, d := range docs {
			out[title(d)] = d
		}
		return out
	}
	olds, nows := names(old), names(now)
	if len(olds) != len(old) || len(nows) != len(now) {
		w.list("", old, now)
		return w.out
	}
	for _, name := range union(olds, nows) {
		was, before := olds[name]
		is, after := nows[name]
		if before && after {
			w.node("("+name+")", was, is)
		} else {
			w.came("("+name+")", was, is)
		}
	}
	w.reordered("", order(old, title, nows), order(now, title, olds))
	return w.out
}

// title is what tells an object from the others of its file.
func title(n *yaml.Node) string {
	parts := []string{scalar(n, "kind")}
	meta := child(n, "metadata")
	for _, key := range []string{"namespace", "name"} {
		if v := scalar(meta, key); v != "" {
			parts = append(parts, v)
		}
	}
	return scalar(n, "apiVersion") + " " + strings.Join(parts, "/")
}

func (w *walker) node(at string, old, now *yaml.Node) {
	switch {
	case same(old, now):
	case old.Kind != now.Kind || old.Kind == yaml.ScalarNode:
		w.value(at, old, now)
	case old.Kind == yaml.MappingNode:
		w.mapping(at, old, now)
	default:
		w.sequence(at, old.Content, now.Content)
	}
}

// value has text of several lines line by line.
func (w *walker) value(at string, old, now *yaml.Node) {
	d := Detail{What: at, Action: Changed, Old: inline(old), New: inline(now)}
	if old.Kind == now.Kind && old.Tag == now.Tag && strings.Contains(old.Value, "\n") && strings.Contains(now.Value, "\n") {
		if text := unified([]byte(old.Value), []byte(now.Value)); text != "" {
			d = Detail{What: at, Action: Changed, Unified: text}
		}
	}
	w.out = append(w.out, d)
}

func (w *walker) mapping(at string, old, now *yaml.Node) {
	var done []string
	if w.special != nil {
		var details []Detail
		done, details = w.special(at, old, now)
		w.out = append(w.out, details...)
	}
	was, is := entries(old), entries(now)
	for _, key := range union(was, is) {
		if slices.Contains(done, key) {
			continue
		}
		below := strings.TrimPrefix(at+"."+step(key), ".")
		if was[key] != nil && is[key] != nil {
			w.node(below, was[key], is[key])
		} else {
			w.came(below, was[key], is[key])
		}
	}
}

// came is about what is there on one side alone. What is empty has a value, too.
func (w *walker) came(at string, old, now *yaml.Node) {
	d := Detail{What: at, Action: actionOf(old != nil, now != nil)}
	if old != nil {
		d.Old = inline(old)
	}
	if now != nil {
		d.New = inline(now)
	}
	w.out = append(w.out, d)
}

// sequence goes by names where every element has one of its own, as containers and volumes do.
func (w *walker) sequence(at string, old, now []*yaml.Node) {
	was, ok := named(old)
	is, also := named(now)
	if !ok || !also {
		w.list(at, old, now)
		return
	}
	for _, name := range union(was, is) {
		switch {
		case was[name] != nil && is[name] != nil:
			w.node(at+"."+step(name), was[name], is[name])
		default:
			w.came(at, was[name], is[name])
		}
	}
	name := func(n *yaml.Node) string { return scalar(n, "name") }
	w.reordered(at, order(old, name, is), order(now, name, was))
}

// list says which elements come and go, and whether those that stay are in another order.
func (w *walker) list(at string, old, now []*yaml.Node) {
	count := func(nodes []*yaml.Node) map[string]int {
		out := map[string]int{}
		for _, n := range nodes {
			out[canonical(n)]++
		}
		return out
	}
	left := func(nodes []*yaml.Node, other map[string]int, one func(n *yaml.Node)) (stay []string) {
		for _, n := range nodes {
			if c := canonical(n); other[c] > 0 {
				other[c]--
				stay = append(stay, inline(n))
			} else {
				one(n)
			}
		}
		return stay
	}
	was := left(old, count(now), func(n *yaml.Node) { w.came(at, n, nil) })
	is := left(now, count(old), func(n *yaml.Node) { w.came(at, nil, n) })
	w.reordered(at, was, is)
}

// order are the names of those that the other side has, too.
func order(nodes []*yaml.Node, name func(*yaml.Node) string, other map[string]*yaml.Node) []string {
	var out []string
	for _, n := range nodes {
		if other[name(n)] != nil {
			out = append(out, name(n))
		}
	}
	return out
}

func (w *walker) reordered(at string, old, now []string) {
	if !slices.Equal(old, now) {
		w.out = append(w.out, Detail{
			What: at, Action: Changed, Note: "in another order",
			Old: "[" + strings.Join(old, ", ") + "]", New: "[" + strings.Join(now, ", ") + "]",
		})
	}
}

// step is a key in a path; one that looks like several is in quotes.
func step(key string) string {
	if strings.ContainsAny(key, ".\" \n") || key == "" {
		return fmt.Sprintf("%q", key)
	}
	return key
}
