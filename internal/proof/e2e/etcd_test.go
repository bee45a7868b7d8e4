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

	"github.com/harender/harender/internal/change/rollout"
)

// TestEtcd starts an etcd of three members as it is rendered, by the arguments of the static pods and by those of the units,
// takes its data away, and brings it back by what the command of docs/etcd.md says. Its hosts live in namespaces, as those of TestBoot.
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
	restore := quorumBlock(t, filepath.Join(repository, "docs/etcd.md"))
	for _, runAs := range []string{"staticPod", "systemd"} {
		t.Run(runAs, func(t *testing.T) { lostAndRestored(t, newQuorum(t, found, runAs), restore) })
	}
}

// quorumBlock is the command of a document for a cluster that lost its quorum.
func quorumBlock(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), "```sh quorum\n")
	if len(parts) != 2 {
		t.Fatalf("%s has %d blocks for a lost quorum, want one", name, len(parts)-1)
	}
	block, _, _ := strings.Cut(parts[1], "\n```")
	return block
}

// lostAndRestored is the life of the data.
func lostAndRestored(t *testing.T, q *quorum, restore string) {
	q.start(t)
	q.healthy(t)
	first, last := q.hosts[0], q.hosts[2]
	q.etcdctl(t, first, "put", "kept", "before the snapshot")
	if got := q.etcdctl(t, last, "get", "--print-value-only", "kept"); got != "before the snapshot\n" {
		t.Errorf("written through %s, %s has %q", first.node.Name, last.node.Name, got)
	}
	snapshot := q.snapshot(t, first)
	q.etcdctl(t, first, "put", "gone", "after the snapshot")
	for _, to := range append([]string{q.folder + "/etcd.db"}, roots(q.hosts, "var/lib/etcd-restore.db")...) {
		must(t, copyFile(to, snapshot))
	}
	steps := q.steps(t, restore)
	for i, s := range steps {
		switch {
		case strings.Contains(s.Title, "kubelet"):
			continue // There are none here.
		case strings.Contains(s.Title, "apiserver"):
			s.After = nil // Nor apiservers that could answer.
		case strings.Contains(s.Title, "database") && i < len(steps)-1:
			q.ended()
			for _, lost := range roots(q.hosts[1:], "var/lib/etcd/member") {
				must(t, os.RemoveAll(lost))
			}
		}
		q.obey(t, s.Before)
		if s.Title == "the members start" {
			q.start(t)
			q.healthy(t)
		}
		q.obey(t, s.After)
	}
	for key, want := range map[string]string{"kept": "before the snapshot\n", "gone": ""} {
		if got := q.etcdctl(t, last, "get", "--print-value-only", key); got != want {
			t.Errorf("restored, %s is %q, want %q", key, got, want)
		}
	}
	for _, h := range q.hosts {
		if got := q.bash(t, h, "ls /var/lib/etcd; ls /var/lib /etc/kubernetes | grep restore || :"); got != "member\n" {
			t.Errorf("%s has\n%s", h.node.Name, got)
		}
	}
}

func roots(hosts []*host, path string) []string {
	var out []string
	for _, h := range hosts {
		out = append(out, filepath.Join(h.root, path))
	}
	return out
}

// steps are what the program prints, for programs.
func (q *quorum) steps(t *testing.T, restore string) []rollout.Step {
	t.Helper()
	line := strings.Replace(restore, "harender ", q.programs.Harender+" ", 1) + " -o json"
	cmd := here(t.Context(), "sh", "-c", line)
	cmd.Dir = q.folder
	out, err := cmd.Output()
	must(t, err)
	var found struct{ Steps []rollout.Step }
	must(t, json.Unmarshal(out, &found))
	return found.Steps
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
