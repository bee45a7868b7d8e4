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
		if name == "m4" {
			q.refused(t, name, q.list("m1", "m2", "m3", "m4", "m5"))
		}
		q.start(t, name, q.list(append(three, []string{"m4", "m5"}[:1+i]...)...), "existing")
		q.run(t, s.After[0])
	}

	q.leave(t)
}

// leave takes m4 and m5 out again. The first of them is dead by then, which etcd finds out for itself.
func (q *quorum) leave(t *testing.T) {
	t.Helper()
	q.world.old, q.world.now = q.world.now, q.world.old
	q.world.facts.Fleet.Nodes = q.world.facts.Fleet.Nodes[:5]
	q.world.facts.Gone = []string{"m4"}
	_, plan := q.world.make()
	q.kill(t, "m4")
	for i, title := range []string{"m4 leaves etcd", "m5 leaves etcd"} {
		s := plan.Steps[2+i]
		if s.Title != title {
			t.Fatalf("%s, not %s", s.Title, title)
		}
		q.twice(t, s.Before[0])
		q.run(t, s.After[0])
	}
	q.has(t, "m1 m2 m3")
	lost := plan.Steps[2].Before[0]
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

// refused tries a list of members that etcd does not have yet.
func (q *quorum) refused(t *testing.T, name, list string) {
	t.Helper()
	out, err := q.member(t.Context(), name, list, "existing").CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("member count is unequal")) {
		t.Errorf("%s joined with the list of all: %v\n%s", name, err, out)
	}
}

// lose ends a member and empties its disk: the machine is gone, and another one is there under its name.
func (q *quorum) lose(t *testing.T, name string) {
	t.Helper()
	q.kill(t, name)
	_ = q.members[name].Wait()
	if err := os.RemoveAll(filepath.Join(q.data, name)); err != nil {
		t.Fatal(err)
	}
}

// TestEtcdReplaced has a real etcd lose a member, and takes the plan for another machine under the same name, then for one under
// another name. Each command is run twice; the whole plan is run again at the end, when there is nothing to do; and the list that
// the others began with is never changed.
func TestEtcdReplaced(t *testing.T) {
	q := newQuorum(t)
	three := []string{"m1", "m2", "m3"}
	q.world.facts.Fleet.Nodes = []string{"m1", "m2", "m3", "w1", "w2"}
	delete(q.world.now.Directories, "m4")
	delete(q.world.now.Directories, "m5")
	for _, n := range three {
		q.start(t, n, q.list(three...), "new")
	}
	q.world.machine("m3")
	q.world.starts("m3", "existing", three...)
	_, plan := q.world.make()
	q.run(t, q.world.healthyOf(plan))
	q.lose(t, "m3")
	q.replaced(t, plan, "m3", q.list(three...))
	q.follow(t, plan)
	q.has(t, "m1 m2 m3")

	q.kill(t, "m2")
	q.world.old.Directories["m3"] = q.world.now.Directories["m3"]
	q.world.add(q.world.now, "m4")
	delete(q.world.now.Directories, "m2")
	q.world.facts.Fleet.Nodes = []string{"m1", "m3", "w1", "w2", "m4"}
	q.world.facts.Gone = []string{"m2"}
	q.world.starts("m4", "existing", "m1", "m3", "m4")
	_, plan = q.world.make()
	q.replaced(t, plan, "m4", q.list("m1", "m3", "m4"))
	q.follow(t, plan)
	q.has(t, "m1 m3 m4")

	// A member that restarts looks at its data, whatever list it has.
	q.kill(t, "m1")
	_ = q.members["m1"].Wait()
	q.start(t, "m1", q.list(three...), "new")
	q.run(t, plan.Steps[2].After[0])
}

// healthyOf is the first look of a plan, which waits for the members to start.
func (w *world) healthyOf(plan rollout.Plan) rollout.Command {
	c := plan.Steps[0].Before[0]
	c.Again = true
	return c
}

// replaced takes the two steps of a plan in which a member leaves and another one comes.
func (q *quorum) replaced(t *testing.T, plan rollout.Plan, comes, list string) {
	t.Helper()
	leaves, joins := plan.Steps[1], plan.Steps[2]
	q.twice(t, leaves.Before[0])
	q.run(t, leaves.After[0])
	q.twice(t, joins.Before[0])
	q.twice(t, joins.Before[1])
	q.start(t, comes, list, "existing")
	q.run(t, joins.After[0])
}

// follow runs a plan once more when all is done: etcd's part of it has nothing to do, and takes no harm.
func (q *quorum) follow(t *testing.T, plan rollout.Plan) {
	t.Helper()
	for _, s := range plan.Steps {
		for _, c := range append(s.Before, s.After...) {
			if strings.Contains(c.Run, "etcdctl") || strings.Contains(c.Run, ":2379/health") {
				q.run(t, c)
			}
		}
	}
}

// has holds the list of members to names.
func (q *quorum) has(t *testing.T, names string) {
	t.Helper()
	q.run(t, rollout.Command{Run: "etcdctl --endpoints=" + q.url("m1", 2379) + " member list | awk -F', ' '{print $3}' | sort | xargs | grep -x '" + names + "'"})
}
