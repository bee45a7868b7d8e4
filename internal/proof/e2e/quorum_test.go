//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/change/rollout"
)

// quorum is the members of an etcd, each on a host of its own.
type quorum struct {
	programs programs
	// asUnit tells that the members are units, and not static pods.
	asUnit bool
	logs   string
	hosts  []*host
	// folder has the repository, as prod.
	folder string
	// members are their running processes.
	members []*exec.Cmd
}

const snapshotsKept = 3

// newQuorum builds a repository of three masters that are members too, and lays their trees on hosts. Opened keys lie in
// memory.
func newQuorum(t *testing.T, found programs, runAs string) *quorum {
	t.Helper()
	q := &quorum{programs: found, asUnit: runAs == "systemd", logs: t.TempDir()}
	disk, memory := t.TempDir(), t.TempDir()
	if err := syscall.Mount("tmpfs", memory, "tmpfs", 0, "mode=0700"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(memory, syscall.MNT_DETACH) })
	t.Setenv("SOPS_AGE_KEY_FILE", filepath.Join(memory, "operator.agekey"))
	q.folder = disk
	repository := filepath.Join(disk, "prod")
	ctx := t.Context()
	must(t, makeRepository(ctx, found.Harender, repository))
	must(t, setEtcd(filepath.Join(repository, "cluster.yaml"), map[string]any{
		"runAs": runAs, "snapshots": map[string]any{"schedule": "hourly", "retain": snapshotsKept},
	}))
	_, err := run(here(ctx, found.Harender, "build", repository))
	must(t, err)
	c, err := readCluster(repository)
	must(t, err)
	network := c.Spec.Networks.Nodes[0]
	must(t, makeLAN(ctx, network))
	t.Cleanup(func() { _ = exec.Command("ip", "link", "del", bridge).Run() })
	l := layer{sops: filepath.Join(found.Tools, "sops"), rendered: filepath.Join(repository, "rendered")}
	for _, n := range c.Spec.Nodes {
		if !n.is("etcd") {
			continue
		}
		root := filepath.Join(memory, n.Name)
		must(t, makeRoot(root, n.Name, gateway(network).Addr()))
		if q.asUnit {
			accounts := filepath.Join(l.rendered, n.Name, "etc/sysusers.d/harender-etcd.conf")
			_, err := run(here(ctx, "systemd-sysusers", "--root="+root, accounts))
			must(t, err)
		}
		_, _, err := l.lay(ctx, n.Name, root)
		must(t, err)
		_, err = run(here(ctx, "systemd-tmpfiles", "--root="+root, "--create"))
		must(t, err)
		h, err := startHost(n, root, q.programsOf(t, filepath.Join(disk, "usr-"+n.Name)), q.logsOf(t, n.Name))
		must(t, err)
		t.Cleanup(func() { _ = h.losePower(); _ = exec.Command("ip", "link", "del", h.port()).Run() })
		must(t, plug(ctx, h, network))
		// The last that a host does before it is one.
		must(t, eventually(ctx, func(context.Context) error { _, err := os.Stat(filepath.Join(h.logs, "containerd.log")); return err }))
		q.hosts = append(q.hosts, h)
	}
	return q
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// setEtcd writes spec.etcd.
func setEtcd(name string, etcd map[string]any) error {
	return editSpec(name, func(spec map[string]any) error {
		spec["etcd"] = etcd
		return nil
	})
}

func (q *quorum) logsOf(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(q.logs, name)
	must(t, os.Mkdir(dir, 0o755))
	return dir
}

// programsOf makes what lies over the /usr of a host: etcd's programs where docs/etcd.md wants them, and a containerd that does
// nothing, for there are no containers.
func (q *quorum) programsOf(t *testing.T, dir string) string {
	t.Helper()
	must(t, os.MkdirAll(filepath.Join(dir, "local/bin"), 0o755))
	must(t, os.MkdirAll(filepath.Join(dir, "bin"), 0o755))
	for _, name := range []string{"etcd", "etcdctl", "etcdutl"} {
		to := filepath.Join(dir, "local/bin", name)
		must(t, copyFile(to, filepath.Join(q.programs.Etcd, name)))
		must(t, os.Chmod(to, 0o755))
	}
	must(t, os.WriteFile(filepath.Join(dir, "local/bin/systemctl"), []byte(systemctlStub), 0o755))
	idle := filepath.Join(dir, "bin/containerd")
	must(t, os.WriteFile(idle, []byte("#!/bin/sh\nexec sleep infinity\n"), 0o755))
	return dir
}

