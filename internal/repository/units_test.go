package repository_test

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/deliver/tree"
)

const units = "etc/systemd/system/"

// hostPrograms are what units start and this machine need not have; the copies start another.
var hostPrograms = regexp.MustCompile(`/usr/local/bin/etcd(ctl|utl)?\b|/usr/bin/kubelet\b`)

// checkUnits lets systemd judge the units of each node, all of them together.
func checkUnits(t *testing.T, c compile.Compiled) {
	seen := map[string]bool{}
	for _, m := range machines(t, c) {
		found := m.matching(t, units+"*.*")
		var key strings.Builder
		for _, name := range slices.Sorted(maps.Keys(found)) {
			key.WriteString(name + "\n" + string(found[name].content))
		}
		if len(found) == 0 || seen[key.String()] {
			continue
		}
		seen[key.String()] = true
		t.Run(m.Cluster.Name, func(t *testing.T) {
			dir := t.TempDir()
			args := []string{"verify", "--man=no"}
			for name, f := range found {
				file := filepath.Join(dir, path.Base(name))
				if err := os.WriteFile(file, hostPrograms.ReplaceAll(f.content, []byte("/bin/true")), 0o600); err != nil {
					t.Fatal(err)
				}
				args = append(args, file)
			}
			if out := run(t, "systemd", "systemd-analyze", args...); out != "" {
				t.Error(out)
			}
		})
		checkPresets(t, m)
		checkMountNames(t, m)
	}
}

// checkPresets: what a preset enables is there and can be enabled, and all that can be enabled is in one.
func checkPresets(t *testing.T, m machine) {
	t.Helper()
	var enabled, installable []string
	for _, f := range m.matching(t, "etc/systemd/system-preset/*.preset") {
		for line := range strings.Lines(string(f.content)) {
			enabled = append(enabled, strings.TrimPrefix(strings.TrimSpace(line), "enable "))
		}
	}
	for name, f := range m.matching(t, units+"*.*") {
		if strings.Contains(string(f.content), "\n[Install]\n") {
			installable = append(installable, path.Base(name))
		}
	}
	slices.Sort(enabled)
	slices.Sort(installable)
	if !slices.Equal(enabled, installable) {
		t.Errorf("%s: presets enable %v, and units to enable are %v", m.Cluster.Name, enabled, installable)
	}
}

// checkMountNames: systemd takes a mount unit by no other name than that of its path.
func checkMountNames(t *testing.T, m machine) {
	t.Helper()
	line := func(content []byte, key string) string {
		return string(regexp.MustCompile(`(?m)^` + key + `=(.*)$`).FindSubmatch(content)[1])
	}
	for name, f := range m.matching(t, units+"*.mount") {
		want := run(t, "systemd", "systemd-escape", "--path", "--suffix=mount", line(f.content, "Where"))
		if strings.TrimSpace(want) != path.Base(name) {
			t.Errorf("%s: %s is called %s", m.Cluster.Name, strings.TrimSpace(want), name)
		}
		device := strings.TrimSpace(run(t, "systemd", "systemd-escape", "--path", line(f.content, "What")))
		if !strings.HasSuffix(line(f.content, "Requires"), " systemd-fsck@"+device+".service") {
			t.Errorf("%s: %s does not name %s", m.Cluster.Name, name, device)
		}
	}
}

// checkSysusers lets systemd make the accounts, below a root of the test's own, and wants those that files belong to.
func checkSysusers(t *testing.T, c compile.Compiled) {
	distinct(t, c, "etc/sysusers.d/*.conf", func(t *testing.T, n plan.Node, f tree.File) {
		root := filepath.Dir(filepath.Dir(written(t, "etc/passwd", nil)))
		run(t, "systemd", "systemd-sysusers", "--root="+root, written(t, "copy.conf", f.Content.Bytes()))
		groups, err := os.ReadFile(filepath.Join(root, "etc/group"))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range n.Material {
			if m.Group != "" && !strings.Contains("\n"+string(groups), "\n"+m.Group+":") {
				t.Errorf("%s is of the group %s, which is not made:\n%s", m.Path, m.Group, groups)
			}
		}
	})
}

// TestLocalMember: an apiserver asks the member beside it, whatever runs that.
func TestLocalMember(t *testing.T) {
	const spec = `
apiVersion: harender.io/v1alpha1
kind: Cluster
metadata: {name: stacked}
spec:
  endpoint: {host: 10.0.0.10}
  networks: {nodes: [10.0.0.0/24]}
  etcd: {runAs: systemd}
  nodes: [{name: m1, address: 10.0.0.11, roles: [etcd, control-plane, worker]}]
`
	m := machines(t, compileRepository(t, fstest.MapFS{"cluster.yaml": {Data: []byte(spec)}}))[0]
	if got := m.flags("kube-apiserver")["etcd-servers"]; got != "https://127.0.0.1:2379" {
		t.Errorf("the apiserver asks %s", got)
	}
	if want := []string{"etcd.service", "kubelet.service"}; !slices.Equal(m.Units, want) || slices.Contains(m.Pods, "etcd") {
		t.Errorf("units %v, pods %v", m.Units, m.Pods)
	}
	if key := m.files["etc/kubernetes/pki/etcd/client-key.pem"]; key.mode != 0o600 || key.group != "root" {
		t.Errorf("the apiserver's key: %+v", key)
	}
}
