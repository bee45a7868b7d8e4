package payload_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/deliver/payload"
)

// hostileFiles have text that runs, or ends what it stands in, wherever a payload takes text out of a file.
func hostileFiles(canary string) []payload.File {
	run := `{{lookup("pipe","touch` + "${IFS}" + canary + `")}}`
	shell := `$(touch` + "${IFS}" + canary + ")`touch${IFS}" + canary + "`;touch${IFS}" + canary + `;'"`
	owned := file("etc/owned", "## template: jinja\n#cloud-config\n"+run+"\n")
	owned.Owner = "evil"
	return []payload.File{
		owned,
		file("etc/sysusers.d/x.conf", "u evil - \"{%endraw%}"+run+"{%raw%} "+shell+"\n"),
		file("etc/systemd/system-preset/50-x.preset", "enable good.service\nenable "+run+".service\nenable "+shell+".service\nenable --root=x.service\nenable a*.service\n"),
		file("etc/modules-load.d/x.conf", run+"\n"), file("etc/sysctl.d/x.conf", shell+"\n"), file("etc/tmpfiles.d/x.conf", "\u2028\x1b[2J"),
		file("etc/systemd/system/evil.mount", "[Mount]\nWhat="+shell+"\nWhere=/x\nType="+run+"\n"),
		file("etc/mdadm.conf.d/harender.conf", "ARRAY /dev/md/x level="+run+" devices="+shell+"\n"),
	}
}

// TestHostileUnits: only names of units start, and others are told.
func TestHostileUnits(t *testing.T) {
	nodes := []payload.Node{{Name: "w1", Index: []byte("{}\n"), Files: hostileFiles("/canary")}}
	for _, format := range payload.Formats() {
		_, list, err := payload.Make(nodes, payload.Request{Format: format, IgnitionVersion: "3.3.0"})
		if err != nil || len(list) != 4 || list.HasErrors() {
			t.Errorf("%s: %v, %d findings: %v", format, err, len(list), list)
		}
	}
}

// TestHostileAnsible runs the playbook for real.
func TestHostileAnsible(t *testing.T) {
	dir := t.TempDir()
	canary := filepath.Join(dir, "canary")
	files := hostileFiles(canary)
	files[0].Owner = "root" // There is no account of that name on this machine,
	files[2].Group = "evil" // nor here: its owner is not set.
	m, _, err := payload.Make([]payload.Node{{Name: "w1", Index: []byte("{}\n"), Files: files}}, payload.Request{Format: payload.Ansible})
	if err != nil {
		t.Fatal(err)
	}
	vars := ""
	for _, f := range m.Files {
		name := filepath.Join(dir, "play", filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Content.Reveal(), 0o600); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(f.Path, "host_vars/") {
			vars = string(f.Content.Reveal())
		}
	}
	if !strings.Contains(vars, "lookup") || !strings.Contains(vars, "- !unsafe good.service\n") {
		t.Fatalf("the variables have no such text: %s", vars)
	}
	// A task that shows all of them has Ansible look into each.
	const show = "\n- ansible.builtin.command: {argv: \"{{ ['true'] + harender_accounts + harender_units + harender_commands }}\"}\n" +
		"- ansible.builtin.debug: {msg: \"{{ item }}\"}\n  loop: \"{{ harender_accounts + harender_units }}\"\n"
	tasks, err := os.OpenFile(filepath.Join(dir, "play/roles/harender/tasks/main.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tasks.WriteString(show); err != nil {
		t.Fatal(err)
	}
	if err := tasks.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("ansible-playbook", "--connection", "local", "--inventory", "play/inventory.yaml", "play/site.yaml", "--extra-vars",
		"{harender_root: '"+dir+"/root', harender_become: false, harender_owners: false, ansible_python_interpreter: /usr/bin/python3}")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "LC_ALL=C.UTF-8", "ANSIBLE_NOCOLOR=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("lookup")) {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := os.Stat(canary); err == nil {
		t.Error("a line of a file ran on the controller")
	}
}

// TestHostileCloudInit has cloud-init's own schema judge, and looks for text outside of the contents of files.
func TestHostileCloudInit(t *testing.T) {
	text := made(t, payload.Request{Format: payload.CloudInit}, hostileFilesOf(t)...)
	name := filepath.Join(t.TempDir(), "user-data")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cloud-init", "schema", "--config-file", name).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	var config map[string]any
	if err := yaml.Unmarshal([]byte(text), &config); err != nil || !strings.HasPrefix(text, "#cloud-config\n") {
		t.Fatal(err)
	}
	if len(config) != 6 {
		t.Errorf("keys from elsewhere: %v", config)
	}
	delete(config, "write_files")
	delete(config, "bootcmd") // One word of the list of words that systemd-sysusers gets.
	if rest, err := json.Marshal(config); err != nil || bytes.Contains(rest, []byte("canary")) {
		t.Errorf("%v %s", err, rest)
	}
}

// TestHostileIgnition has Ignition's own program judge.
func TestHostileIgnition(t *testing.T) {
	text := made(t, payload.Request{Format: payload.Ignition, IgnitionVersion: "3.3.0"}, hostileFilesOf(t)...)
	cmd := exec.Command("ignition-validate", "-")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, out, text)
	}
}

// hostileFilesOf is without what makes findings: made wants none.
func hostileFilesOf(t *testing.T) []payload.File {
	t.Helper()
	files := hostileFiles("/canary")
	files[2] = file("etc/systemd/system-preset/50-x.preset", "enable good.service\n")
	return files
}
