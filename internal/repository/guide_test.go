package repository_test

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/diff"
	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/compile"
)

const (
	guides     = "../../docs"
	guideFiles = "../../testdata/guide"
)

// example is a heading of the guide with the files below it. Several blocks of cluster.yaml add up.
type example struct {
	heading string
	spec    []string
	files   map[string]string
}

var (
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	fence   = regexp.MustCompile("(?ms)^```(\\w+) (\\S+)\n(.*?)^```$")
)

// TestGuide builds every example of the guides over testdata/guide/cluster.yaml, and holds what it changes to HEADING.diff
// beside that.
func TestGuide(t *testing.T) {
	base := string(read(t, filepath.Join(guideFiles, "cluster.yaml")))
	before := compileRepository(t, fstest.MapFS{"cluster.yaml": {Data: []byte(base)}})
	var found []example
	for guide, least := range map[string]int{"dns.md": 5, "layers.md": 9} {
		all := examples(string(read(t, filepath.Join(guides, guide))))
		if len(all) < least {
			t.Errorf("%s has %d examples", guide, len(all))
		}
		found = append(found, all...)
	}
	for _, e := range found {
		t.Run(e.heading, func(t *testing.T) {
			repository := fstest.MapFS{"cluster.yaml": {Data: merged(t, base, e.spec)}}
			for name, text := range e.files {
				repository[name] = &fstest.MapFile{Data: []byte(text)}
			}
			name := strings.ReplaceAll(strings.ToLower(e.heading), " ", "-") + ".diff"
			compareGolden(t, filepath.Join(guideFiles, name), changes(before, compileRepository(t, repository)))
		})
	}
}

func examples(text string) []example {
	var out []example
	at := heading.FindAllStringSubmatchIndex(fence.ReplaceAllStringFunc(text, blank), -1)
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		e := example{heading: text[m[2]:m[3]], files: map[string]string{}}
		for _, block := range fence.FindAllStringSubmatch(text[m[0]:end], -1) {
			if block[2] == "cluster.yaml" {
				e.spec = append(e.spec, block[3])
				continue
			}
			e.files[block[2]] = block[3]
		}
		if len(e.spec) > 0 {
			out = append(out, e)
		}
	}
	return out
}

// blank keeps the comments of a block from being taken for headings, and every offset as it is.
func blank(s string) string { return strings.Repeat(" ", len(s)) }

// merged adds the fragments to the spec: mappings key by key, nodes by name, other lists end to end.
func merged(t *testing.T, base string, fragments []string) []byte {
	t.Helper()
	var whole any
	for _, text := range append([]string{base}, fragments...) {
		var part any
		if err := yaml.Unmarshal([]byte(text), &part); err != nil {
			t.Fatal(err)
		}
		whole = merge(whole, part)
	}
	out, err := yaml.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func merge(into, part any) any {
	switch part := part.(type) {
	case map[string]any:
		m, ok := into.(map[string]any)
		if !ok {
			return part
		}
		for k, v := range part {
			m[k] = merge(m[k], v)
		}
		return m
	case []any:
		list, _ := into.([]any)
		for _, item := range part {
			i := slices.IndexFunc(list, func(have any) bool { return nameOf(have) != nil && nameOf(have) == nameOf(item) })
			if i < 0 {
				list = append(list, item)
				continue
			}
			list[i] = merge(list[i], item)
		}
		return list
	}
	return part
}

func nameOf(v any) any {
	m, _ := v.(map[string]any)
	return m["name"]
}

// changes are the files that came, went or differ, each difference once with the nodes that have it.
func changes(before, after compile.Compiled) []byte {
	old, now := byHeader(before), byHeader(after)
	names := maps.Clone(old)
	maps.Copy(names, now)
	nodes := map[string][]string{}
	var order []string
	for _, key := range slices.Sorted(maps.Keys(names)) {
		file, node, _ := strings.Cut(key, "\x00")
		d := string(diff.Diff(file, old[key], file, now[key]))
		if d == "" {
			continue
		}
		if nodes[d] == nil {
			order = append(order, d)
		}
		nodes[d] = append(nodes[d], node)
	}
	var out bytes.Buffer
	for _, d := range order {
		fmt.Fprintf(&out, "%s: %s", strings.Join(nodes[d], " "), d)
	}
	return out.Bytes()
}

// byHeader are the files of all nodes and the addons, by header and node.
func byHeader(c compile.Compiled) map[string][]byte {
	out := map[string][]byte{}
	for node, files := range c.Rendered.Nodes {
		for _, f := range files {
			out[header(f)+"\x00"+node] = f.Content.Bytes()
		}
	}
	for _, f := range c.Rendered.Shared.Addons {
		out[header(f)+"\x00addons"] = f.Content.Bytes()
	}
	return out
}
