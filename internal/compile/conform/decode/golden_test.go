package decode_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile/conform/decode"
	"github.com/harender/harender/internal/compile/release"
)

// TestGolden: everything that is rendered for the golden clusters decodes; and does no longer with a field too many in any
// of its mappings, with a field in the wrong case, or with a text for a number or a bool.
func TestGolden(t *testing.T) {
	known := map[string]*release.Types{}
	mutations, kinds := 0, map[string]bool{}
	for _, file := range golden(t) {
		minor := minorOf(t, file)
		if known[minor] == nil {
			facts, list := release.ReadFacts(harender.Assets, minor)
			if len(list) > 0 || facts.Types == nil {
				t.Fatalf("%s: %v", minor, list)
			}
			known[minor] = facts.Types
		}
		for name, doc := range documents(t, file) {
			if wrong := decode.Document(known[minor], doc); len(wrong) > 0 {
				t.Errorf("%s: %s: %+v", file, name, wrong)
			}
			kinds[fmt.Sprint(doc["kind"])] = true
			mutations += mutate(t, known[minor], name, doc)
		}
	}
	if mutations < 3000 || len(kinds) < 20 {
		t.Errorf("only %d mutations of %d kinds", mutations, len(kinds))
	}
}

// golden are the clusters of the minors whose types are known.
func golden(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../../../testdata/clusters/*/rendered.txtar")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(files, func(f string) bool { return strings.Contains(f, "1-9") })
}

func minorOf(t *testing.T, file string) string {
	t.Helper()
	if _, minor, ok := strings.Cut(filepath.Base(filepath.Dir(file)), "kubernetes-1-"); ok {
		return "1." + minor
	}
	if strings.Contains(file, "pinned") {
		return "1.33"
	}
	return "1.36"
}

func documents(t *testing.T, file string) map[string]map[string]any {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]any{}
	for _, f := range a.Files {
		dec := yaml.NewDecoder(strings.NewReader(string(f.Data)))
		for i := 0; ; i++ {
			var doc any
			if err := dec.Decode(&doc); err != nil {
				break
			}
			if o, ok := doc.(map[string]any); ok && o["apiVersion"] != nil && o["kind"] != nil {
				out[fmt.Sprintf("%s %d", f.Name, i)] = o
			}
		}
	}
	return out
}

// mutate spoils one value after the other, and sets it right again.
func mutate(t *testing.T, types *release.Types, name string, doc map[string]any) int {
	t.Helper()
	n := 0
	spoil := func(o map[string]any, key string, value any) {
		old, had := o[key]
		o[key] = value
		if len(decode.Document(types, doc)) == 0 {
			t.Errorf("%s: nothing is said of %s: %v", name, key, value)
		}
		n++
		if delete(o, key); had {
			o[key] = old
		}
	}
	var walk func(o map[string]any, path string)
	walk = func(o map[string]any, path string) {
		for _, key := range slices.Sorted(maps.Keys(o)) {
			inner := path + "." + key
			switch v := o[key].(type) {
			case int, bool:
				if !open(inner) {
					spoil(o, key, fmt.Sprint("a", v))
				}
			case map[string]any:
				walk(v, inner)
			case []any:
				for _, element := range v {
					if m, ok := element.(map[string]any); ok {
						walk(m, inner)
					}
				}
			}
		}
		if !open(path) {
			spoil(o, "notAField", 1)
			spoil(o, "Kind", "x")
		}
	}
	if _, known := types.Kinds[fmt.Sprintf("%v %v", doc["apiVersion"], doc["kind"])]; known {
		walk(doc, "")
	}
	return n
}

// open are places with keys of the user's own, or with values of any type.
func open(path string) bool {
	for _, free := range []string{
		"labels", "Labels", "annotations", "nodeSelector", "limits", "requests", "featureGates", "data", "stringData", "parameters", "port", "Port",
		"maxUnavailable", "maxSurge", "eviction", "Reserved", "resources.", "driver", "podSelector", "flushFrequency", "minAvailable", "volumeAttributes", "selector", "capacity", "hard",
	} {
		if strings.Contains(path, free) {
			return true
		}
	}
	return false
}
