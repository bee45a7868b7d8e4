package spec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

const edited = `# The cluster of the first floor.
apiVersion: harender.io/v1alpha1
kind: Cluster
metadata: {name: prod} # its name
spec:
  kubernetesVersion: "1.36.3"   # bots change this
  endpoint:
    host: '10.0.0.10'
    port: &p 6443
  # Where nodes are.
  networks: {nodes: [10.0.0.0/24], # all of them
    pods: 10.244.0.0/16,}
  etcd:
  bootstrap: >-
    staticPods

  pools:
    web:
      labels: {"example.org/a=b": "1", c: |
  nodes:
    - {name: m1, address: 10.0.0.11, roles: [etcd, control-plane]}
    # The second.
    - name: m2
      address: 10.0.0.12 # of the second
      roles:
        - etcd
        - control-plane
`

// TestEdit changes one field, and wants only those bytes to differ.
func TestEdit(t *testing.T) {
	source := strings.Replace(edited, `"1", c: |`, `"1"}`, 1)
	for name, c := range map[string]struct{ field, value, old, now string }{
		"double quotes":       {"spec.kubernetesVersion", "1.37.2", `"1.36.3"`, `"1.37.2"`},
		"single quotes":       {"spec.endpoint.host", "10.0.0.9", `'10.0.0.10'`, `'10.0.0.9'`},
		"a quote in quotes":   {"spec.endpoint.host", "it's", `'10.0.0.10'`, `'it''s'`},
		"an anchor":           {"spec.endpoint.port", "8443", "&p 6443", "8443"},
		"a number as text":    {"metadata.name", "123", "{name: prod}", `{name: "123"}`},
		"a switch as text":    {"metadata.name", "no", "{name: prod}", `{name: "no"}`},
		"a new line":          {"metadata.name", "a\nb: c", "{name: prod}", `{name: "a\nb: c"}`},
		"a comment as text":   {"metadata.name", "a #b", "{name: prod}", `{name: "a #b"}`},
		"quotes as text":      {"metadata.name", `"a"`, "{name: prod}", `{name: "\"a\""}`},
		"nothing":             {"metadata.name", "", "{name: prod}", `{name: ""}`},
		"end of a mapping":    {"metadata.name", "a}, b: {", "{name: prod}", `{name: "a}, b: {"}`},
		"an alias as text":    {"metadata.name", "*p", "{name: prod}", `{name: "*p"}`},
		"in a flow":           {"spec.networks.pods", "10.1.0.0/16", "10.244.0.0/16", "10.1.0.0/16"},
		"added to a flow":     {"spec.networks.services", "10.2.0.0/16", "10.244.0.0/16,}", "10.244.0.0/16, services: 10.2.0.0/16,}"},
		"an element":          {"spec.networks.nodes[0]", "10.3.0.0/24", "[10.0.0.0/24]", "[10.3.0.0/24]"},
		"a list":              {"spec.networks.nodes", "- a\n- b", "[10.0.0.0/24]", "[a, b]"},
		"below nothing":       {"spec.etcd.snapshots.retain", "3", "etcd:\n", "etcd: {snapshots: {retain: 3}}\n"},
		"nothing replaced":    {"spec.etcd", "{runAs: systemd}", "etcd:\n", "etcd: {runAs: systemd}\n"},
		"a folded text":       {"spec.bootstrap", "kubeadm", ">-\n    staticPods\n", "kubeadm\n"},
		"a flow by name":      {"spec.nodes[m1].address", "10.0.0.21", "10.0.0.11", "10.0.0.21"},
		"a quoted name":       {`spec.nodes["m1"].address`, "10.0.0.21", "10.0.0.11", "10.0.0.21"},
		"a block by name":     {"spec.nodes[m2].address", "10.0.0.22", "10.0.0.12", "10.0.0.22"},
		"by index":            {"spec.nodes[1].address", "10.0.0.22", "10.0.0.12", "10.0.0.22"},
		"added to an element": {"spec.nodes[m1].pool", "web", "control-plane]}", "control-plane], pool: web}"},
		"added to a block":    {"spec.nodes[m2].pool", "web", "        - control-plane\n", "        - control-plane\n      pool: web\n"},
		"added behind a flow": {"spec.pools.web.kubernetesVersion", "1.36.3", `"1"}` + "\n", `"1"}` + "\n      kubernetesVersion: 1.36.3\n"},
		"a block replaced":    {"spec.nodes[m2].roles", "[etcd]", ":\n        - etcd\n        - control-plane", ": [etcd]"},
		"a key with =":        {`spec.pools.web.labels["example.org/a=b"]`, "2", `"1"`, `"2"`},
		"a key added":         {`spec.pools.web.labels["a: b"]`, "2", `"1"}`, `"1", "a: b": "2"}`},
	} {
		for _, end := range []string{"\n", "\r\n"} {
			with := func(s string) string { return strings.ReplaceAll(s, "\n", end) }
			if strings.Contains(c.value, "\n") && end == "\r\n" {
				continue
			}
			if strings.Count(source, c.old) != 1 {
				t.Fatalf("%s: %q stands there %d times", name, c.old, strings.Count(source, c.old))
			}
			want := "\xef\xbb\xbf" + with(strings.Replace(source, c.old, c.now, 1))
			out, done, list := spec.Edit([]byte("\xef\xbb\xbf"+with(source)), []spec.Change{{Field: c.field, Value: c.value}})
			if len(list) > 0 || len(done) != 1 || !done[0].Changed || string(out) != want {
				t.Errorf("%s: %v %v\n%s", name, list, done, out)
				continue
			}
			again, done, list := spec.Edit(out, []spec.Change{{Field: c.field, Value: c.value}})
			if len(list) > 0 || done[0].Changed || string(again) != want {
				t.Errorf("%s, again: %v %v\n%s", name, list, done, again)
			}
		}
	}
}

