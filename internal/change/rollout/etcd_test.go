package rollout_test

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/harender/harender/internal/change/rollout"
	"github.com/harender/harender/internal/proof/testtool"
)

// quorum runs members of etcd on addresses of the loopback that are this process' own, without TLS.
type quorum struct {
	programs, data string
	world          *world
	members        map[string]*exec.Cmd
}

func newQuorum(t *testing.T) *quorum {
	t.Helper()
	q := &quorum{testtool.Set(t, "etcd"), t.TempDir(), newWorld(), map[string]*exec.Cmd{}}
	q.world.facts.Existing = true
	for _, n := range []string{"m4", "m5"} {
		q.world.add(q.world.now, n)
		q.world.place(n)
	}
	for i, n := range q.world.facts.Fleet.Nodes {
		pid := os.Getpid()
		q.world.facts.Addresses[n] = netip.MustParseAddr(fmt.Sprintf("127.%d.%d.%d", 10+pid/250%200, pid%250, i+1))
	}
	return q
}

func (q *quorum) url(name string, port int) string {
	return fmt.Sprintf("http://%s:%d", q.world.facts.Addresses[name], port)
}

// member is the command that starts one, with a list of members.
func (q *quorum) member(ctx context.Context, name, list, state string) *exec.Cmd {
	return exec.CommandContext(ctx, filepath.Join(q.programs, "etcd"), // #nosec G204 -- built for this test
		"--name", name, "--data-dir", filepath.Join(q.data, name), "--initial-cluster", list, "--initial-cluster-state", state,
		"--listen-peer-urls", q.url(name, 2380), "--initial-advertise-peer-urls", q.url(name, 2380),
		"--listen-client-urls", q.url(name, 2379), "--advertise-client-urls", q.url(name, 2379), "--logger=zap", "--log-level=warn")
}

func (q *quorum) start(t *testing.T, name, list, state string) {
	t.Helper()
	c := q.member(t.Context(), name, list, state)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	q.members[name] = c
	t.Cleanup(func() { _ = c.Wait() }) // The context of the test ends it.
}

// kill ends a member as the loss of its machine does.
func (q *quorum) kill(t *testing.T, name string) {
	t.Helper()
	if err := q.members[name].Process.Kill(); err != nil {
		t.Fatal(err)
	}
}

func (q *quorum) list(names ...string) string {
	var out []string
	for _, n := range names {
		out = append(out, n+"="+q.url(n, 2380))
	}
	return strings.Join(out, ",")
}

var tls = regexp.MustCompile(` --(cacert|cert|key)[= ]\S+`)

// run runs a command of the plan until it succeeds, for as long as something may have to start.
func (q *quorum) run(t *testing.T, c rollout.Command) {
	t.Helper()
	var out []byte
	var err error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Second / 5) {
		if out, err = q.shell(t, c).CombinedOutput(); err == nil || !c.Again {
			break
		}
	}
	if err != nil {
		t.Fatalf("%s: %v\n%s", c.Run, err, out)
	}
}

// shell runs a command of the plan here, without TLS.
func (q *quorum) shell(t *testing.T, c rollout.Command) *exec.Cmd {
	t.Helper()
	line := strings.ReplaceAll(tls.ReplaceAllString(c.Run, ""), "https://", "http://")
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line) // #nosec G204 -- a command of the plan
	cmd.Env = append(os.Environ(), "PATH="+q.programs+string(filepath.ListSeparator)+os.Getenv("PATH"))
	return cmd
}

// TestEtcd has a real etcd of three members take the plan for two more, and then for two less.
func TestEtcd(t *testing.T) {
	q := newQuorum(t)
	three := []string{"m1", "m2", "m3"}
	for _, n := range three {
		q.start(t, n, q.list(three...), "new")
	}
	_, plan := q.world.make()
	q.run(t, plan.Steps[0].Before[0])
	for i, name := range []string{"m4", "m5"} {
		s := plan.Steps[1+i]
		q.twice(t, s.Before[1])
		all := q.list("m1", "m2", "m3", "m4", "m5")
		if name == "m4" {
			all = q.refused(t, name, all, s)
			s.After = s.After[1:]
		}
		q.start(t, name, all, "existing")
		q.run(t, s.After[0])
	}

	q.leave(t)
}

// leave takes m4 and m5 out again. The first of them is dead by then, which etcd finds out for itself.
func (q *quorum) leave(t *testing.T) {
	t.Helper()
	q.world.old, q.world.now = q.world.now, q.world.old
	q.world.facts.Fleet.Nodes = q.world.facts.Fleet.Nodes[:5]
	_, plan := q.world.make()
	q.kill(t, "m4")
	for i, title := range []string{"m4 leaves etcd", "m5 leaves etcd"} {
		s := plan.Steps[1+i]
		if s.Title != title {
			t.Fatalf("%s, not %s", s.Title, title)
		}
		q.twice(t, s.Before[0])
		q.run(t, s.After[0])
	}
	list := rollout.Command{Run: "etcdctl --endpoints=" + q.url("m1", 2379) + " member list | awk -F', ' '{print $3}' | sort | xargs | grep -x 'm1 m2 m3'"}
	q.run(t, list)
	lost := plan.Steps[1].Before[0]
	lost.Run, lost.Again = strings.ReplaceAll(lost.Run, ":2379", ":1"), false
	if out, err := q.shell(t, lost).CombinedOutput(); err == nil {
		t.Errorf("nobody answers, and the member is said to be gone:\n%s", out)
	}
}

// twice runs a command that was run before, too: then there is nothing to do.
func (q *quorum) twice(t *testing.T, c rollout.Command) {
	t.Helper()
	q.run(t, c)
	c.Again = false
	q.run(t, c)
}

// refused tries the list of all members, which is that of the files, and gives the one that the plan puts in its place.
func (q *quorum) refused(t *testing.T, name, all string, s rollout.Step) string {
	t.Helper()
	out, err := q.member(t.Context(), name, all, "existing").CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("member count is unequal")) {
		t.Errorf("%s joined with the list of all: %v\n%s", name, err, out)
	}
	m := regexp.MustCompile(`--initial-cluster=([^|]+)\|'`).FindStringSubmatch(s.After[0].Run)
	if m == nil {
		t.Fatalf("no list in %s", s.After[0].Run)
	}
	return strings.ReplaceAll(m[1], "https://", "http://")
}
