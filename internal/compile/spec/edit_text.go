package spec

import (
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/yamlcheck"
)

// write gives a value as it is written in one line, and the node that this is; none where it is no value. Of a string,
// the text is what the user typed; of everything else, it is YAML.
func write(typ, value string) (string, *yaml.Node) {
	if typ == "string" {
		return scalarText(value, 0), stringNode(value)
	}
	given, err := readDocument([]byte(value))
	if err != nil {
		return "", nil
	}
	text, ok := flow(given)
	if !ok {
		return "", nil
	}
	n, err := readDocument([]byte(text))
	if err != nil || !same(n, given) {
		return "", nil
	}
	return text, n
}

func stringNode(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
}

// flow is a value in one line.
func flow(n *yaml.Node) (string, bool) {
	if n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		return "", false
	}
	var parts []string
	switch n.Kind {
	case yaml.ScalarNode:
		switch {
		case n.ShortTag() == "!!str":
			return scalarText(n.Value, 0), true
		case n.ShortTag() == "!!null":
			return "null", true
		}
		return n.Value, true
	case yaml.SequenceNode:
		for _, item := range n.Content {
			text, ok := flow(item)
			if !ok {
				return "", false
			}
			parts = append(parts, text)
		}
		return "[" + strings.Join(parts, ", ") + "]", true
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, readable := flow(n.Content[i])
			text, ok := flow(n.Content[i+1])
			if !ok || !readable {
				return "", false
			}
			parts = append(parts, key+": "+text)
		}
		return "{" + strings.Join(parts, ", ") + "}", true
	}
	return "", false
}

// scalarText writes a string in one line: as the style says where it can, without quotes where no parser could mistake
// it, or else in double quotes.
func scalarText(s string, style yaml.Style) string {
	single := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	switch {
	case style&yaml.SingleQuotedStyle != 0 && reads(single, s):
		return single
	case style&yaml.DoubleQuotedStyle == 0 && !yamlcheck.IsOldBool(s) && reads(s, s):
		return s
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // A string can be written, and the builder takes all.
	return strings.TrimSuffix(b.String(), "\n")
}

// reads reports whether text stands for the string, in flow mappings too.
func reads(text, s string) bool {
	if strings.ContainsAny(text, "\r\n\t") {
		return false
	}
	n, err := readDocument([]byte("{k: " + text + "}"))
	if err != nil || n.Kind != yaml.MappingNode || len(n.Content) != 2 || hasComment(n) {
		return false
	}
	v := n.Content[1]
	return v.Kind == yaml.ScalarNode && v.ShortTag() == "!!str" && v.Value == s && v.Anchor == "" && v.Style&yaml.TaggedStyle == 0
}

func hasComment(n *yaml.Node) bool {
	for _, c := range n.Content {
		if c.HeadComment+c.LineComment+c.FootComment != "" {
			return true
		}
	}
	return n.HeadComment+n.LineComment+n.FootComment != ""
}
