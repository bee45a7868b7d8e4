package tree

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// What others put into the directory while it is replaced is not deleted.
func TestRescue(t *testing.T) {
	repo := t.TempDir()
	entries := []Entry{{Path: "m1/a", Content: []byte("1")}}
	if _, err := Replace(repo, "rendered", entries, nil); err != nil {
		t.Fatal(err)
	}
	s, err := openSite(repo, "rendered")
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	entries[0].Content = []byte("2")
	if err := s.look(entries); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(repo, "rendered/m1/late"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.apply(s.merge(nil)); err == nil || !strings.Contains(err.Error(), ".rendered.harender-rescued") {
		t.Errorf("%v", err)
	}
	if b, err := os.ReadFile(filepath.Join(repo, ".rendered.harender-rescued/m1/late")); err != nil || string(b) != "mine" { // #nosec G304 -- below a directory of the test
		t.Errorf("%q %v", b, err)
	}
	if b, err := os.ReadFile(filepath.Join(repo, "rendered/m1/a")); err != nil || string(b) != "2" { // #nosec G304 -- below a directory of the test
		t.Errorf("%q %v", b, err)
	}
}

// Somebody swaps directories for links to a place outside, all the time. Replacing may fail, but never gets there.
func TestSwapper(t *testing.T) {
	repo, outside := t.TempDir(), t.TempDir()
	if err := os.MkdirAll(filepath.Join(outside, "etc"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(repo, "link")); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	for _, p := range []string{"rendered/m1", ".rendered.harender-next/m1", ".rendered.harender-next"} {
		wg.Go(func() { swapForever(done, filepath.Join(repo, "link"), filepath.Join(repo, p)) })
	}
	failed := 0
	for i := range 300 {
		entries := []Entry{{Path: "m1/etc/a", Content: []byte{byte(i)}}, {Path: "m1/b", Content: []byte{byte(i)}}}
		if _, err := Replace(repo, "rendered", entries, nil); err != nil {
			failed++
		}
	}
	close(done)
	wg.Wait()
	if failed == 0 {
		t.Error("the swapper never hit")
	}
	for _, dir := range []string{outside, filepath.Join(outside, "etc")} {
		if found, err := os.ReadDir(dir); err != nil || len(found) > 1 || len(found) == 1 && found[0].Name() != "etc" {
			t.Errorf("%s: %v %v", dir, found, err)
		}
	}
}

// swapForever exchanges two paths; where one is missing, nothing happens.
func swapForever(done <-chan struct{}, a, b string) {
	for {
		select {
		case <-done:
			return
		default:
			_ = unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
		}
	}
}
