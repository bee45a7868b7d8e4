package tree_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/harender/harender/internal/tree"
)

// fleet is the output for many nodes: 20 files of 2 kB each.
func fleet(b *testing.B, nodes int) tree.Tree {
	b.Helper()
	dirs := []string{"etc/kubernetes/manifests", "etc/kubernetes/pki/etcd", "srv/kubernetes", "etc/systemd/system/kubelet.service.d"}
	byNode := map[string][]tree.File{}
	for n := range nodes {
		var files []tree.File
		for f := range 20 {
			path := fmt.Sprintf("%s/file-%d", dirs[f%len(dirs)], f)
			content := bytes.Repeat(fmt.Appendf(nil, "node %d file %d\n", n, f), 125)
			files = append(files, tree.File{Path: path, Mode: 0o600, Owner: "root", Group: "root", Content: tree.Clear(content)})
		}
		byNode[fmt.Sprintf("node-%d", n)] = files
	}
	t, err := tree.New(byNode, nil)
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
	t := fleet(b, 1005)
	for b.Loop() {
		entries(b, t)
	}
}

func BenchmarkFirst(b *testing.B) {
	e := entries(b, fleet(b, 1005))
	for b.Loop() {
		replace(b, b.TempDir(), e)
	}
}

func BenchmarkNoChange(b *testing.B) {
	e := entries(b, fleet(b, 1005))
	repo := b.TempDir()
	replace(b, repo, e)
	for b.Loop() {
		replace(b, repo, e)
	}
}

func BenchmarkOneNode(b *testing.B) {
	e := entries(b, fleet(b, 1005))
	repo := b.TempDir()
	replace(b, repo, e)
	for i := 0; b.Loop(); i++ {
		for f := range 21 {
			e[f].Content = fmt.Appendf(nil, "round %d", i)
		}
		replace(b, repo, e)
	}
}

func BenchmarkPublishNoChange(b *testing.B) {
	t := fleet(b, 1005)
	repo := b.TempDir()
	for b.Loop() {
		if _, _, err := tree.Publish(repo, "rendered", t); err != nil {
			b.Fatal(err)
		}
	}
}

