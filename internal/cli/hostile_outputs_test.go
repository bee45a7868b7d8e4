package cli_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/proof/testtool"
)

// outputs are the command lines whose outputs are read back, by the reader of each.
func outputs() map[string]func(*testing.T, string) {
	shown := func(*testing.T, string) {} // What acts on a terminal is looked for in all of them.
	return map[string]func(*testing.T, string){
		"check DIR -o json": readJSON, "report DIR --base HEAD": readHTML, "graph DIR": readSVG, "graph DIR -o mermaid": readMermaid,
		"explain m1 kube-apiserver -C DIR -o json": readJSON, "verify DIR": shown, "verify DIR --open -o json": readJSON, "versions DIR": shown,
		"verify DIR --node m1 --root DIR/rendered/m1": shown, "secrets access DIR": shown, "secrets access DIR -o json": readJSON,
		"secrets access DIR --stolen m1": shown, "secrets retired DIR": shown, "restore DIR --snapshot testdata/etcd.db -o json": readJSON, "certs pins DIR --open": shown,
		"certs list DIR": shown, "certs list DIR -o json": readJSON, "certs list DIR -o prometheus": shown,
		"textconv DIR/cluster.yaml": shown, "textconv DIR/secrets/cluster/kubernetes-ca.key.sops": shown,
	}
}

// reviews are those about a change.
func reviews() map[string]func(*testing.T, string) {
	return map[string]func(*testing.T, string){
		"diff DIR --base HEAD --commands": func(*testing.T, string) {}, "diff DIR --base HEAD -o markdown": readMarkdown, "diff DIR --base HEAD -o json": readDiff,
		"diff DIR --base HEAD -o sarif": readSARIF, "diff DIR --base HEAD -o ansible": readPlaybook,
	}
}

// payloads are those whose outputs are read back likewise. They refuse files of others.
func payloads() map[string]func(*testing.T, string) {
	shown := func(*testing.T, string) {}
	return map[string]func(*testing.T, string){
		"payload DIR --secrets open --format dir --out OUT/dir": shown, "payload DIR --secrets open --format tar --out OUT/tar -o json": readJSON, "payload DIR --secrets open --format ansible --out OUT/play": shown,
		"payload DIR --secrets open --format ignition --node m1": readJSON, "payload DIR --secrets open --format cloud-init --node m1": readCloudConfig,
	}
}

// TestOutputsOfHostile builds a cluster whose texts act somewhere: flags, annotations, volumes, sidecars, texts and keys of files, users'
// groups, comments of the policy, and names of files that others laid there. Each output of each command is read as its readers read it,
// before the change and back from it: all text is text there, and what would act is shown by its number.
func TestOutputsOfHostile(t *testing.T) {
	o := newOperator(t)
	dir, out := filepath.Join(t.TempDir(), "c"), t.TempDir()
	canary := filepath.Join(out, "CANARY")
	o.must(t, "init", dir, "--control-plane", "1", "--workers", "1")
	o.must(t, "build", dir)
	testtool.Git(t, dir, "init", "-q")
	testtool.Git(t, dir, "add", "-A")
	testtool.Git(t, dir, "commit", "-q", "-m", "plain")
	plain := map[string]string{"cluster.yaml": mustRead(t, filepath.Join(dir, "cluster.yaml")), ".sops.yaml": mustRead(t, filepath.Join(dir, ".sops.yaml"))}
	layHostile(t, dir, canary)
	o.must(t, "build", dir)
	t.Run("packed", func(t *testing.T) { checkOutputs(t, o, dir, filepath.Join(out, "there"), payloads()) })
	layForeign(t, dir, canary)
	t.Run("there", func(t *testing.T) {
		there := outputs()
		maps.Copy(there, reviews())
		if texts := checkOutputs(t, o, dir, filepath.Join(out, "there"), there); texts < 50 {
			t.Errorf("%d places in all outputs have a text for Ansible: so few prove nothing", texts)
		}
	})
	checkController(t, filepath.Join(out, "there"), canary)
	testtool.Git(t, dir, "add", "-A")
	testtool.Git(t, dir, "commit", "-q", "-m", "hostile")
	for name, text := range plain {
		write(t, filepath.Join(dir, name), text)
	}
	o.must(t, "build", dir)
	back := reviews()
	maps.DeleteFunc(back, func(line string, _ func(*testing.T, string)) bool {
		return strings.Contains(line, "sarif") || strings.Contains(line, "ansible")
	})
	t.Run("back", func(t *testing.T) { checkOutputs(t, o, dir, filepath.Join(out, "back"), back) })
	if _, err := os.Stat(canary); err == nil {
		t.Error("something of the repository ran")
	}
}

