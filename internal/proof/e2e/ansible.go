//go:build e2e

package e2e

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// sshStub has Ansible enter the namespaces of a host.
//
//go:embed ssh.sh
var sshStub string

// byPlaybook has Ansible bring files, opened, by the role of the payload and in the order of the plan.
func (r *rotation) byPlaybook(since string) ([]delivered, error) {
	began := time.Now()
	play := filepath.Join(r.work, "play")
	if _, err := run(here(r.ctx, r.programs.Harender, "payload", r.repository(), "--format", "ansible", "--secrets", "open", "--out", play)); err != nil {
		return nil, err
	}
	playbook, err := r.diff(since, "ansible")
	if err != nil {
		return nil, err
	}
	hosts, err := json.Marshal(r.inventory())
	if err != nil {
		return nil, err
	}
	texts := map[string]string{"rollout.yaml": string(playbook), "hosts.json": string(hosts), "ssh": sshStub}
	if err := writeTexts(play, texts); err != nil {
		return nil, err
	}
	if err := os.Chmod(filepath.Join(play, "ssh"), 0o755); err != nil {
		return nil, err
	}
	cmd := here(r.ctx, "ansible-playbook", "--inventory", "hosts.json", "--inventory", "inventory.yaml", "--extra-vars", "harender_become=false", "rollout.yaml")
	cmd.Dir = play
	cmd.Env = append(hostEnv(), "HOME="+r.work, "LC_ALL=C.UTF-8", "ANSIBLE_NOCOLOR=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	return []delivered{{node: "all nodes", took: time.Since(began)}}, os.WriteFile(filepath.Join(r.logs, "ansible.log"), out, 0o600)
}

// inventory says how Ansible reaches the hosts. That of the payload says which of them is what.
func (r *rotation) inventory() map[string]any {
	hosts := map[string]any{}
	for _, h := range r.hosts {
		hosts[h.node.Name] = map[string]string{"ansible_host": strconv.Itoa(h.pid())}
	}
	return map[string]any{"all": map[string]any{"hosts": hosts, "vars": map[string]any{
		"ansible_connection": "ssh", "ansible_ssh_executable": filepath.Join(r.work, "play", "ssh"), "ansible_ssh_transfer_method": "piped", "ansible_pipelining": true,
		"ansible_python_interpreter": "/usr/bin/python3",
	}}}
}
