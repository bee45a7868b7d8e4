package review

import (
	"io"
	"slices"
	"strings"

	"github.com/harender/harender/internal/change/rollout"
	"github.com/harender/harender/internal/deliver/ansible"
)

// play is one of an Ansible playbook.
type play struct {
	Name   ansible.Text   `yaml:"name"`
	Hosts  []ansible.Text `yaml:"hosts"`
	Serial []string       `yaml:"serial,omitempty"`
	// AnyErrorsFatal: a node that fails ends the playbook, and not only its own part.
	AnyErrorsFatal bool   `yaml:"any_errors_fatal"`
	GatherFacts    bool   `yaml:"gather_facts"`
	Become         string `yaml:"become"`
	// Vars say what the role leaves to a later play, and what to this one.
	Vars   *roleVars `yaml:"vars,omitempty"`
	Before []task    `yaml:"pre_tasks,omitempty"`
	Roles  []string  `yaml:"roles,omitempty"`
	After  []task    `yaml:"post_tasks,omitempty"`
}

// roleVars are those that the role harender takes from a play.
type roleVars struct {
	// Hold are paths that stay as they are.
	Hold []ansible.Text `yaml:"harender_hold,omitempty"`
	// Restart is false where the play restarts what read files that changed.
	Restart *bool `yaml:"harender_restart,omitempty"`
}

type task struct {
	Name ansible.Text `yaml:"name"`
	// Vars have the command where it names the node whose turn it is: only that name is put into it.
	Vars  map[string]ansible.Text `yaml:"vars,omitempty"`
	Shell map[string]any          `yaml:"ansible.builtin.shell,omitempty"`
	// Fail has the message that ends the playbook.
	Fail     map[string]ansible.Text `yaml:"ansible.builtin.fail,omitempty"`
	Delegate ansible.Text            `yaml:"delegate_to,omitempty"`
	Changed  bool                    `yaml:"changed_when"`
	Register string                  `yaml:"register,omitempty"`
	Until    string                  `yaml:"until,omitempty"`
	Retries  int                     `yaml:"retries,omitempty"`
	Delay    int                     `yaml:"delay,omitempty"`
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
	out, err := ansible.Encode(r.Summary(), plays)
	if err != nil {
		return err
	}
	_, err = w.Write(out)
	return err
}

// refusal says why there is no rollout.
func refusal(all []rollout.Refusal) play {
	var why []string
	for _, x := range all {
		why = append(why, x.Summary+". "+x.Detail+" Hint: "+x.Hint+".")
	}
	const name = "no safe way there"
	end := task{Name: name, Fail: map[string]ansible.Text{"msg": words(strings.Join(why, " "))}}
	return play{Name: name, Hosts: []ansible.Text{"localhost"}, AnyErrorsFatal: true, Become: "false", Before: []task{end}}
}

func playOf(s rollout.Step) play {
	out := play{
		Name: words(s.Title), Hosts: hosts(s.Nodes), Serial: s.Serial, AnyErrorsFatal: true, Become: "{{ harender_become | default(true) }}",
		Before: tasks(s.Before), After: tasks(s.After),
	}
	if len(s.Nodes) > 0 {
		out.Roles, out.Vars = []string{"harender"}, varsOf(s)
		if s.Kubelet != "" {
			out.After = tasks(slices.Concat(s.Restart, s.After))
		}
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

// varsOf a step: where the kubelet becomes another, the role would restart the old one with the files of the new one.
func varsOf(s rollout.Step) *roleVars {
	if s.Kubelet == "" && len(s.Held) == 0 {
		return nil
	}
	out := &roleVars{}
	for _, path := range s.Held {
		out.Hold = append(out.Hold, words(path))
	}
	if s.Kubelet != "" {
		out.Restart = new(bool)
	}
	return out
}

func hosts(nodes []string) []ansible.Text {
	var out []ansible.Text
	for _, n := range nodes {
		out = append(out, words(n))
	}
	return out
}

// tasks are run where the command says, some of them several times.
func tasks(all []rollout.Command) []task {
	var out []task
	for _, c := range all {
		t := task{Name: words(c.Why), Shell: map[string]any{"cmd": words(c.Run)}}
		if strings.Contains(c.Run, rollout.CurrentNode) {
			t.Vars = map[string]ansible.Text{"harender_run": words(c.Run)}
			t.Shell = map[string]any{"cmd": "{{ harender_run | replace('" + rollout.CurrentNode + "', inventory_hostname) }}"}
		}
		if c.On != rollout.CurrentNode {
			t.Delegate = words(c.On)
		}
		if c.Again {
			t.Register, t.Until, t.Retries, t.Delay = "harender_answer", "harender_answer is succeeded", 30, 5
		}
		out = append(out, t)
	}
	return out
}

// words is text for Ansible, and for anyone who reads the playbook before.
func words(s string) ansible.Text { return ansible.Text(clean(s)) }
