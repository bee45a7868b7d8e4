package revision

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// repository has two commits, made by git itself: of a file that changes, a directory, a link and an executable.
func repository(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		c := exec.Command("git", args...)
		c.Dir = root
		c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_NAME=n", "GIT_AUTHOR_EMAIL=e", "GIT_COMMITTER_NAME=n", "GIT_COMMITTER_EMAIL=e")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	write := func(name, text string, mode fs.FileMode) {
		t.Helper()
		file := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), mode)); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "-q", "-b", "main")
	write("c/cluster.yaml", "first\n", 0o600)
	write("c/rendered/m1/etc/x", "x\n", 0o600)
	write("c/run", "#!/bin/sh\n", 0o700)
	write("other", "o\n", 0o600)
	if err := os.Symlink("cluster.yaml", filepath.Join(root, "c/link")); err != nil {
		t.Fatal(err)
	}
	git("add", ".")
	git("commit", "-q", "-m", "first")
	git("tag", "v1")
	write("c/cluster.yaml", "second\n", 0o600)
	git("commit", "-q", "-a", "-m", "second")
	git("gc", "-q")
	write("c/cluster.yaml", "third\n", 0o600)
	return root
}

func TestOpen(t *testing.T) {
	root := repository(t)
	for rev, want := range map[string]string{"HEAD": "second\n", "main": "second\n", "v1": "first\n", "HEAD~1": "first\n"} {
		files, err := Open(filepath.Join(root, "c"), rev)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := fs.ReadFile(files, "cluster.yaml"); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", rev, text, err)
		}
	}
	files, err := Open(root, "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	sub, err := fs.Sub(files, "c/rendered")
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(sub, "m1/etc/x"); err != nil {
		t.Error(err)
	}
	if _, err := fs.ReadFile(files, "c/nothing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := fs.ReadFile(files, "c/link"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a link: got %v", err)
	}
	entries, err := fs.ReadDir(files, "c")
	if err != nil || len(entries) != 4 || entries[1].Type() != fs.ModeSymlink {
		t.Errorf("%v, %v", entries, err)
	}
}

// TestClones reads what a clone borrows, and says where it has a part alone.
func TestClones(t *testing.T) {
	root := repository(t)
	read := func(rev string, args ...string) error {
		t.Helper()
		clone := filepath.Join(t.TempDir(), "clone")
		// #nosec G204 -- the test's own words
		if out, err := exec.Command("git", append([]string{"clone", "-q", "--no-checkout"}, append(args, clone)...)...).CombinedOutput(); err != nil {
			t.Fatalf("git clone %v: %v\n%s", args, err, out)
		}
		files, err := Open(clone, rev)
		if err != nil {
			return err
		}
		_, err = fs.ReadFile(files, "c/cluster.yaml")
		return err
	}
	if err := errors.Join(read("HEAD~1", "--shared", root), read("v1", "--reference", root, "file://"+root)); err != nil {
		t.Error(err)
	}
	if err := read("HEAD~1", "--depth=1", "file://"+root); !errors.Is(err, ErrIncomplete) {
		t.Errorf("shallow: %v", err)
	}
	if err := exec.Command("git", "-C", root, "config", "uploadpack.allowFilter", "true").Run(); err != nil { // #nosec G204 -- the test's own folder
		t.Fatal(err)
	}
	if err := read("HEAD", "--filter=blob:none", "file://"+root); !errors.Is(err, ErrIncomplete) {
		t.Errorf("partial: %v", err)
	}
}

func TestRefused(t *testing.T) {
	root := repository(t)
	if _, err := Open(root, "nowhere"); !errors.Is(err, ErrUnknown) {
		t.Errorf("got %v", err)
	}
	if _, err := Open(t.TempDir(), "HEAD"); !errors.Is(err, ErrNoRepository) {
		t.Errorf("got %v", err)
	}
	if err := os.Mkdir(filepath.Join(root, "new"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(root, "new"), "HEAD"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// TestLikeGit asks git itself which commit a revision is: what is read is the same, and the rest is refused.
func TestLikeGit(t *testing.T) {
	root := repository(t)
	git := func(args ...string) string {
		t.Helper()
		c := exec.Command("git", args...)
		c.Dir = root
		c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_NAME=n", "GIT_AUTHOR_EMAIL=e", "GIT_COMMITTER_NAME=n", "GIT_COMMITTER_EMAIL=e")
		out, err := c.Output()
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(out))
	}
	first, second := git("rev-parse", "v1"), git("rev-parse", "HEAD")
	git("checkout", "-q", "-f", "-b", "side", "v1")
	git("commit", "-q", "--allow-empty", "-m", "side")
	git("merge", "-q", "--no-edit", "main")
	git("tag", "-a", "-m", "annotated", "v2")
	git("tag", "-a", "-m", "of a tag", "v3", "v2")
	git("tag", "main", "v1")        // A branch and a tag of one name.
	git("branch", second[:7], "v1") // A branch that looks like the beginning of a hash.
	git("branch", "feature/x", "v1")
	git("update-ref", "refs/remotes/origin/main", second)
	git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
	git("fetch", "-q", ".", "side")
	tree := git("rev-parse", "HEAD^{tree}")
	var all []string
	for _, name := range []string{
		"HEAD", "@", "main", "side", "v1", "v2", "v3", "heads/main", "tags/main", "refs/heads/main", "feature/x", "origin/main", "origin", "remotes/origin/main",
		first, second, strings.ToUpper(first), first[:4], first[:7], first[:11], second[:7], second[:8], tree, tree[:8], "ORIG_HEAD", "FETCH_HEAD",
		"nowhere", "config", "objects", "0000000", "index", "head", "..", "", "-h", "--all", "c", "main side",
	} {
		for _, suffix := range []string{
			"", "^", "~", "^0", "~0", "^1", "^2", "^3", "~1", "~2", "~3", "~99", "^^", "^2~1", "^2^", "~1^2", "^2^0", "^{}", "^{commit}", "^{tree}", "^{/side}", "@{0}", "@{1}", "@{-1}",
			"@{u}", "@{upstream}", "@{push}", "@{yesterday}", ":", ":c", ":c/cluster.yaml", "..main", "...main", "^!", "^@", "^-", "~-1", "^x", "~1:c", "-1-g" + first[:7], " ", "\n", ".lock", "/",
		} {
			all = append(all, name+suffix)
		}
	}
	all = append(all, ":/side", ":", ":0:c/cluster.yaml", "@{1}", "@{-1}", "^main", "main:", "{", "@{", "HEAD~18446744073709551617", "HEAD^-1", "HEAD~1000000000")
	_, repo, err := find(root)
	if err != nil {
		t.Fatal(err)
	}
	same := 0
	for _, rev := range all {
		got, err := resolve(repo, rev)
		if err != nil {
			continue
		}
		same++
		if want := git("rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}"); want != got.String() {
			t.Errorf("%q is %s, git says %q", rev, got, want)
		}
	}
	for _, rev := range []string{"HEAD@{1}", "main@{1}", "HEAD^{tree}", "HEAD:c", ":/side", "v2^{}", "main..side"} {
		if _, err := Open(root, rev); !errors.Is(err, ErrExpression) {
			t.Errorf("%s: %v", rev, err)
		}
	}
	for _, rev := range []string{"HEAD", "@~1", "v3", "HEAD^2", first[:7], "heads/main", "origin", "FETCH_HEAD"} {
		if _, err := Open(root, rev); err != nil {
			t.Errorf("%s: %v", rev, err)
		}
	}
	t.Logf("%d of %d revisions are read", same, len(all))
}
