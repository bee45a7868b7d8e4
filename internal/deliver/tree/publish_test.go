package tree_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

func treeOf(t *testing.T, nodes map[string][]tree.File) tree.Tree {
	t.Helper()
	made, err := tree.New(nodes, tree.Shared{})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func publish(t *testing.T, repo string, made tree.Tree) (tree.Stats, diag.List) {
	t.Helper()
	stats, diags, err := tree.Publish(repo, "rendered", made)
	if err != nil {
		t.Fatal(err)
	}
	return stats, diags
}

// A node that leaves takes its files with it, and nothing else.
func TestPublish(t *testing.T) {
	repo := repository(t)
	both := treeOf(t, map[string][]tree.File{"m1": {clearFile("etc/a", "1"), sealedFile("etc/key")}, "m2": {clearFile("etc/a", "2")}})
	if stats, diags := publish(t, repo, both); stats.Written != 5 || len(diags) > 0 {
		t.Errorf("%+v %v", stats, diags)
	}
	write(t, repo, map[string]string{"rendered/m2/etc/mine": "", "rendered/README": ""})
	one := treeOf(t, map[string][]tree.File{"m1": {clearFile("etc/a", "1")}})
	stats, diags := publish(t, repo, one)
	if stats != (tree.Stats{Written: 1, Removed: 3, Unchanged: 1}) {
		t.Errorf("%+v", stats)
	}
	if got := summaries(diags); !slices.Equal(got, []string{"warning: rendered/README is foreign", "warning: rendered/m2/etc/mine is foreign"}) {
		t.Errorf("%v", got)
	}
	if got := names(t, filepath.Join(repo, "rendered/m2/etc")); !slices.Equal(got, []string{"mine"}) {
		t.Errorf("%v", got)
	}
	if stats, _ := publish(t, repo, one); stats != (tree.Stats{Unchanged: 2}) {
		t.Errorf("again: %+v", stats)
	}
}

func summaries(l diag.List) []string {
	var s []string
	for _, d := range l {
		s = append(s, d.Severity.String()+": "+d.Summary)
	}
	return s
}

// What no index lists is not harender's to overwrite, unless it is the same already.
func TestPublishAdopts(t *testing.T) {
	repo := repository(t)
	made := treeOf(t, map[string][]tree.File{"m1": {clearFile("etc/a", "1"), clearFile("etc/b", "1")}})
	write(t, repo, map[string]string{"rendered/m1/etc/a": "1", "rendered/m1/etc/b": "mine", "rendered/m1/etc/c": "1"})
	must(t, os.Symlink("b", filepath.Join(repo, "rendered/m1.index.json")))
	before := snapshot(t, repo)
	_, diags := publish(t, repo, made)
	want := []string{
		"error: rendered/m1.index.json is in the way: a symbolic link",
		"error: rendered/m1/etc/b is in the way: a file with other content, which no index lists",
		"warning: rendered/m1/etc/c is foreign",
	}
	if got := summaries(diags); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	if after := snapshot(t, repo); after != before {
		t.Errorf("changed:\n%s", after)
	}
	must(t, os.Remove(filepath.Join(repo, "rendered/m1.index.json")))
	must(t, os.Remove(filepath.Join(repo, "rendered/m1/etc/b")))
	if stats, diags := publish(t, repo, made); stats != (tree.Stats{Written: 2, Unchanged: 1}) || diags.HasErrors() {
		t.Errorf("%+v %v", stats, diags)
	}
}

// An index that somebody mangled owns nothing; the user is told how to mend it, and nothing is changed.
func TestPublishMangledIndex(t *testing.T) {
	repo := repository(t)
	made := treeOf(t, map[string][]tree.File{"m1": {clearFile("etc/a", "1")}})
	publish(t, repo, made)
	write(t, repo, map[string]string{"rendered/m1.index.json": "<<<<<<< ours\n", "rendered/m3.index.json": "{}"})
	before := snapshot(t, repo)
	_, diags := publish(t, repo, made)
	got := summaries(diags)
	if want := []string{"error: rendered/m1.index.json is no index that harender wrote", "error: rendered/m3.index.json is no index that harender wrote"}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if !strings.Contains(diags[0].Hint, "git checkout --ours") {
		t.Errorf("hint: %s", diags[0].Hint)
	}
	if after := snapshot(t, repo); after != before {
		t.Errorf("changed:\n%s", after)
	}
}

func TestOwnedForeignStale(t *testing.T) {
	repo := repository(t)
	if owned, diags, err := tree.Owned(repo, "rendered"); err != nil || len(owned)+len(diags) > 0 {
		t.Errorf("no directory: %v %v %v", owned, diags, err)
	}
	publish(t, repo, treeOf(t, map[string][]tree.File{"m1": {clearFile("a", "1"), sealedFile("b")}}))
	owned, diags, err := tree.Owned(repo, "rendered")
	if err != nil || len(diags) > 0 || len(owned) != 3 || !owned["m1/a"] || !owned["m1/b.sops"] || !owned["m1.index.json"] {
		t.Errorf("%v %v %v", owned, diags, err)
	}
	write(t, repo, map[string]string{"rendered/mine": "1"})
	wanted := []tree.Entry{{Path: "m1/a", Content: []byte("2")}}
	if strays, err := tree.Foreign(repo, "rendered", owned, wanted); err != nil || !slices.Equal(strays, []string{"mine"}) {
		t.Errorf("%v %v", strays, err)
	}
	_, err = tree.Foreign(repo, "rendered", nil, wanted)
	if obstructed, ok := errors.AsType[*tree.ObstructedError](err); !ok || obstructed.Obstacles[0].Path != "rendered/m1/a" {
		t.Errorf("%v", err)
	}
	if stale := tree.Stale(owned, wanted); !slices.Equal(stale, []string{"m1.index.json", "m1/b.sops"}) {
		t.Errorf("%v", stale)
	}
}
