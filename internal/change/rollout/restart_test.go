package rollout_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/deliver/tree"
)

// kubelet ends a pod when its manifest is away.
type kubelet struct {
	root  string
	ended []string
	stop  chan struct{}
	done  chan struct{}
}

const podFolders = "var/lib/kubelet/pods/"

func newKubelet(t *testing.T) *kubelet {
	t.Helper()
	k := &kubelet{root: t.TempDir(), stop: make(chan struct{}), done: make(chan struct{})}
	for i, pod := range []string{"etcd", "kube-apiserver", "kube-proxy"} {
		k.make(t, podFolders+strings.Repeat(string(rune('a'+i)), 32)+"/containers/"+pod)
		k.make(t, manifest)
		if err := os.WriteFile(k.manifest(pod), []byte(pod), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	k.make(t, podFolders+"6c4f2a3e-0000-4000-8000-000000000000/containers/etcd") // A user's own.
	return k
}

func (k *kubelet) make(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(k.root, dir), 0o700); err != nil {
		t.Fatal(err)
	}
}

func (k *kubelet) manifest(pod string) string { return filepath.Join(k.root, manifest+pod+".yaml") }

// here puts the folders of the test in place of the node's.
func (k *kubelet) here(script string) string {
	return strings.NewReplacer("/etc/kubernetes", k.root+"/etc/kubernetes", "/var/lib/kubelet", k.root+"/var/lib/kubelet").Replace(script)
}

// run takes a moment to notice, and another to end a pod.
func (k *kubelet) run() {
	defer close(k.done)
	for {
		select {
		case <-k.stop:
			return
		case <-time.After(50 * time.Millisecond):
		}
		folders, _ := filepath.Glob(filepath.Join(k.root, podFolders, strings.Repeat("?", 32), "containers/*"))
		for _, folder := range folders {
			pod := filepath.Base(folder)
			if _, err := os.Stat(k.manifest(pod)); err == nil {
				continue
			}
			k.ended = append(k.ended, pod)
			_ = os.RemoveAll(filepath.Dir(filepath.Dir(folder)))
		}
	}
}

func (k *kubelet) end() []string {
	close(k.stop)
	<-k.done
	return k.ended
}

// restarting are the command of the plan, and the script of the role, which the documents tell to write.
func restarting(t *testing.T) map[string]string {
	t.Helper()
	w := newWorld()
	w.change("etc/kubernetes/pki/etcd/ca.pem", "m1")
	_, plan := w.make()
	script, err := os.ReadFile("../../deliver/payload/ansible/restart.sh")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"plan": "exec " + plan.Steps[1].Restart[0].Run, "script": "set -- etcd kube-apiserver\n" + string(script)}
}

func TestRestart(t *testing.T) {
	for name, script := range restarting(t) {
		t.Run(name, func(t *testing.T) {
			k := newKubelet(t)
			go k.run()
			out, err := exec.CommandContext(t.Context(), "sh", "-c", k.here(script)).CombinedOutput() // #nosec G204 -- what is under test
			ended := k.end()
			if err != nil || len(out) > 0 {
				t.Errorf("%v\n%s", err, out)
			}
			if want := []string{"kube-apiserver", "etcd"}; !slices.Equal(ended, want) {
				t.Errorf("ended %v, want %v", ended, want)
			}
			k.wantManifests(t)
		})
	}
}

// TestKubeletLast restarts the kubelet after the balancer that it asks, by the plan and by the script.
func TestKubeletLast(t *testing.T) {
	w := newWorld()
	for unit, path := range map[string]string{"kubelet.service": "etc/kubernetes/kubelet.env", "zzz.service": "etc/zzz.conf", "haproxy.service": "etc/haproxy/haproxy.cfg"} {
		for side, content := range map[*diff.Side]string{&w.old: "old", &w.now: "new"} {
			side.Directories["w1"].Files[path] = diff.File{IndexFile: tree.IndexFile{Path: path, Restarts: []string{unit}}, Content: []byte(content)}
		}
	}
	_, plan := w.make()
	script, err := os.ReadFile("../../deliver/payload/ansible/restart.sh")
	if err != nil {
		t.Fatal(err)
	}
	for name, script := range map[string]string{"plan": plan.Steps[1].Restart[0].Run, "script": "set -- zzz.service kubelet.service haproxy.service\n" + string(script)} {
		t.Run(name, func(t *testing.T) {
			out, err := exec.CommandContext(t.Context(), "sh", "-c", "systemctl() { echo $*; }\n"+script).CombinedOutput() // #nosec G204 -- what is under test
			got := strings.Fields(string(out))
			if last := len(got) - 2; err != nil || len(got) < 6 || got[0] != "daemon-reload" || !slices.Equal(got[last:], []string{"restart", "kubelet.service"}) {
				t.Errorf("%v: %s", err, out)
			}
			for _, unit := range []string{"haproxy.service", "zzz.service", "kubelet.service"} {
				if strings.Count(string(out), unit) != 1 {
					t.Errorf("%s restarts other than once: %s", unit, out)
				}
			}
		})
	}
}

// TestPlaceTaken ends a pod before a unit takes its place.
func TestPlaceTaken(t *testing.T) {
	w := newWorld()
	delete(w.now.Directories["m1"].Files, manifest+"etcd.yaml")
	path := "etc/systemd/system/etcd.service"
	w.now.Directories["m1"].Files[path] = diff.File{IndexFile: tree.IndexFile{Path: path, Restarts: []string{"etcd.service"}}}
	_, plan := w.make()
	k := newKubelet(t)
	go k.run()
	out, err := exec.CommandContext(t.Context(), "sh", "-c", k.here(plan.Steps[1].Before[0].Run)).CombinedOutput() // #nosec G204 -- what is under test
	if ended := k.end(); err != nil || len(out) > 0 || !slices.Equal(ended, []string{"etcd"}) {
		t.Errorf("ended %v: %v\n%s", ended, err, out)
	}
	if _, err := os.Stat(k.manifest("etcd")); err == nil {
		t.Error("the manifest is there")
	}
}

// TestRestartEnds has no kubelet, and a command that somebody ends.
func TestRestartEnds(t *testing.T) {
	for name, script := range restarting(t) {
		t.Run(name, func(t *testing.T) {
			k := newKubelet(t)
			cmd := exec.CommandContext(t.Context(), "sh", "-c", k.here(script)) // #nosec G204 -- what is under test
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			for away := false; !away; time.Sleep(10 * time.Millisecond) {
				_, err := os.Stat(k.manifest("kube-apiserver"))
				away = err != nil
			}
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err == nil {
				t.Error("the command says that the pods ended")
			}
			k.wantManifests(t)
		})
	}
}

func (k *kubelet) wantManifests(t *testing.T) {
	t.Helper()
	all, err := os.ReadDir(filepath.Join(k.root, manifest))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range all {
		names = append(names, f.Name())
	}
	if want := []string{"etcd.yaml", "kube-apiserver.yaml", "kube-proxy.yaml"}; !slices.Equal(names, want) {
		t.Errorf("manifests %v, want %v", names, want)
	}
}

// TestRestartDocumented: who has no Ansible writes the role's script.
func TestRestartDocumented(t *testing.T) {
	script, err := os.ReadFile("../../deliver/payload/ansible/restart.sh")
	if err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile("../../../docs/deliver.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(document), "cat > restart <<'EOF'\n"+string(script)+"EOF\n") {
		t.Error("docs/deliver.md does not have internal/deliver/payload/ansible/restart.sh")
	}
}
