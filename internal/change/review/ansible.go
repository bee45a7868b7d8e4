package review

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/change/rollout"
)

// play is one of an Ansible playbook.
type play struct {
	Name   string   `yaml:"name"`
	Hosts  []string `yaml:"hosts"`
	Serial []string `yaml:"serial,omitempty"`
	// AnyErrorsFatal: a node that fails ends the playbook, and not only its own part.
	AnyErrorsFatal bool     `yaml:"any_errors_fatal"`
	GatherFacts    bool     `yaml:"gather_facts"`
	Become         string   `yaml:"become"`
	Before         []task   `yaml:"pre_tasks,omitempty"`
	Roles          []string `yaml:"roles,omitempty"`
	After          []task   `yaml:"post_tasks,omitempty"`
}

type task struct {
	Name  string `yaml:"name"`
	Shell string `yaml:"ansible.builtin.shell,omitempty"`
	// Fail has the message that ends the playbook.
	Fail     map[string]string `yaml:"ansible.builtin.fail,omitempty"`
	Delegate string            `yaml:"delegate_to,omitempty"`
	Changed  bool              `yaml:"changed_when"`
	Register string            `yaml:"register,omitempty"`
	Until    string            `yaml:"until,omitempty"`
	Retries  int               `yaml:"retries,omitempty"`
	Delay    int               `yaml:"delay,omitempty"`
}

// Ansible prints the rollout as a playbook. The role harender brings files, and restarts what reads those that have changed. Where
// there is no safe way, the playbook fails: an empty one would pass for a rollout.
func Ansible(w io.Writer, r Review) error {
	plays := []play{}
	if len(r.Rollout.Refused) > 0 {
		plays = append(plays, refusal(r.Rollout.Refused))
	}
	if !r.Same {
		for _, s := range r.Rollout.Steps {
			plays = append(plays, playOf(s))
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n", r.Summary())
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(plays); err != nil {
		return err
	}
	if err := e.Close(); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// refusal says why there is no rollout.
func refusal(all []rollout.Refusal) play {
	var why []string
	for _, x := range all {
		why = append(why, x.Summary+". "+x.Detail+" Hint: "+x.Hint+".")
	}
	const name = "no safe way there"
	end := task{Name: name, Fail: map[string]string{"msg": jinja(strings.Join(why, " "))}}
	return play{Name: name, Hosts: []string{"localhost"}, AnyErrorsFatal: true, Become: "false", Before: []task{end}}
}

func playOf(s rollout.Step) play {
	out := play{
		Name: jinja(s.Title), Hosts: hosts(s.Nodes), Serial: s.Serial, AnyErrorsFatal: true, Become: "{{ harender_become | default(true) }}",
		Before: tasks(s.Before), After: tasks(s.After),
	}
	if len(s.Nodes) > 0 {
		out.Roles = []string{"harender"}
		return out
	}
	// Commands alone are run once, each where it says.
	out.Serial = nil
	for _, c := range append(s.Before, s.After...) {
		out.Hosts = hosts([]string{c.On})
		break
	}
	return out
}

func hosts(nodes []string) []string {
	var out []string
	for _, n := range nodes {
		out = append(out, clean(n))
	}
	return out
}

// tasks are run where the command says, some of them several times.
func tasks(all []rollout.Command) []task {
	var out []task
	for _, c := range all {
		t := task{Name: jinja(c.Why), Shell: strings.ReplaceAll(jinja(c.Run), rollout.Turn, "{{ inventory_hostname }}")}
		if c.On != rollout.Turn {
			t.Delegate = clean(c.On)
		}
		if c.Again {
			t.Register, t.Until, t.Retries, t.Delay = "harender_answer", "harender_answer is succeeded", 30, 5
		}
		out = append(out, t)
	}
	return out
}

// jinja keeps text from being a template.
func jinja(s string) string {
	s = clean(s)
	if strings.Contains(s, "{{") || strings.Contains(s, "{%") || strings.Contains(s, "{#") {
		return "{% raw %}" + strings.ReplaceAll(s, "{% endraw", "") + "{% endraw %}"
	}
	return s
}
