package diff

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/yamlcheck"
)

// entries are the values of a mapping by their keys.
func entries(n *yaml.Node) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	if n == nil || n.Kind != yaml.MappingNode {
		return out
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		out[n.Content[i].Value] = n.Content[i+1]
	}
	return out
}

func child(n *yaml.Node, key string) *yaml.Node { return entries(n)[key] }

// scalar is a text of a mapping, empty where there is none.
func scalar(n *yaml.Node, key string) string {
	if v := child(n, key); v != nil && v.Kind == yaml.ScalarNode {
		return v.Value
	}
	return ""
}

// named are the elements of a list by their names. ok is false where one has none, or another's.
func named(all []*yaml.Node) (out map[string]*yaml.Node, ok bool) {
	out = map[string]*yaml.Node{}
	for _, n := range all {
		name := scalar(n, "name")
		if name == "" || out[name] != nil {
			return nil, false
		}
		out[name] = n
	}
	return out, len(all) > 0
}

// same compares what two nodes say, whatever their layout.
func same(a, b *yaml.Node) bool { return canonical(a) == canonical(b) }

// canonical is the same text for the same value, and for no other. The order of keys says nothing.
func canonical(n *yaml.Node) string {
	var b strings.Builder
	var write func(n *yaml.Node)
	write = func(n *yaml.Node) {
		switch n.Kind {
		case yaml.MappingNode:
			b.WriteString("{" + n.Tag)
			all := entries(n)
			for _, key := range union(all, nil) {
				b.WriteString(strconv.Quote(key) + ":")
				write(all[key])
			}
			b.WriteString("}")
		case yaml.SequenceNode:
			b.WriteString("[" + n.Tag)
			for _, c := range n.Content {
				write(c)
			}
			b.WriteString("]")
		default:
			b.WriteString(n.Tag + strconv.Quote(n.Value) + ",")
			if mistakable(n) {
				b.WriteString("plain")
			}
		}
	}
	write(n)
	return b.String()
}

// inline is a value on one line: lists and mappings as YAML has them in a line, a text alone as it is.
func inline(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode {
		return alone(n)
	}
	var b strings.Builder
	flow(&b, n)
	return b.String()
}

// alone is a scalar without needless quotes: a text that would be read as something else has them.
func alone(n *yaml.Node) string {
	switch n.Tag {
	case "!!str":
		if mistakable(n) {
			return n.Value
		}
		quotes := reads(n.Value) != "!!str" || n.Value != strings.TrimSpace(n.Value) || strings.HasPrefix(n.Value, `"`) || oldWord(n.Value)
		if quotes {
			return strconv.Quote(n.Value)
		}
		return n.Value
	case "!!null":
		return "null"
	case "!!bool", "!!int", "!!float", "!!timestamp":
		return n.Value
	}
	return n.Tag + " " + strconv.Quote(n.Value)
}

// mistakable reports whether a text without quotes is something else for readers of YAML 1.1, of which Kubernetes has some.
func mistakable(n *yaml.Node) bool {
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	return n.Tag == "!!str" && n.Style&quoted == 0 && n.Line > 0 && oldWord(n.Value)
}

// oldWord is a text that YAML 1.1 takes for a truth or a number, and YAML 1.2 does not.
func oldWord(value string) bool {
	return yamlcheck.IsOldBool(value) || value != "" && strings.Trim(value, "0123456789_:+-.") == "" && strings.ContainsAny(value, "0123456789")
}

// reads is the tag that YAML gives a plain scalar.
func reads(value string) string {
	n := yaml.Node{Kind: yaml.ScalarNode, Value: value}
	return n.ShortTag()
}

func flow(b *strings.Builder, n *yaml.Node) {
	list := func(open, end string, each int, one func(i int)) {
		b.WriteString(open)
		for i := 0; i < len(n.Content); i += each {
			if i > 0 {
				b.WriteString(", ")
			}
			one(i)
		}
		b.WriteString(end)
	}
	switch n.Kind {
	case yaml.MappingNode:
		list("{", "}", 2, func(i int) {
			flow(b, n.Content[i])
			b.WriteString(": ")
			flow(b, n.Content[i+1])
		})
	case yaml.SequenceNode:
		list("[", "]", 1, func(i int) { flow(b, n.Content[i]) })
	default:
		text := alone(n)
		if n.Tag == "!!str" && text == n.Value && strings.ContainsAny(text, ",[]{}\"\n") {
			text = strconv.Quote(text)
		}
		b.WriteString(text)
	}
}
