package tree_test

import (
	"bytes"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/harender/harender/internal/deliver/tree"
)

// processor adds the processor time of all threads to a benchmark's report: unlike the time on the clock, it means
// something on a busy machine.
func processor(b *testing.B) {
	b.Helper()
	before := spent(b)
	b.Cleanup(func() { b.ReportMetric(float64((spent(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op") })
}

func spent(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &r))
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// fleet is the output for 1,005 nodes: 20 files of 2 kB each.
func fleet(b *testing.B) tree.Tree {
	b.Helper()
	dirs := []string{"etc/kubernetes/manifests", "etc/kubernetes/pki/etcd", "srv/kubernetes", "etc/systemd/system/kubelet.service.d"}
	byNode := map[string][]tree.File{}
	for n := range 1005 {
		var files []tree.File
		for f := range 20 {
			path := fmt.Sprintf("%s/file-%d", dirs[f%len(dirs)], f)
			content := bytes.Repeat(fmt.Appendf(nil, "node %d file %d\n", n, f), 125)
			files = append(files, tree.File{Path: path, Mode: 0o600, Owner: "root", Group: "root", Content: tree.Clear(content)})
		}
		byNode[fmt.Sprintf("node-%d", n)] = files
	}
	t, err := tree.New(byNode, tree.Shared{})
	if err != nil {
		b.Fatal(err)
	}
	return t
}

func entries(b *testing.B, t tree.Tree) []tree.Entry {
	b.Helper()
	e, err := t.Entries()
	if err != nil {
		b.Fatal(err)
	}
	return e
}

func BenchmarkEntries(b *testing.B) {
	t := fleet(b)
	processor(b)
	for b.Loop() {
		entries(b, t)
	}
}

func BenchmarkFirst(b *testing.B) {
	e := entries(b, fleet(b))
	processor(b)
	for b.Loop() {
		replace(b, b.TempDir(), e)
	}
}

func BenchmarkNoChange(b *testing.B) {
	e := entries(b, fleet(b))
	repo := b.TempDir()
	replace(b, repo, e)
	processor(b)
	for b.Loop() {
		replace(b, repo, e)
	}
}

func BenchmarkOneNode(b *testing.B) {
	e := entries(b, fleet(b))
	repo := b.TempDir()
	replace(b, repo, e)
	processor(b)
	for i := 0; b.Loop(); i++ {
		for f := range 21 {
			e[f].Content = fmt.Appendf(nil, "round %d", i)
		}
		replace(b, repo, e)
	}
}

func BenchmarkPublishNoChange(b *testing.B) {
	t := fleet(b)
	repo := b.TempDir()
	replace(b, repo, entries(b, t))
	processor(b)
	for b.Loop() {
		if _, _, err := tree.Publish(repo, "rendered", t); err != nil {
			b.Fatal(err)
		}
	}
}
