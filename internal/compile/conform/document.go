package conform

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/compile/conform/staticpod"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/yamlcheck"
)

// object is a mapping of a YAML or JSON document.
type object = map[string]any

// isDocument reports whether a file may hold objects of Kubernetes, without reading it as YAML.
func isDocument(f tree.File) bool {
	content := f.Content.Bytes()
	return bytes.Contains(content, []byte("kind")) && bytes.Contains(content, []byte("apiVersion"))
}

// documents of a text. What is no YAML has none: who reads it will say so.
func documents(text []byte) []any {
	var out []any
	dec := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var node yaml.Node
		if err := dec.Decode(&node); err != nil {
			return out
		}
		readOldWords(&node)
		var doc any
		if left := maxExpanded; !fitsExpanded(&node, &left) || node.Decode(&doc) != nil {
			return out
		}
		out = append(out, doc)
	}
}

// readOldWords has a value such as yes, without quotes, be the truth value that YAML 1.1 and the components take it for.
func readOldWords(n *yaml.Node) {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 || c.Kind != yaml.ScalarNode || c.Style != 0 || c.Tag != "!!str" {
			readOldWords(c)
			continue
		}
		if value, is := yamlcheck.OldBool(c.Value); is {
			c.Tag, c.Value = "!!bool", strconv.FormatBool(value)
		}
	}
}

// maxExpanded bounds the values of a document with its aliases written out: a few hundred bytes can stand for billions.
const maxExpanded = 200_000

func fitsExpanded(n *yaml.Node, left *int) bool {
	if *left--; *left < 0 {
		return false
	}
	if n.Kind == yaml.AliasNode {
		return fitsExpanded(n.Alias, left)
	}
	return !slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return !fitsExpanded(c, left) })
}

// value judges whatever a document holds: objects, also inside of others, and the command lines of containers.
func (j checker) value(v any, files []tree.File) []problem {
	var out []problem
	switch v := v.(type) {
	case object:
		out = append(out, j.object(v, files)...)
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out = append(out, j.value(v[key], files)...)
		}
	case []any:
		for _, element := range v {
			out = append(out, j.value(element, files)...)
		}
	}
	return out
}

// object judges one mapping, but not what is inside of it.
func (j checker) object(o object, files []tree.File) []problem {
	out := j.programs(containerPrograms(o), files)
	kind, apiVersion := text(o["kind"]), text(o["apiVersion"])
	if kind == "" || apiVersion == "" {
		return out
	}
	out = append(out, j.kind(kind, apiVersion)...)
	if j.isObject(o) {
		for _, f := range staticpod.CheckTemplate(o) {
			out = append(out, podProblem(podName(o), f.Diagnostic, f.Words...))
		}
	}
	switch kind {
	case "KubeletConfiguration":
		out = append(out, j.gateMap("kubelet", o["featureGates"])...)
	case "KubeProxyConfiguration":
		out = append(out, j.gateMap("kube-proxy", o["featureGates"])...)
	case "AdmissionConfiguration":
		out = append(out, j.configuredPlugins(o["plugins"])...)
	case "ConfigMap":
		out = append(out, j.configMap(o["data"], files)...)
	case "ClusterConfiguration", "InitConfiguration", "JoinConfiguration", "MasterConfiguration":
		out = append(out, j.programs(kubeadmPrograms(o), files)...)
	}
	return out
}

// configMap judges the files that a ConfigMap holds.
func (j checker) configMap(data any, files []tree.File) []problem {
	var out []problem
	entries, _ := data.(object)
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		content := text(entries[name])
		if strings.HasPrefix(name, "Corefile") {
			out = append(out, j.reading(coreVersion(files)).lines("Corefile", content)...)
			continue
		}
		if !strings.Contains(content, "apiVersion") || !strings.Contains(content, "kind") {
			continue
		}
		for _, doc := range documents([]byte(content)) {
			out = append(out, j.value(doc, files)...)
			out = append(out, j.document(doc, false)...)
		}
	}
	return out
}

// text is a scalar that is a string, or nothing.
func text(v any) string {
	s, _ := v.(string)
	return s
}

// texts of a list of strings.
func texts(v any) []string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, element := range list {
		out = append(out, text(element))
	}
	return out
}
