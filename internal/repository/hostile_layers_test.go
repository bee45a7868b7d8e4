package repository_test

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"
	kyaml "sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/deliver/payload"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/proof/testtool"
)

// hostileMixin puts all strings into each kind of place that a mixin has: flags of a pod, flags of a unit, an object, a text, and the
// files whose lines payloads take apart. A line that ends within a value is refused there.
const hostileMixin = `local values = VALUES;
{
  kubeApiserver+: { flags+:: { 'external-hostname': std.join('|', values) } },
  kubelet+: {
    flags+:: { 'provider-id': std.join('|', values) },
    files+: {
      'etc/hostile.yaml': { object: { list: values, keys: { [v]: v for v in values if std.length(v) < 1000 } }, mode: '0600' },
      'etc/hostile.json': { text: std.manifestJsonMinified(values), mode: '0644' },
      'etc/sysusers.d/hostile.conf': { text: std.join('', ['u kube - "' + std.strReplace(v, '\n', ' ') + '"\n' for v in values]), mode: '0644' },
      'etc/systemd/system-preset/60-hostile.preset': { text: std.join('', ['enable ' + v + '\n' for v in values]), mode: '0644' },
    },
    nodeFiles(node):: super.nodeFiles(node) + { 'etc/motd': { text: std.join(node.name, values), mode: '0644' } },
  },
}
`

// TestHostileLayers puts strings that act somewhere into all places of layers that take text. Each reader of what is rendered, and of what
// payloads make of it, finds the strings again, as they are.
func TestHostileLayers(t *testing.T) {
	kinds := testtool.Hostile("/CANARY")
	var values []string
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		values = append(values, kinds[name])
	}
	c := compileRepository(t, hostileLayers(t, values))
	m := machines(t, c)[0]
	if m.Cluster.Name != "m1" {
		t.Fatal(m.Cluster.Name)
	}
	words := map[string][]string{
		"the pod's arguments": m.pods["kube-apiserver"].Spec.Containers[0].Command,
		"the unit's words":    unitWords(strings.Join(unitLines(string(m.files[units+"kubelet.service.d/20-harender.conf"].content)), " ")),
	}
	for where, flag := range map[string]string{"the pod's arguments": "external-hostname", "the unit's words": "provider-id"} {
		if !slices.Contains(words[where], "--"+flag+"="+strings.Join(values, "|")) {
			t.Errorf("%s are %q", where, words[where])
		}
	}
	for _, v := range values {
		if !slices.Contains(slices.Collect(maps.Values(m.pods["kube-apiserver"].Annotations)), v) {
			t.Errorf("no annotation is %q", v)
		}
	}
	checkObjectReaders(t, m.files["etc/hostile.yaml"].content, values)
	checkUnit(t, c)
	checkHostilePayloads(t, m)
}

// hostileLayers are the spec with an overlay.
func hostileLayers(t *testing.T, values []string) fstest.MapFS {
	t.Helper()
	spec := string(read(t, filepath.Join(refused, "cluster.yaml")))
	annotations := map[string]string{}
	for i, v := range values {
		annotations[fmt.Sprintf("example.org/a%d", i)] = v
	}
	patch := escapedJSON(t, map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "kube-apiserver", "namespace": "kube-system", "annotations": annotations}})
	component := escapedJSON(t, map[string]any{
		"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component",
		"patches": []any{map[string]any{"target": map[string]any{"kind": "Pod", "name": "kube-apiserver"}, "patch": patch}},
	})
	return fstest.MapFS{
		"cluster.yaml":                  {Data: []byte(spec)},
		"overlays/x/overlay.libsonnet":  {Data: []byte(strings.Replace(hostileMixin, "VALUES", escapedJSON(t, values), 1))},
		"overlays/x/kustomization.yaml": {Data: []byte(component)},
	}
}

// escapedJSON has escapes for all that a source text must not have.
func escapedJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(diag.EscapeJSON(text))
}

// loadYAML is what Python reads, whose YAML is of another version.
const loadYAML = `import json, sys, yaml
json.dump(yaml.safe_load(sys.stdin.buffer), sys.stdout)`

