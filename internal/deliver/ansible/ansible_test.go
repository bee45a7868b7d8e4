package ansible_test

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/deliver/ansible"
	"github.com/harender/harender/internal/proof/testtool"
)

// hostile are strings that would run a command, or end the element that they stand in.
func hostile(canary string) []string {
	run := `{{ lookup('pipe', 'touch ` + canary + `') }}`
	kinds := testtool.Hostile(canary)
	delete(kinds, "long") // Longer than a word of a command line that Ansible shows.
	return append([]string{
		run, "{%endraw%}" + run + "{%raw%}", "{%- endraw -%}" + run + "{%- raw -%}", "{% endr{% endrawaw %}" + run, "{%raw%}{%endraw%}" + run,
		"#jinja2: variable_start_string:'[%', variable_end_string:'%]'\n[% lookup('pipe', 'touch " + canary + "') %]",
		`{% for x in lookup('pipe', 'touch ` + canary + `') %}{% endfor %}`, "{# " + run + " #}", "a: !vault |\n  1", "- b", "!unsafe " + run,
		"no", "5", "", " ", "~", "'", `"`, "a=b creates=/etc", "%x", "@y", "#z", "line\nline\n", "\ttab", "\u2028", "ü",
		`{"a": "` + strings.ReplaceAll(run, `"`, `\"`) + `"}`, `["` + run + `"]`,
	}, slices.Sorted(maps.Values(kinds))...)
}

// TestText: the real Ansible gets each string back, in each place where harender puts one, and runs nothing of it.
func TestText(t *testing.T) {
	if _, err := exec.LookPath("ansible-playbook"); err != nil {
		t.Fatal("this test needs ansible-playbook: apt-get install ansible-core")
	}
	dir := t.TempDir()
	all := hostile(filepath.Join(dir, "canary"))
	type step map[string]any
	// A JSON filter shows what reached the task, and a variable of the hosts goes the way of the payload's.
	steps := []step{{"name": ansible.Text(all[0]), "ansible.builtin.copy": step{"content": "{{ strings | to_json }}", "dest": filepath.Join(dir, "got.json")}}}
	for _, s := range all[:4] { // A task takes a second on a busy machine; the list has them all.
		steps = append(steps, step{"name": ansible.Text(s), "ansible.builtin.debug": step{"msg": ansible.Text(s)}},
			step{"ansible.builtin.command": step{"argv": []any{"true", ansible.Text(s)}}, "changed_when": false})
	}
	steps = append(steps, step{"ansible.builtin.command": step{"argv": "{{ ['true', '--'] + strings }}"}, "changed_when": false})
	play := []step{{
		"name": ansible.Text(all[1]), "hosts": "localhost", "gather_facts": false, "tasks": steps,
		"vars": step{"strings": ansible.Texts(all), "ansible_python_interpreter": "/usr/bin/python3", "ansible_connection": "local"},
	}}
	text, err := ansible.Encode("a test", play)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "play.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("ansible-playbook", "--inventory", "localhost,", file)
	cmd.Env = append(os.Environ(), "HOME="+dir, "LC_ALL=C.UTF-8", "ANSIBLE_NOCOLOR=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, text)
	}
	if _, err := os.Stat(filepath.Join(dir, "canary")); err == nil {
		t.Error("a string ran")
	}
	got, err := os.ReadFile(filepath.Join(dir, "got.json"))
	if err != nil {
		t.Fatal(err)
	}
	if want := asJSON(t, all); !bytes.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// asJSON is a list as Python writes it.
func asJSON(t *testing.T, all []string) []byte {
	t.Helper()
	cmd := exec.Command("/usr/bin/python3", append([]string{"-c", "import json, sys; print(json.dumps(sys.argv[1:]), end='')"}, all...)...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}
