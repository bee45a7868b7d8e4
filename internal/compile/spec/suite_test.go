package spec

import (
	"reflect"
	"strconv"
	"testing"

	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/proof/testtool"
)

// TestYAMLSuite gives every case of the yaml-test-suite to the strict reader: what it takes means what the suite says, and what
// kustomize and kubectl take it for.
func TestYAMLSuite(t *testing.T) {
	counts := map[string]int{}
	for _, c := range testtool.YAMLSuite(t) {
		got, taken := strictly(t, c.Text)
		switch {
		case !taken:
			counts["refused"]++
			continue
		case c.Fails:
			counts["no YAML to the suite, and the same to all readers"]++
		case c.Values != nil && (len(c.Values) != 1 || !reflect.DeepEqual(got, testtool.Plain(c.Values[0]))):
			t.Errorf("%s: %q is %v, and should be %v", c.Name, c.Text, got, c.Values)
		}
		counts["taken"]++
		for reader, read := range readers() {
			if other, err := read(c.Text); err != nil || !reflect.DeepEqual(got, testtool.Plain(other)) {
				t.Errorf("%s: %q is %v, and to %s %v, %v", c.Name, c.Text, got, reader, other, err)
			}
		}
	}
	t.Log(counts)
	if counts["taken"] < 150 {
		t.Error("hardly any is taken")
	}
}

// readers are those of the programs that a repository's YAML goes through.
func readers() map[string]func([]byte) (any, error) {
	return map[string]func([]byte) (any, error){
		"kustomize": func(text []byte) (any, error) {
			n, err := kyaml.Parse(string(text))
			if err != nil {
				return nil, err
			}
			var out any
			err = n.YNode().Decode(&out)
			return out, err
		},
		"kubectl": func(text []byte) (out any, err error) {
			err = yaml.Unmarshal(text, &out)
			return out, err
		},
	}
}

// strictly reads a text as a spec is read, up to what fields there are.
func strictly(t *testing.T, source []byte) (any, bool) {
	t.Helper()
	text, list := checkText("cluster.yaml", source)
	if list.HasErrors() {
		return nil, false
	}
	root, list := parseYAML(text)
	if list.HasErrors() || checkStructure(root).HasErrors() {
		return nil, false
	}
	return valueOf(t, root), true
}

func valueOf(t *testing.T, n *node) any {
	t.Helper()
	switch n.kind {
	case nullKind:
		return nil
	case boolKind:
		b, err := strconv.ParseBool(n.text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	case intKind, floatKind:
		return "number " + n.text
	case listKind:
		out := []any{}
		for _, item := range n.items {
			out = append(out, valueOf(t, item))
		}
		return out
	case mapKind:
		out := map[string]any{}
		for _, e := range n.entries {
			out[e.key.text] = valueOf(t, e.value)
		}
		return out
	default:
		return n.text
	}
}
