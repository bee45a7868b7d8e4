package repository_test

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/deliver/tree"
)

// readBack is what a reader of the rendered files finds: their skeleton, which is the names of files, keys and lines, and the values.
type readBack struct{ skeleton, values []string }

// compareHostile: strings change no skeleton, and each is one of the values, or a part of one.
func compareHostile(t *testing.T, name string, puts []put, plain, hostile compile.Compiled) {
	t.Helper()
	want, got := newReadBack(t, plain, nil), newReadBack(t, hostile, puts)
	for _, line := range symmetric(want.skeleton, got.skeleton) {
		t.Errorf("%s: %s", name, line)
	}
	for _, p := range puts {
		if !slices.Contains(unread(), p.field) && !slices.ContainsFunc(got.values, func(v string) bool { return strings.Contains(v, p.text) }) {
			t.Errorf("%s: %s is %q, and nobody reads that back", name, p.field, p.text)
		}
	}
}

// unread are fields that no file repeats.
func unread() []string {
	return []string{
		"$schema", "spec.cloudProvider.name", "spec.nodes[].pool", "spec.pools{key}",
		"spec.nodes[].machine",      // In indexes.
		"spec.apiServer.certSANs[]", // In certificates.
		// In sealed lists of the apiserver.
		"spec.apiServer.tokens[].user", "spec.apiServer.tokens[].uid", "spec.apiServer.tokens[].groups[]",
		"spec.apiServer.basicAuth[].user", "spec.apiServer.basicAuth[].uid", "spec.apiServer.basicAuth[].groups[]",
	}
}

func newReadBack(t *testing.T, c compile.Compiled, puts []put) readBack {
	t.Helper()
	var r readBack
	for i, n := range c.Plan.Nodes {
		r.add(t, strconv.Itoa(i), c.Rendered.Nodes[n.Cluster.Name], puts)
	}
	r.add(t, tree.Addons, c.Rendered.Shared.Addons, puts)
	r.add(t, tree.Cloud, c.Rendered.Shared.Cloud, puts)
	slices.Sort(r.skeleton)
	return r
}

func (r *readBack) add(t *testing.T, where string, files []tree.File, puts []put) {
	t.Helper()
	for _, f := range files {
		at := where + "/" + f.Path
		for _, p := range puts {
			if !strings.HasSuffix(p.field, ".name") || p.field == "spec.nodes[].name" {
				continue // No object has a node's name.
			}
			at = strings.Replace(at, "-"+p.text+".yaml", "-"+p.before+".yaml", 1) // Objects lie in files of their names.
		}
		text := f.Content.Bytes()
		switch {
		case strings.HasPrefix(f.Path, units):
			r.unit(at, string(text))
		case slices.ContainsFunc(plainText(), func(p string) bool { ok, _ := path.Match(p, f.Path); return ok }):
			r.values = append(r.values, string(text))
			if f.Path == "etc/kubernetes/cloud.conf" {
				continue // As the spec has it.
			}
			r.skeleton = append(r.skeleton, fmt.Sprintf("%s: %d lines", at, bytes.Count(text, []byte("\n"))))
		default:
			r.documents(t, at, text, puts)
		}
	}
}

// before is what stood there without the strings. Other keys than those of parameters are no keys in what is rendered.
func before(puts []put, text string) string {
	for _, p := range puts {
		if p.text == text && strings.HasSuffix(p.field, "parameters{key}") {
			return p.before
		}
	}
	return text
}

func (r *readBack) documents(t *testing.T, at string, text []byte, puts []put) {
	t.Helper()
	d := yaml.NewDecoder(bytes.NewReader(text))
	for i := 0; ; i++ {
		var doc any
		if err := d.Decode(&doc); err != nil {
			if err.Error() != "EOF" {
				t.Errorf("%s: %v\n%s", at, err, text)
			}
			return
		}
		r.walk(fmt.Sprintf("%s#%d", at, i), doc, puts)
	}
}

func (r *readBack) walk(at string, doc any, puts []put) {
	switch v := doc.(type) {
	case map[string]any:
		r.values = slices.AppendSeq(r.values, maps.Keys(v))
		for key, value := range v {
			r.walk(at+" "+before(puts, key), value, puts)
		}
	case []any:
		for _, value := range v {
			r.walk(at+" -", value, puts)
		}
	case string:
		r.values = append(r.values, v)
		r.skeleton = append(r.skeleton, at)
	default:
		r.values = append(r.values, fmt.Sprint(v))
		r.skeleton = append(r.skeleton, at+" is "+fmt.Sprintf("%T", v))
	}
}

// unit reads sections, keys and the words of command lines.
func (r *readBack) unit(at, text string) {
	for _, line := range unitLines(text) {
		key, value, _ := strings.Cut(line, "=")
		r.skeleton = append(r.skeleton, at+" "+key)
		words := unitWords(value)
		r.values = append(r.values, words...)
		if strings.HasPrefix(key, "Exec") {
			r.skeleton = append(r.skeleton, fmt.Sprintf("%s %s has %d words", at, key, len(words)))
		}
	}
}

// symmetric is what only one of two sorted lists has.
func symmetric(a, b []string) []string {
	count := map[string]int{}
	for _, s := range a {
		count[s]++
	}
	for _, s := range b {
		count[s]--
	}
	var out []string
	for _, s := range slices.Sorted(maps.Keys(count)) {
		if n := count[s]; n != 0 {
			out = append(out, fmt.Sprintf("%+d: %s", -n, s))
		}
	}
	return out
}
