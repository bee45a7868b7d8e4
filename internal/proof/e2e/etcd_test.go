//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEtcd starts an etcd of three members as it is rendered, by the arguments of the static pods and by those of the units,
// takes its data away, and brings it back by the words of docs/etcd.md. Its hosts live in namespaces, as those of TestBoot.
func TestEtcd(t *testing.T) {
	repository, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	if !inside() {
		if os.Geteuid() != 0 {
			t.Fatal("the members have namespaces and mounts of their own: run it as root")
		}
		found, err := json.Marshal(programs{
			Harender: cmp.Or(os.Getenv("HARENDER"), filepath.Join(repository, ".build/bin/harender")),
			Etcd:     realPrograms(t, repository, "etcd"),
			Tools:    realPrograms(t, repository, "tools"),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := runInside(t.Name(), timeLeft(t), []string{programsEnv + "=" + string(found)}); err != nil {
			t.Fatalf("the test inside: %v", err)
		}
		return
	}
	var found programs
	if err := json.Unmarshal([]byte(os.Getenv(programsEnv)), &found); err != nil {
		t.Fatal(err)
	}
	if err := settleInside(t.Context()); err != nil {
		t.Fatal(err)
	}
	steps := memberBlocks(t, filepath.Join(repository, "docs/etcd.md"))
	for _, runAs := range []string{"staticPod", "systemd"} {
		t.Run(runAs, func(t *testing.T) { lostAndRestored(t, newQuorum(t, found, runAs), steps) })
	}
}

// memberBlocks are the commands of a document that a member of etcd takes.
func memberBlocks(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, part := range strings.Split(string(text), "```sh member\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		out = append(out, block)
	}
	if len(out) != 2 {
		t.Fatalf("%s has %d blocks for a member, want one that restores and one that looks", name, len(out))
	}
	return out
}

// lostAndRestored is the life of the data.
func lostAndRestored(t *testing.T, q *quorum, steps []string) {
	q.start(t)
	q.healthy(t)
	first, last := q.hosts[0], q.hosts[2]
	q.etcdctl(t, first, "put", "kept", "before the snapshot")
	if got := q.etcdctl(t, last, "get", "--print-value-only", "kept"); got != "before the snapshot\n" {
		t.Errorf("written through %s, %s has %q", first.node.Name, last.node.Name, got)
	}
	snapshot := q.snapshot(t, first)
	q.etcdctl(t, first, "put", "gone", "after the snapshot")
	q.stop(t)
	for _, h := range q.hosts[1:] {
		if err := os.RemoveAll(filepath.Join(h.root, "var/lib/etcd/member")); err != nil {
			t.Fatal(err)
		}
	}
	for _, h := range q.hosts {
		q.setAside(t, h)
		if err := copyFile(filepath.Join(h.root, "var/lib/etcd-restore.db"), snapshot); err != nil {
			t.Fatal(err)
		}
		q.bash(t, h, steps[0])
		out, err := h.command(t.Context(), "bash", "-c", steps[0]).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "restored already") {
			t.Errorf("on %s, the second time: %v\n%s", h.node.Name, err, out)
		}
	}
	q.start(t)
	q.healthy(t)
	if out := q.bash(t, last, steps[1]); strings.Count(out, "is healthy") != len(q.hosts) {
		t.Errorf("the members say:\n%s", out)
	}
	for key, want := range map[string]string{"kept": "before the snapshot\n", "gone": ""} {
		if got := q.etcdctl(t, last, "get", "--print-value-only", key); got != want {
			t.Errorf("restored, %s is %q, want %q", key, got, want)
		}
	}
}

// etcdctl asks one member alone.
func (q *quorum) etcdctl(t *testing.T, h *host, argv ...string) string {
	t.Helper()
	out, err := run(etcdctl(t.Context(), q.programs.Etcd, []*host{h}, argv...))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// healthy waits for all members, and counts them.
func (q *quorum) healthy(t *testing.T) {
	t.Helper()
	if err := eventually(t.Context(), func(ctx context.Context) error { return checkEtcd(ctx, q.programs.Etcd, q.hosts) }); err != nil {
		t.Fatalf("%v\n%s", err, tails(q.logs))
	}
	var list struct{ Members []struct{ Name string } }
	if err := json.Unmarshal([]byte(q.etcdctl(t, q.hosts[0], "member", "list", "--write-out=json")), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Members) != len(q.hosts) {
		t.Errorf("etcd has the members %v", list.Members)
	}
}

// bash runs a block of the documents on a host.
func (q *quorum) bash(t *testing.T, h *host, block string) string {
	t.Helper()
	cmd := h.command(t.Context(), "bash", "-euo", "pipefail", "-c", block)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s\n%s", h.node.Name, err, block, out)
	}
	return string(out)
}
