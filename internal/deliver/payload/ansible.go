package payload

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/harender/harender/internal/deliver/ansible"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/layout"
)

//go:embed ansible
var ansibleFiles embed.FS

// role are the files that are the same for every cluster, by their paths in the package.
func role() [][2]string {
	return [][2]string{
		{"site.yaml", "site.yaml"},
		{"defaults.yaml", "roles/harender/defaults/main.yaml"},
		{"tasks.yaml", "roles/harender/tasks/main.yaml"},
		{"start.yaml", "roles/harender/tasks/start.yaml"},
		{"deliver.sh", "roles/harender/files/deliver.sh"},
		{"restart.sh", "roles/harender/files/restart.sh"},
	}
}

// ansibleVars are a host's variables for the role.
type ansibleVars struct {
	Accounts []ansible.Text `yaml:"harender_accounts"`
	Units    []ansible.Text `yaml:"harender_units"`
	Commands []string       `yaml:"harender_commands"`
}

// madeBy heads what the payload writes for Ansible.
const madeBy = "Made by harender payload."

// deliveredPath lists on the node what an archive brought.
const deliveredPath = "var/lib/harender/delivered.list"

// playbook is a playbook with its inventory: one group for masters, members of etcd, and others, and one for each pool.
func playbook(hosts []host) ([]Artifact, error) {
	var out []Artifact
	for _, f := range role() {
		text, err := ansibleFiles.ReadFile("ansible/" + f[0])
		if err != nil {
			return nil, fmt.Errorf("the role: %w", err)
		}
		out = append(out, Artifact{Path: f[1], Mode: 0o644, Content: secret.NewPlain(text)})
	}
	inventory, err := ansible.Encode(madeBy, inventoryOf(hosts))
	if err != nil {
		return nil, err
	}
	out = append(out, Artifact{Path: "inventory.yaml", Mode: 0o644, Content: secret.NewPlain(inventory)})
	for _, h := range hosts {
		vars, err := ansible.Encode(madeBy, varsOf(h))
		if err != nil {
			return nil, err
		}
		out = append(out, Artifact{Path: "host_vars/" + h.name + ".yaml", Mode: 0o644, Content: secret.NewPlain(vars)})
		archive, err := h.archive()
		if err != nil {
			return nil, err
		}
		out = append(out, Artifact{Path: "files/" + h.name + ".tar.gz", Mode: modeOf(h.files), Content: secret.NewPlain(archive)})
	}
	return out, nil
}

type ansibleGroup struct {
	Hosts    map[string]struct{}     `yaml:"hosts,omitempty"`
	Children map[string]ansibleGroup `yaml:"children,omitempty"`
}

func inventoryOf(hosts []host) map[string]ansibleGroup {
	groups := map[string]ansibleGroup{}
	for _, name := range []string{"control_plane", "etcd", "workers"} {
		groups[name] = ansibleGroup{Hosts: map[string]struct{}{}}
	}
	for _, h := range hosts {
		for _, name := range h.groups() {
			if _, ok := groups[name]; !ok {
				groups[name] = ansibleGroup{Hosts: map[string]struct{}{}}
			}
			groups[name].Hosts[h.name] = struct{}{}
		}
	}
	return map[string]ansibleGroup{"all": {Children: groups}}
}

// groups are told by what the machine has; names of groups are words of letters, digits and _.
func (h host) groups() []string {
	var out []string
	if has(h.files, layout.APIServer) {
		out = append(out, "control_plane")
	}
	if has(h.files, layout.EtcdPKI+"peer") {
		out = append(out, "etcd")
	}
	if out == nil {
		out = []string{"workers"}
	}
	if h.pool != "" {
		out = append(out, "pool_"+strings.NewReplacer("-", "_", ".", "_").Replace(h.pool))
	}
	return out
}

func varsOf(h host) ansibleVars {
	v := ansibleVars{Accounts: ansible.Texts(accountLines(h.accounts)), Units: ansible.Texts(h.units)}
	if has(h.files, "etc/modules-load.d/") {
		v.Commands = append(v.Commands, "systemctl restart systemd-modules-load.service")
	}
	if has(h.files, "etc/sysctl.d/") {
		v.Commands = append(v.Commands, "sysctl --system")
	}
	return v
}

// archive has the files, and the list of them that the role reads.
func (h host) archive() ([]byte, error) {
	var list strings.Builder
	for _, f := range h.files {
		sum := sha256.Sum256(f.Content.Reveal())
		words := append([]string{hex.EncodeToString(sum[:]), fmt.Sprintf("%04o", f.Mode), f.Owner, f.Group, f.Path}, f.Restarts...)
		list.WriteString(strings.Join(words, " ") + "\n")
	}
	content, err := tarball(append([]File{own(deliveredPath, 0o600, list.String())}, h.files...))
	if err != nil {
		return nil, err
	}
	return gzipped(content)
}
