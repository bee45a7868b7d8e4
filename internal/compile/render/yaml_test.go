package render

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"
	"unicode/utf8"

	yaml3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/proof/testtool"
)

// TestToYAML: what two readers of YAML read is what was written, keys and values, whatever the strings are.
func TestToYAML(t *testing.T) {
	kinds := testtool.Hostile("/CANARY")
	delete(kinds, "long") // Keys of more than 1024 characters are none for YAML.
	all := append(slices.Sorted(maps.Values(kinds)),
		"<<", "=", "y", "quoted", "quoted0q", `a\"<<`, "a\ufeffb", "a\u007fb", "a\u0080b", "\u2029", "", " ", "!!binary aGk=", "0x1F", "1e3", ".inf", "1_000", "? a", "%YAML 1.1", "\U000e0041")
	keys := map[string]any{}
	for _, s := range all {
		keys[s] = s
	}
	want := map[string]any{"keys": keys, "list": anys(all), "<<": keys}
	source, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	text, err := toYAML(source)
	if err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func([]byte, any) error{
		"yaml.v3": yaml3.Unmarshal, "sigs.k8s.io/yaml": func(b []byte, v any) error { return yaml.Unmarshal(b, v) },
	} {
		var got map[string]any
		if err := read(text, &got); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		} else if !reflect.DeepEqual(got, want) {
			t.Errorf("%s reads %q", name, got)
		}
	}
}

func anys(all []string) []any {
	out := make([]any, 0, len(all))
	for _, s := range all {
		out = append(out, s)
	}
	return out
}

// FuzzToYAML parses back what is written: of any string, as a key and as a value, two readers read that string.
func FuzzToYAML(f *testing.F) {
	for _, s := range testtool.Hostile("/CANARY") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1000 || !utf8.ValidString(s) {
			return // Longer keys are none for YAML, and JSON has no such bytes.
		}
		source, err := json.Marshal(map[string]any{"key": map[string]any{s: "value"}, "list": []any{s}})
		if err != nil {
			t.Fatal(err)
		}
		text, err := toYAML(source)
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		for name, read := range map[string]func([]byte, any) error{
			"yaml.v3": yaml3.Unmarshal, "sigs.k8s.io/yaml": func(b []byte, v any) error { return yaml.Unmarshal(b, v) },
		} {
			var got struct {
				Key  map[string]string
				List []string
			}
			if err := read(text, &got); err != nil || got.Key[s] != "value" || len(got.List) != 1 || got.List[0] != s {
				t.Errorf("%s reads %+v of %q: %v\n%s", name, got, s, err, text)
			}
		}
	})
}