// checkOutputs runs command lines, and counts the texts in what they print that Ansible would act on.
func checkOutputs(t *testing.T, o operator, dir, out string, all map[string]func(*testing.T, string)) (texts int) {
	t.Helper()
	must(t, os.MkdirAll(out, 0o700))
	for _, line := range slices.Sorted(maps.Keys(all)) {
		code, stdout, stderr := o.run(strings.Fields(strings.NewReplacer("DIR", dir, "OUT", out).Replace(line))...)
		if strings.Contains(stderr, "unknown") || code > 0 && strings.HasPrefix(line, "payload") {
			t.Fatalf("%s: exit code %d\n%s", line, code, stderr)
		}
		if text := strings.ReplaceAll(stdout+stderr, "\t", ""); diag.Escape(text) != text {
			t.Errorf("%s prints %q", line, around(text))
		}
		texts += strings.Count(stdout+stderr, "lookup")
		all[line](t, stdout)
		if strings.Contains(line, "-o ansible") {
			must(t, os.WriteFile(filepath.Join(out, "rollout.yaml"), []byte(stdout), 0o600))
		}
	}
	t.Logf("%d command lines, %d texts for Ansible alone in their outputs", len(all), texts)
	return texts
}

// layForeign gives files beside those of harender such names.
func layForeign(t *testing.T, dir, canary string) {
	t.Helper()
	for _, text := range testtool.Hostile(canary) {
		if short := strings.ReplaceAll(text, "/", "_"); len(short) < 200 {
			write(t, filepath.Join(dir, "rendered/m1/etc", short), text)
			write(t, filepath.Join(dir, "secrets/nodes", short), text)
		}
	}
}

// hostileOverlay puts all strings where a mixin has room for text: a flag, an object of a node, a text, and what accompanies a pod.
const hostileOverlay = `local values = VALUES;
{
  kubeApiserver+: { flags+:: { 'external-hostname': std.join('|', values) } },
  kubelet+: {
    files+: {
      'etc/hostile.yaml': { object: { list: values, keys: { [v]: v for v in values if std.length(v) < 1000 } }, mode: '0600' },
      'etc/hostile.json': { text: std.manifestJsonMinified(values), mode: '0644' },
    },
    nodeFiles(node):: super.nodeFiles(node) + { 'etc/motd': { text: std.join(node.name, values), mode: '0644' } },
  },
}
`

// layHostile changes a repository, by layers, the spec and the policy.
func layHostile(t *testing.T, dir, canary string) {
	t.Helper()
	kinds := testtool.Hostile(canary)
	annotations, values := map[string]string{}, []string{}
	var env []any
	comments := ""
	for i, name := range slices.Sorted(maps.Keys(kinds)) {
		text := kinds[name]
		values = append(values, text)
		annotations[fmt.Sprintf("example.org/a%d", i)] = text
		env = append(env, map[string]any{"name": fmt.Sprintf("E%d", i), "value": text})
		for line := range strings.Lines(text) {
			if at, _ := diag.Hidden([]byte(line)); at < 0 {
				comments += "# " + strings.TrimSuffix(line, "\n") + "\n"
			}
		}
	}
	pod := map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "kube-apiserver", "namespace": "kube-system", "annotations": annotations},
		"spec": map[string]any{"containers": []any{map[string]any{
			"name": "sidecar", "image": "registry.example.org/sidecar:1", "command": append([]string{"sidecar"}, values...), "env": env,
		}}},
	}
	component := map[string]any{
		"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component",
		"patches": []any{map[string]any{"target": map[string]any{"kind": "Pod", "name": "kube-apiserver"}, "patch": escapedJSON(t, pod)}},
	}
	write(t, filepath.Join(dir, "overlays/x/overlay.libsonnet"), strings.Replace(hostileOverlay, "VALUES", escapedJSON(t, values), 1))
	write(t, filepath.Join(dir, "overlays/x/kustomization.yaml"), escapedJSON(t, component))
	groups := slices.DeleteFunc(slices.Clone(values), func(v string) bool {
		return strings.TrimSpace(v) != v || strings.Contains(v, ",") || diag.Escape(v) != v || strings.Contains(v, "\n")
	})
	users := escapedJSON(t, []any{map[string]any{"user": "anna", "groups": groups}})
	change(t, dir, "cluster.yaml", "  nodes:\n", "  overlays: [x]\n  apiServer: {tokens: "+users+"}\n  nodes:\n")
	write(t, filepath.Join(dir, ".sops.yaml"), comments+mustRead(t, filepath.Join(dir, ".sops.yaml")))
}

// escapedJSON has escapes for all that a source text must not have.
func escapedJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	must(t, err)
	return string(diag.EscapeJSON(text))
}

// checkController has Ansible take the plays of a rollout, with a role that does nothing in the place of the payload's.
func checkController(t *testing.T, out, canary string) {
	t.Helper()
	write(t, filepath.Join(out, "roles/harender/tasks/main.yaml"), "[]\n")
	cmd := exec.Command("ansible-playbook", "--check", "--connection", "local", "--inventory", "m1,w1", "rollout.yaml", "--extra-vars",
		"{harender_become: false, ansible_python_interpreter: /usr/bin/python3}")
	cmd.Dir = out
	cmd.Env = append(os.Environ(), "HOME="+out, "LC_ALL=C.UTF-8", "ANSIBLE_NOCOLOR=1")
	said, err := cmd.CombinedOutput()
	if err != nil || strings.Count(string(said), "PLAY [") == 0 {
		t.Errorf("%v\n%s", err, said)
	}
	if _, err := os.Stat(canary); err == nil {
		t.Error("a string ran on the controller")
	}
}