// checkObjectReaders has three readers of YAML read the same strings.
func checkObjectReaders(t *testing.T, text []byte, values []string) {
	t.Helper()
	type object struct {
		List []string          `yaml:"list" json:"list"`
		Keys map[string]string `yaml:"keys" json:"keys"`
	}
	var byGo, byKubernetes, byPython object
	if err := errors.Join(yaml.Unmarshal(text, &byGo), kyaml.Unmarshal(text, &byKubernetes), json.Unmarshal(python(t, loadYAML, text), &byPython)); err != nil {
		t.Fatal(err)
	}
	for reader, o := range map[string]object{"yaml.v3": byGo, "sigs.k8s.io/yaml": byKubernetes, "PyYAML": byPython} {
		if !slices.Equal(o.List, values) || len(o.Keys) != len(values)-1 {
			t.Errorf("%s reads %q", reader, o.List)
		}
		for key, value := range o.Keys {
			if key != value {
				t.Errorf("%s reads %q for %q", reader, value, key)
			}
		}
	}
}

// python runs a program with that input.
func python(t *testing.T, program string, in []byte) []byte {
	t.Helper()
	var failed bytes.Buffer
	cmd := exec.Command("/usr/bin/python3", "-c", program) // #nosec G204 -- the test's own program
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &failed
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, failed.String())
	}
	return out
}

// checkHostilePayloads: the reader of each format finds the files of the node, and nothing that runs beside them.
func checkHostilePayloads(t *testing.T, m machine) {
	t.Helper()
	node := packable(m)
	want := map[string]string{}
	for _, f := range node.Files {
		want["/"+f.Path] = string(f.Content.Reveal())
	}
	for format, read := range map[payload.Format]func(*testing.T, []byte) map[string]string{
		payload.CloudInit: readCloudInit, payload.Ignition: readIgnition, payload.Tar: readTar,
	} {
		made, list, err := payload.Make([]payload.Node{node}, payload.Request{Format: format, IgnitionVersion: payload.IgnitionVersions()[0]})
		if err != nil || list.HasErrors() {
			t.Fatal(format, err, list)
		}
		got := read(t, made.Files[0].Content.Reveal())
		for name, text := range want {
			if got[name] != text && got[name+".sops"] != text {
				t.Errorf("%s: %s is %q", format, name, got[name])
			}
		}
	}
}

// cloudInitFiles reads a configuration as cloud-init does.
const cloudInitFiles = `import base64, json, sys
from cloudinit import util
config = util.load_yaml(sys.stdin.buffer.read())
assert set(config) <= {"hostname", "fqdn", "prefer_fqdn_over_hostname", "ssh_deletekeys", "bootcmd", "write_files", "runcmd"}, set(config)
for command in config["runcmd"]:
    assert isinstance(command, list) and command[0] in ("systemctl", "sysctl", "systemd-tmpfiles"), command
    assert not any(c in word for word in command for c in " $` + "`" + `;'\"{}"), command
json.dump({f["path"]: f["content"] if f.get("encoding") == "b64" else base64.b64encode(f["content"].encode()).decode() for f in config["write_files"]}, sys.stdout)`

func readCloudInit(t *testing.T, text []byte) map[string]string {
	t.Helper()
	if !bytes.HasPrefix(text, []byte("#cloud-config\n")) {
		t.Errorf("it begins with %q", text[:40])
	}
	run(t, "cloud-init", "cloud-init", "schema", "--config-file", written(t, "user-data", text))
	var files map[string][]byte
	if err := json.Unmarshal(python(t, cloudInitFiles, text), &files); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for name, content := range files {
		out[name] = string(content)
	}
	return out
}

func readIgnition(t *testing.T, text []byte) map[string]string {
	t.Helper()
	run(t, "ignition", "ignition-validate", written(t, "ignition.json", text))
	var config struct {
		Storage struct {
			Files []struct {
				Path     string
				Contents struct{ Source string }
			}
		}
	}
	if err := json.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range config.Storage.Files {
		content, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(f.Contents.Source, "data:;base64,"))
		if err != nil {
			t.Fatal(f.Path, err)
		}
		out[f.Path] = string(content)
	}
	return out
}

func readTar(t *testing.T, text []byte) map[string]string {
	t.Helper()
	out := map[string]string{}
	r := tar.NewReader(bytes.NewReader(text))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out["/"+h.Name] = string(content)
	}
}
