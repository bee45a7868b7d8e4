package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/kyaml/kio"
	kubectl "sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/proof/testtool"
)

// TestYAMLSuite gives every case of the yaml-test-suite to a layer: what is taken means what the suite says, and what kustomize
// and kubectl take it for.
func TestYAMLSuite(t *testing.T) {
	counts := map[string]int{}
	for _, c := range testtool.YAMLSuite(t) {
		got, taken := strictly(t, c.Text)
		if !taken {
			counts["refused"]++
			continue
		}
		counts["taken"]++
		var should []any
		for _, v := range c.Values {
			if v != nil || len(c.Values) == 1 {
				should = append(should, testtool.Plain(v))
			}
		}
		switch {
		case c.Fails:
			counts["no YAML to the suite, and the same to all readers"]++
		case c.Values != nil && !reflect.DeepEqual(got, should):
			t.Errorf("%s: %q is %v, and should be %v", c.Name, c.Text, got, c.Values)
		}
		for reader, read := range readers() {
			other, err := read(c.Text, len(got))
			if err != nil { // It is loud there.
				counts[reader+" refuses"]++
				continue
			}
			if !reflect.DeepEqual(got, other) {
				t.Errorf("%s: %q is %v, and to %s %v, %v", c.Name, c.Text, got, reader, other, err)
			}
		}
	}
	t.Log(counts)
	if counts["taken"] < 150 {
		t.Error("hardly any is taken")
	}
}

func readers() map[string]func(text []byte, documents int) ([]any, error) {
	return map[string]func([]byte, int) ([]any, error){
		"kustomize": func(text []byte, _ int) (out []any, err error) {
			nodes, err := kio.FromBytes(text)
			for _, n := range nodes {
				text, err := n.MarshalJSON()
				if err != nil {
					return nil, err
				}
				var v any
				dec := json.NewDecoder(bytes.NewReader(text))
				dec.UseNumber()
				if err := dec.Decode(&v); err != nil {
					return nil, err
				}
				out = append(out, testtool.Plain(v))
			}
			return out, err
		},
		"kubectl": func(text []byte, documents int) ([]any, error) {
			if documents != 1 {
				return nil, fmt.Errorf("%d documents", documents)
			}
			var v any
			err := kubectl.Unmarshal(text, &v)
			return []any{testtool.Plain(v)}, err
		},
	}
}

// strictly reads a text as a layer is read.
func strictly(t *testing.T, source []byte) (out []any, taken bool) {
	t.Helper()
	const name = "base/x/a.yaml"
	layers := layer.Stack{fstest.MapFS{name: {Data: source}}}
	text, err := layers.ReadFile(name)
	if err != nil {
		return nil, false
	}
	documents, list := parse(name, string(text))
	if list.HasErrors() {
		return nil, false
	}
	for _, d := range documents {
		if v := valueOf(t, d); v != nil || len(documents) == 1 { // kustomize passes over empty ones.
			out = append(out, v)
		}
	}
	return out, true
}

// valueOf is what the guard sees in a node.
func valueOf(t *testing.T, n *yaml.Node) any {
	t.Helper()
	switch n.Kind {
	case yaml.DocumentNode:
		return valueOf(t, n.Content[0])
	case yaml.SequenceNode:
		out := []any{}
		for _, item := range n.Content {
			out = append(out, valueOf(t, item))
		}
		return out
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = valueOf(t, n.Content[i+1])
		}
		return out
	}
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		b, err := strconv.ParseBool(n.Value)
		if err != nil {
			t.Fatal(err)
		}
		return b
	case "!!int", "!!float":
		return "number " + n.Value
	}
	return n.Value
}
