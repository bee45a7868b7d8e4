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
}

func newQuorum(t *testing.T) *quorum {
	t.Helper()
	q := &quorum{testtool.Set(t, "etcd"), t.TempDir(), newWorld()}
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
	t.Cleanup(func() { _ = c.Wait() }) // The context of the test ends it.
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
	line := strings.ReplaceAll(tls.ReplaceAllString(c.Run, ""), "https://", "http://")
	var out []byte
	var err error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Second / 5) {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", line) // #nosec G204 -- a command of the plan
		cmd.Env = append(os.Environ(), "PATH="+q.programs+string(filepath.ListSeparator)+os.Getenv("PATH"))
		if out, err = cmd.CombinedOutput(); err == nil || !c.Again {
			break
		}
	}
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
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
		q.run(t, s.Before[1])
		all := q.list("m1", "m2", "m3", "m4", "m5")
		if name == "m4" {
			all = q.refused(t, name, all, s)
			s.After = s.After[1:]
		}
		q.start(t, name, all, "existing")
		q.run(t, s.After[0])
	}

	q.world.old, q.world.now = q.world.now, q.world.old
	q.world.facts.Fleet.Nodes = q.world.facts.Fleet.Nodes[:5]
	_, plan = q.world.make()
	for _, title := range []string{"m4 leaves etcd", "m5 leaves etcd"} {
		s := plan.Steps[1]
		plan.Steps = plan.Steps[1:]
		if s.Title != title {
			t.Fatalf("%s, not %s", s.Title, title)
		}
		q.run(t, s.Before[0])
		q.run(t, s.After[0])
	}
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
