package conform_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/conform"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

var v136 = cluster.Version{Major: 1, Minor: 36, Patch: 3}

const unit = "etc/systemd/system/kubelet.service.d/20-harender.conf"

// check judges one file of one node of Kubernetes 1.36.
func check(name, content string) diag.List { return checkFor(v136, name, content) }

// checkFor judges a file of a node of a version.
func checkFor(version cluster.Version, name, content string) diag.List {
	n := cluster.Node{Name: "m1", Field: "spec.nodes[0]", Version: version}
	p := plan.Plan{
		Cluster: cluster.Cluster{Version: version}, Nodes: []plan.Node{{Cluster: n}},
	}
	files := map[string][]tree.File{"m1": {{Path: name, Content: tree.Clear([]byte(content))}}}
	return checkFiles(p, spec.Spec{Nodes: []spec.Node{{Name: "m1"}}}, files, harender.Assets)
}

// checkFiles judges the files of nodes by what layers know.
func checkFiles(p plan.Plan, s spec.Spec, files map[string][]tree.File, layers fs.FS) diag.List {
	judges, list := conform.NewJudges(p, s, layers)
	if list.HasErrors() {
		return list
	}
	return append(list, judges.CheckFiles(files, nil)...)
}

// manifest of a pod of one container.
func manifest(words ...string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - command: [\"%s\"]\n", strings.Join(words, `", "`))
}

func TestPods(t *testing.T) {
	const bad = "kube-apiserver 1.36 has no flag --bad"
	for _, c := range []struct{ name, content, want string }{
		{"good", manifest("kube-apiserver", "--event-ttl=2h", "--profiling", "--v=2"), ""},
		{"unknown", manifest("kube-apiserver", "--bad=1"), bad},
		{"path", manifest("/usr/local/bin/kube-apiserver", "--bad=1"), bad},
		{"bare", manifest("kube-apiserver", "--bad"), bad},
		{"after a switch", manifest("kube-apiserver", "--profiling", "--bad"), bad},
		{"next word is the value", manifest("kube-apiserver", "--event-ttl", "--bad"), `--event-ttl of kube-apiserver takes a duration, not "--bad"`},
		{"wrong next word", manifest("kube-apiserver", "--event-ttl", "1d"), `takes a duration, not "1d"`},
		{"three dashes", manifest("kube-apiserver", "---event-ttl=2h"), "has no flag ---event-ttl"},
		{"four dashes of etcd", manifest("etcd", "----name=m1"), "has no flag ----name"},
		{"short", manifest("kube-apiserver", "-v4"), ""},
		{"short with the sign", manifest("kube-apiserver", "-v=4"), ""},
		{"short and wrong", manifest("kube-apiserver", "-vx"), `--v of kube-apiserver takes a level, not "x"`},
		{"one dash", manifest("kube-apiserver", "-event-ttl=2h"), "has no flag -event-ttl"},
		{"after the end", manifest("kube-apiserver", "--", "--bad"), ""},
		{"underscore", manifest("kube-apiserver", "--event_ttl=2h"), ""},
		{"args", "apiVersion: v1\nkind: Pod\nspec: {containers: [{command: [kube-apiserver], args: [--bad]}]}\n", bad},
		{"init container", "apiVersion: v1\nkind: Pod\nspec: {initContainers: [{command: [kube-apiserver, --bad]}]}\n", bad},
		{"no command", "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: kube-apiserver, args: [--bad]}]}\n", ""},
		{"wrapper", manifest("/wrap", "kube-apiserver", "--bad=1"), ""},
		{"variable", manifest("kube-apiserver", "--secure-port=$(PORT)"), ""},
		{"too big", manifest("kube-controller-manager", "--concurrent-gc-syncs=4294967296"), "takes an int32"},
		{"no value", manifest("kube-controller-manager", "--concurrent-gc-syncs="), "takes an int32"},
		{"etcd", manifest("etcd", "--heartbeat-interval=fast"), "takes a uint"},
		{"proxy", manifest("kube-proxy", "--bind-adress=::"), "kube-proxy 1.36 has no flag --bind-adress"},
	} {
		t.Run(c.name, func(t *testing.T) {
			expect(t, check("etc/kubernetes/pods/pod.yaml", c.content), c.want)
		})
	}
}

