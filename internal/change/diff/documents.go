package diff

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/gonvenience/ytbx"
	"github.com/homeport/dyff/pkg/dyff"
	"go.yaml.in/yaml/v3"
)

// maxDocument bounds what is compared by keys, in bytes: the time grows with the square of a list's length.
const maxDocument = 64 << 10

// documents compares YAML or JSON by the path of its keys. ok is false where either is none, or has nothing but text.
func documents(was, is []byte) (out []Detail, ok bool) {
	defer func() {
		if recover() != nil { // The engine is made for files of its user; these may be anybody's.
			out, ok = nil, false
		}
	}()
	old, ok := parsed(was)
	now, also := parsed(is)
	if !ok || !also {
		return nil, false
	}
	report, err := dyff.CompareInputFiles(ytbx.InputFile{Documents: old}, ytbx.InputFile{Documents: now}, dyff.KubernetesEntityDetection(len(old) > 1))
	if err != nil {
		return nil, false
	}
	for _, d := range report.Diffs {
		for _, detail := range d.Details {
			out = append(out, keyed(pathOf(d.Path, len(old) > 1), detail)...)
		}
	}
	return out, true
}

// parsed are the documents of a file, each a mapping or a list. One with aliases is none of harender's: few bytes of it can
// stand for any number.
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
		if err != nil || len(doc.Content) != 1 || doc.Content[0].Kind == yaml.ScalarNode || aliased(&doc) {
			return nil, false
		}
		out = append(out, &doc)
	}
}

func aliased(n *yaml.Node) bool {
	return n.Kind == yaml.AliasNode || slices.ContainsFunc(n.Content, aliased)
}

func pathOf(p *ytbx.Path, several bool) string {
	if p == nil {
		return ""
	}
	text := strings.TrimPrefix(p.ToDotStyle(), ".")
	if several {
		text = p.RootDescription() + " " + text
	}
	return strings.TrimSpace(text)
}

// keyed makes details of one of dyff's. What comes or goes is a part of a mapping or a list, each with a detail of its own.
func keyed(at string, d dyff.Detail) []Detail {
	switch d.Kind {
	case dyff.ADDITION:
		return parts(at, Added, d.To)
	case dyff.REMOVAL:
		return parts(at, Removed, d.From)
	case dyff.ORDERCHANGE:
		return []Detail{{What: at, Action: Changed, Old: inline(d.From), New: inline(d.To), Note: "in another order"}}
	}
	was, is := inline(d.From), inline(d.To)
	if strings.Contains(was, "\n") && strings.Contains(is, "\n") {
		return []Detail{{What: at, Action: Changed, Unified: unified([]byte(was), []byte(is))}}
	}
	return []Detail{{What: at, Action: Changed, Old: was, New: is}}
}

func parts(at string, action Action, n *yaml.Node) []Detail {
	side := func(what string, value *yaml.Node) Detail {
		d := Detail{What: what, Action: action}
		if action == Added {
			d.New = inline(value)
		} else {
			d.Old = inline(value)
		}
		return d
	}
	if n == nil {
		return []Detail{{What: at, Action: action}}
	}
	var out []Detail
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			out = append(out, side(strings.TrimPrefix(at+"."+n.Content[i].Value, "."), n.Content[i+1]))
		}
	case yaml.SequenceNode:
		for _, element := range n.Content {
			out = append(out, side(at, element))
		}
	default:
		out = append(out, side(at, n))
	}
	return out
}

// inline is a value on one line, as JSON would have it but without needless quotes.
func inline(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	if n.Kind == yaml.ScalarNode {
		return n.Value
	}
	flow := *n
	flow.Style = yaml.FlowStyle
	text, err := yaml.Marshal(&flow)
	if err != nil {
		return ""
	}
	return strings.Join(strings.Fields(string(text)), " ")
}
