package compile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	harender "github.com/harender/harender"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// explained are all fields below one.
func explained(t *testing.T, field string, depth int) []spec.Explanation {
	t.Helper()
	e, list := spec.Explain(field)
	if list.HasErrors() || depth == 0 {
		t.Fatal(field, list)
	}
	var out []spec.Explanation
	for _, f := range e.Fields {
		out = append(append(out, f), explained(t, f.Field, depth-1)...)
	}
	return out
}

// bases are the specs of the golden clusters.
func bases(t *testing.T) [][]byte {
	t.Helper()
	files, err := filepath.Glob("../../testdata/clusters/*/cluster.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	var out [][]byte
	for _, name := range files {
		source, err := os.ReadFile(name) // #nosec G304 -- of the repository
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, source)
	}
	return out
}

func resolve(source []byte) (cluster.Cluster, diag.List) {
	_, c, list := compile.Resolve(fstest.MapFS{"cluster.yaml": {Data: source}}, harender.Assets, nil)
	return c, list
}

// needs are the fields without which another one has no meaning.
var needs = map[string][]spec.Change{
	"spec.etcd.autoCompaction.mode": {{Field: "spec.etcd.autoCompaction.retention", Value: "1h"}},
	"spec.kubeProxy.ipvs.scheduler": {{Field: "spec.kubeProxy.mode", Value: "ipvs"}},
}

// TestEnums sets every field with words to choose from to each of them, and to one that is none: the schema has what
// the code takes.
func TestEnums(t *testing.T) {
	all := bases(t)
	tried := 0
	for _, f := range explained(t, "spec", 12) {
		if len(f.Values) == 0 || strings.Contains(f.Field, ".*") {
			continue
		}
		field := strings.ReplaceAll(f.Field, "[]", "[0]")
		element := field
		if strings.HasPrefix(f.Type, "list of") {
			element += "[0]"
		}
		message := ""
		before := slices.Concat(needs[field], example(t, element))
		for _, base := range all {
			if _, _, list := spec.Edit(base, []spec.Change{{Field: element, Value: "bogus"}}); len(list) == 0 {
				before = needs[field] // It has such a list.
			}
			wrong, _, list := spec.Edit(base, append(before, spec.Change{Field: element, Value: "bogus"}))
			if len(list) > 0 {
				continue
			}
			_, list = resolve(wrong)
			if message = about(list, "bogus"); message == "" {
				continue // What the field belongs to is not set.
			}
			tried++
			for _, v := range f.Values {
				right, _, list := spec.Edit(base, append(before, spec.Change{Field: element, Value: v}))
				if len(list) > 0 {
					t.Fatal(list)
				}
				_, list = resolve(right)
				if said := strings.ReplaceAll(message, "bogus", v); about(list, said) != "" {
					t.Errorf("%s: %s", f.Field, said)
				}
			}
			break
		}
		if message == "" {
			t.Errorf("%s: nobody finds bogus", f.Field)
		}
	}
	if tried < 15 {
		t.Errorf("only %d fields", tried)
	}
}

// example sets the list that the field is in to its example; it is for specs that have none.
func example(t *testing.T, field string) []spec.Change {
	t.Helper()
	i := strings.LastIndex(field, "[0]")
	if i < 0 || field[:i] == "spec.nodes" {
		return nil
	}
	e, list := spec.Explain(field[:i])
	if list.HasErrors() {
		t.Fatal(list)
	}
	return []spec.Change{{Field: field[:i], Value: e.Example}}
}

// about is the summary of the error that has the words.
func about(list diag.List, words string) string {
	for _, d := range list {
		if d.Severity == diag.Error && strings.Contains(d.Summary, words) {
			return d.Summary
		}
	}
	return ""
}

// TestDefaults sets every field that has a default to it: the cluster is what it was without the field.
func TestDefaults(t *testing.T) {
	all := bases(t)
	tried := 0
	for _, f := range explained(t, "spec", 12) {
		if f.Default == "" || strings.Contains(f.Field, ".*") {
			continue
		}
		field := strings.ReplaceAll(f.Field, "[]", "[0]")
		for _, base := range all {
			if parent := field[:strings.LastIndex(field, ".")]; parent != "spec" && !given(base, parent) {
				if base, _, _ = spec.Edit(base, []spec.Change{{Field: parent, Value: "{}"}}); base == nil {
					continue
				}
			}
			with, done, list := spec.Edit(base, []spec.Change{{Field: field, Value: f.Default}})
			if len(list) > 0 || !done[0].Changed || given(base, f.Field) {
				continue
			}
			now, list := resolve(with)
			was, _ := resolve(base)
			if list.HasErrors() {
				continue // What the field belongs to is not set.
			}
			tried++
			if !reflect.DeepEqual(was, now) {
				t.Errorf("%s: %s is not the default:\n%s", f.Field, f.Default, differing(was, now))
			}
			break
		}
	}
	if tried < 12 {
		t.Errorf("only %d fields", tried)
	}
}

// given reports whether the spec has the last word of the field anywhere.
func given(base []byte, field string) bool {
	return strings.Contains(string(base), field[strings.LastIndex(field, ".")+1:]+":")
}

func differing(a, b cluster.Cluster) string {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	var out string
	for i := range x.NumField() {
		if !reflect.DeepEqual(x.Field(i).Interface(), y.Field(i).Interface()) {
			out += fmt.Sprintf("%s: %+v\n%+v\n", x.Type().Field(i).Name, x.Field(i), y.Field(i))
		}
	}
	return out
}