func TestUnits(t *testing.T) {
	const bad = "kubelet 1.36 has no flag --bad"
	for _, c := range []struct{ name, content, want string }{
		{"good", "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --v=2 --node-ip=${NODE_IP}\n", ""},
		{"unknown", "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --v=2 --bad=1\n", bad},
		{"prefix", "[Service]\nExecStart=-/usr/bin/kubelet --bad=1\n", bad},
		{"continued", "[Service]\nExecStart=/usr/bin/kubelet \\\n  --bad=1\n", bad},
		{"in quotes", "[Service]\nExecStart=/usr/bin/kubelet \"--root-dir=a --bad=1\" '--v=2'\n", ""},
		{"quote kept", "[Service]\n" + `ExecStart=/usr/bin/kubelet "--root-dir=\" --bad=1"` + "\n", ""},
		{"after quotes", "[Service]\nExecStart=/usr/bin/kubelet \"--root-dir=a=b c\" --bad\n", bad},
		{"other program", "[Service]\nExecStart=/opt/start-kubelet --bad\n", ""},
		{"before the start", "[Service]\nExecStartPre=/usr/bin/kubelet --bad\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) { expect(t, check(unit, c.content), c.want) })
	}
}

// TestServices: a unit of a component is judged as a drop-in is, and one of anything else passes.
func TestServices(t *testing.T) {
	expect(t, check("etc/systemd/system/etcd.service", "[Service]\nExecStart=/usr/local/bin/etcd --heartbeat-interval=fast\n"), "takes a uint")
	expect(t, check("etc/systemd/system/raid.service", "[Service]\nExecStart=/bin/sh --bad\n"), "")
	expect(t, check("etc/systemd/etcd.service", "[Service]\nExecStart=/usr/local/bin/etcd --bad\n"), "")
}

func expect(t *testing.T, list diag.List, want string) {
	t.Helper()
	switch {
	case want == "" && len(list) > 0:
		t.Errorf("got %+v", list)
	case want != "" && (len(list) != 1 || !strings.Contains(list[0].Summary, want)):
		t.Errorf("got %+v, want %q", list, want)
	}
}

// TestOnce: what a thousand nodes share is told once, and what two nodes say, twice.
func TestOnce(t *testing.T) {
	p := plan.Plan{Cluster: cluster.Cluster{Version: v136}}
	s := spec.Spec{}
	shared := tree.Clear([]byte(manifest("kube-proxy", "--bad=1")))
	files := map[string][]tree.File{}
	for i := range 1000 {
		n := cluster.Node{Name: fmt.Sprintf("w%d", i), Field: fmt.Sprintf("spec.nodes[%d]", i), Version: v136}
		p.Nodes = append(p.Nodes, plan.Node{Cluster: n})
		s.Nodes = append(s.Nodes, spec.Node{Name: n.Name})
		files[n.Name] = []tree.File{{Path: "etc/kubernetes/pods/kube-proxy.yaml", Content: shared}}
	}
	if list := checkFiles(p, s, files, harender.Assets); len(list) != 1 {
		t.Errorf("told %d times", len(list))
	}
	own := spec.ExtraArgs{"kube-proxy": {"bad": {"1"}}}
	s.Nodes[3].ExtraArgs, s.Nodes[7].ExtraArgs = own, own
	list := checkFiles(p, s, files, harender.Assets)
	if len(list) != 3 || list[1].Field != `spec.nodes[3].extraArgs.kube-proxy.bad` || list[2].Field != `spec.nodes[7].extraArgs.kube-proxy.bad` {
		t.Errorf("got %+v", list)
	}
}

func TestWithoutData(t *testing.T) {
	_, list := release.ReadFacts(fstest.MapFS{}, "1.99")
	if len(list) != 1 || list[0].Severity != diag.Warning || !strings.Contains(list[0].Hint, "lib/versions/1.99/gates.json") {
		t.Errorf("got %+v", list)
	}
}

// TestSecondStart asks systemd, too, about drop-ins that add a command to a service.
func TestSecondStart(t *testing.T) {
	const start, reset = "ExecStart=/bin/true\n", "ExecStart=\n"
	for _, c := range []struct {
		name    string
		dropIns []string
		wrong   bool
	}{
		{"reset", []string{reset + start}, false},
		{"no start", []string{"Nice=1\n"}, false},
		{"no reset", []string{start}, true},
		{"reset before, and another", []string{reset + start, start}, true},
		{"reset later", []string{reset + start, start, reset + start}, false},
		{"several of one kind", []string{"Type=oneshot\n", start, start}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			var files []tree.File
			write := func(name, text string) {
				text = "[Service]\n" + text
				path := filepath.Join(dir, name)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
					t.Fatal(err)
				}
				if strings.HasSuffix(name, ".conf") { // The unit is the package's.
					files = append(files, tree.File{Path: "etc/systemd/system/" + name, Content: tree.Clear([]byte(text))})
				}
			}
			write("ours.service", start)
			for i, text := range c.dropIns {
				write(fmt.Sprintf("ours.service.d/%d.conf", i), text)
			}
			out, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", "--man=no", filepath.Join(dir, "ours.service")).CombinedOutput() // #nosec G204
			if theirs := strings.Contains(string(out), "ours.service"); theirs != c.wrong {
				t.Errorf("systemd: %v\n%s", err, out)
			}
			n := cluster.Node{Name: "m1", Version: v136, Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.11")}}
			p := plan.Plan{Cluster: cluster.Cluster{Version: v136}, Nodes: []plan.Node{{Cluster: n}}}
			judges, list := conform.NewJudges(p, spec.Spec{Nodes: []spec.Node{{Name: "m1"}}}, harender.Assets)
			if list = append(list, judges.CheckNodes(map[string][]tree.File{"m1": files}, nil)...); list.HasErrors() != c.wrong {
				t.Errorf("harender: %v", list)
			}
		})
	}
}