// TestEditThereAndBack changes scalars of every golden cluster, one in four, and changes them back: but for quotes, the
// bytes are what they were.
func TestEditThereAndBack(t *testing.T) {
	files, err := filepath.Glob("../../../testdata/clusters/*/cluster.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	fields := 0
	for _, name := range files {
		source, err := os.ReadFile(name) // #nosec G304 -- of the repository
		if err != nil {
			t.Fatal(err)
		}
		var doc yaml.Node
		if err := yaml.Unmarshal(source, &doc); err != nil {
			t.Fatal(err)
		}
		scalars(doc.Content[0], "", func(field diag.Path, value string) {
			if fields++; fields%4 != 0 {
				return
			}
			was, is := spec.Change{Field: string(field), Value: value}, spec.Change{Field: string(field), Value: "x7"}
			if out, _, list := spec.Edit(source, []spec.Change{was}); len(list) > 0 || string(out) != string(source) {
				t.Errorf("%s: %s: %v", name, field, list)
			}
			out, _, list := spec.Edit(source, []spec.Change{is, was})
			bare := strings.NewReplacer(`"`, "", "'", "") // A text gets quotes that a flow mapping would need.
			if len(list) > 0 || bare.Replace(string(out)) != bare.Replace(string(source)) {
				t.Errorf("%s: %s: %v\n%s", name, field, list, out)
			}
		})
	}
	if fields < 500 {
		t.Errorf("only %d fields", fields)
	}
}

func scalars(n *yaml.Node, at diag.Path, visit func(diag.Path, string)) {
	switch n.Kind {
	case yaml.ScalarNode:
		visit(at, n.Value)
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			scalars(n.Content[i+1], at.Key(n.Content[i].Value), visit)
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			scalars(item, at.Index(i), visit)
		}
	}
}

// TestEditRefuses wants a word about what is wrong, and nothing else.
func TestEditRefuses(t *testing.T) {
	source := strings.Replace(edited, `"1", c: |`, `"1"}`, 1)
	for _, c := range []struct{ field, value, want, hint string }{
		{"spec.kubernetesVersoin", "1", "no field", "did you mean kubernetesVersion?"},
		{"spec.nodes[m3].address", "1", "nothing in the list is called", "did you mean m"},
		{"spec.nodes[7].address", "1", "2 elements", "0"},
		{"spec.nodes.address", "1", "nothing in the list is called", "there are m1, m2"},
		{"spec..", "1", "no path", "spec.nodes[m1].address"},
		{"", "1", "no path", "spec.nodes[m1].address"},
		{"metadata.name.x", "1", "no field", "name"},
		{"spec.etcd", "!!map {a: b}", "is no value", "YAML"},
		{"spec.etcd", "&a {a: b}", "is no value", "YAML"},
		{"spec.etcd", "*p", "is no value", "YAML"},
		{"spec.etcd", "{a: b", "is no value", "YAML"},
		{"spec.etcd", "a\n---\nb", "is no value", "YAML"},
		{"spec.nodes", "[]", "comments", "by hand"},
		{"spec.pools.db.storage.mounts[0].path", "x", "no list yet", "whole list"},
	} {
		out, done, list := spec.Edit([]byte(source), []spec.Change{{Field: "spec.kubernetesVersion", Value: "1.37.2"}, {Field: c.field, Value: c.value}})
		if len(list) != 1 || out != nil || done != nil || !strings.Contains(list[0].Summary, c.want) || !strings.Contains(list[0].Hint, c.hint) || list[0].Hint == "" {
			t.Errorf("%s=%s: %+v\n%s", c.field, c.value, list, out)
		}
	}
}
