package render

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile/jsonnet"
)

func readGuide(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/layers.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestGuideNamesInput: the guide's tables have every field that a mixin finds in $.input.
func TestGuideNamesInput(t *testing.T) {
	text := readGuide(t)
	for _, field := range inputFields(reflect.TypeFor[input](), "") {
		if !strings.Contains(text, "`"+field+"`") {
			t.Errorf("docs/layers.md says nothing about $.input.%s", field)
		}
	}
}

// inputFields are the paths of all fields; those of list elements stand alone.
func inputFields(s reflect.Type, prefix string) []string {
	var out []string
	for f := range s.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		kind := f.Type
		switch {
		case kind.Kind() == reflect.Struct:
			out = append(out, inputFields(kind, prefix+name+".")...)
			continue
		case kind.Kind() == reflect.Slice && kind.Elem().Kind() == reflect.Struct:
			out = append(out, inputFields(kind.Elem(), "")...)
		}
		out = append(out, prefix+name)
	}
	return out
}

// TestGuideNamesComponents: and every field that a mixin can extend.
func TestGuideNamesComponents(t *testing.T) {
	text := readGuide(t)
	all := "local l = import 'lib/main.libsonnet'; { [c]: std.objectFieldsAll(l[c]) for c in " +
		"['etcd', 'kubeApiserver', 'kubeControllerManager', 'kubeScheduler', 'haproxy', 'keepalived', 'kubeProxy', 'kubelet', 'coredns', 'kubeDNS', 'dnsAutoscaler', 'nodeLocalDNS', 'clusterAutoscaler', 'storage', 'cloudProvider', 'etcdSnapshot', 'disks'] }"
	out, list := jsonnet.Evaluate(harender.Assets, "", all, nil)
	if list.HasErrors() {
		t.Fatal(list)
	}
	var components map[string][]string
	if err := json.Unmarshal(out, &components); err != nil {
		t.Fatal(err)
	}
	for component, fields := range components {
		for _, field := range append(fields, component) {
			if !strings.Contains(text, "`"+field+"`") && !strings.Contains(text, "`"+field+":") && !strings.Contains(text, "`"+field+"(") {
				t.Errorf("docs/layers.md says nothing about %s.%s", component, field)
			}
		}
	}
}