// start starts all members at once, since none is ready before the others.
func (q *quorum) start(t *testing.T) {
	t.Helper()
	var ready []*net.UnixConn
	for _, h := range q.hosts {
		argv, env := q.podArguments(t, h), []string(nil)
		if q.asUnit {
			service, err := readService(h.root, "etcd.service")
			must(t, err)
			// StateDirectory=, and User=.
			q.bash(t, h, "install -d -m 0700 -o etcd -g etcd /var/lib/etcd")
			argv = append([]string{"setpriv", "--reuid=etcd", "--regid=etcd", "--init-groups", "--"}, service.argv...)
			env = append(slices.Clone(service.env), "NOTIFY_SOCKET=/notify")
			ready = append(ready, notifySocket(t, filepath.Join(h.root, "notify")))
		}
		out, err := os.OpenFile(filepath.Join(h.logs, "etcd.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		must(t, err)
		defer func() { _ = out.Close() }()
		// Not the test's own context: members end with their hosts, after the test's last question.
		cmd := h.command(context.Background(), argv...)
		cmd.Env = append(cmd.Env, env...)
		cmd.Stdout, cmd.Stderr = out, out
		must(t, cmd.Start())
		q.members = append(q.members, cmd)
	}
	for _, socket := range ready {
		waitReady(t, socket, q.logs)
	}
}

// notifySocket is where systemd listens to a service of Type=notify.
func notifySocket(t *testing.T, name string) *net.UnixConn {
	t.Helper()
	_ = os.Remove(name) // That of an earlier start.
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	must(t, err)
	must(t, os.Chmod(name, 0o666))
	t.Cleanup(func() { _ = socket.Close() })
	return socket
}

func waitReady(t *testing.T, socket *net.UnixConn, logs string) {
	t.Helper()
	must(t, socket.SetReadDeadline(time.Now().Add(patience)))
	message := make([]byte, 64)
	n, err := socket.Read(message)
	if err != nil || !strings.Contains(string(message[:n]), "READY=1") {
		t.Fatalf("the unit says %q: %v\n%s", message[:n], err, tails(logs))
	}
}

// podArguments are those of the manifest, as a kubelet fills them in; none where there is no manifest.
func (q *quorum) podArguments(t *testing.T, h *host) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(h.root, "etc/kubernetes/manifests/etcd.yaml"))
	if os.IsNotExist(err) && q.asUnit {
		return nil
	}
	must(t, err)
	var pod corev1.Pod
	must(t, yaml.UnmarshalStrict(text, &pod))
	values := map[string]string{"spec.nodeName": h.node.Name, "status.hostIP": h.node.Address.String()}
	var fill []string
	for _, v := range pod.Spec.Containers[0].Env {
		fill = append(fill, "$("+v.Name+")", values[v.ValueFrom.FieldRef.FieldPath])
	}
	var argv []string
	for _, word := range pod.Spec.Containers[0].Command {
		argv = append(argv, strings.NewReplacer(fill...).Replace(word))
	}
	return argv
}

// obey runs the commands of a step, each twice: it may be run again.
func (q *quorum) obey(t *testing.T, commands []rollout.Command) {
	t.Helper()
	for _, c := range slices.Concat(commands, commands) {
		q.bash(t, q.hosts[slices.IndexFunc(q.hosts, func(h *host) bool { return h.node.Name == c.On })], c.Run)
	}
}

// ended waits for members that were told to end.
func (q *quorum) ended() {
	for _, cmd := range q.members {
		_ = cmd.Wait() // Says that it was ended.
	}
	q.members = nil
}

// snapshot runs what the unit runs, and gives the file that came of it, from here.
func (q *quorum) snapshot(t *testing.T, h *host) string {
	t.Helper()
	const folder = "/var/lib/etcd-snapshots"
	unit, err := os.ReadFile(filepath.Join(h.root, "etc/systemd/system/etcd-snapshot.service"))
	must(t, err)
	q.bash(t, h, "mkdir -m 0700 "+folder+"; for i in 1 2 3 4 5; do touch "+folder+"/etcd-2001010${i}T000000Z.db; done")
	for _, line := range unitLines(string(unit)) {
		key, value, _ := strings.Cut(line, "=")
		if key != "ExecStart" && key != "ExecStartPre" {
			continue
		}
		argv := expand(words(strings.ReplaceAll(value, "%%", "%")), nil)
		if out, err := h.command(t.Context(), argv...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", fmt.Errorf("%s: %w", line, err), out)
		}
	}
	files, err := filepath.Glob(filepath.Join(h.root, folder, "*"))
	must(t, err)
	if len(files) != snapshotsKept || !strings.HasSuffix(files[0], "20010104T000000Z.db") {
		t.Errorf("%d snapshots are kept, not %d: %v", len(files), snapshotsKept, files)
	}
	if hidden, _ := filepath.Glob(filepath.Join(h.root, folder, ".*")); len(hidden) > 0 {
		t.Errorf("left behind: %v", hidden)
	}
	return files[len(files)-1]
}
