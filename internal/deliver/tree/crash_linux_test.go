package tree_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/harender/harender/internal/deliver/tree"
)

// trace runs Replace to state 2 in a child under strace, with the given injections.
func trace(t *testing.T, repo, log string, inject ...string) (stderr string, err error) {
	t.Helper()
	args := []string{"-f", "-qq", "-o", log}
	for _, i := range inject {
		args = append(args, "-e", "inject="+i)
	}
	args = append(args, os.Args[0], "child", "replace", repo, "2")
	cmd := exec.Command("strace", args...) // #nosec G204 G702 -- arguments of this test
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=off")
	var b strings.Builder
	cmd.Stderr = &b
	if err := needsStrace(cmd.Start()); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	return b.String(), err
}

// needsStrace says what to install where strace is missing.
func needsStrace(err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return errors.New("this test needs strace: apt-get install strace")
	}
	return err
}

// ground is a repository in state 1 with foreign objects, and what it looks like before and after a replacement.
type ground struct {
	repo     string
	old, new string
}

func newGround(t *testing.T) ground {
	t.Helper()
	g := ground{repo: repository(t)}
	replace(t, g.repo, state(1))
	write(t, g.repo, map[string]string{"rendered/m1/etc/foreign": "mine"})
	must(t, os.Symlink("foreign", filepath.Join(g.repo, "rendered/m1/etc/link")))
	must(t, os.Chmod(filepath.Join(g.repo, "rendered/m1/etc/foreign"), 0o600))
	g.old = snapshot(t, g.repo)
	replace(t, g.repo, state(2), gone(2)...)
	g.new = snapshot(t, g.repo)
	replace(t, g.repo, state(1), "m2/only/in/2")
	if s := snapshot(t, g.repo); s != g.old {
		t.Fatalf("there and back:\n%s\n%s", g.old, s)
	}
	return g
}

// settled reports whether the directory is the old one or the new one, whatever lies beside it.
func (g ground) settled(t *testing.T) (isOld, isNew bool) {
	t.Helper()
	at := func(s string) string {
		return strings.Join(slices.DeleteFunc(strings.Split(s, "\n"), func(l string) bool { return !strings.HasPrefix(l, "rendered") }), "\n")
	}
	s := at(snapshot(t, g.repo))
	return s == at(g.old), s == at(g.new)
}

// finish does what the next run does, which must end in the new state with nothing left over.
func (g ground) finish(t *testing.T) {
	t.Helper()
	replace(t, g.repo, state(2), gone(2)...)
	if s := snapshot(t, g.repo); s != g.new {
		t.Errorf("after the next run:\n%s\nwant\n%s", s, g.new)
	}
}

// calls counts the system calls of one replacement, by name.
func calls(t *testing.T, inject ...string) map[string]int {
	t.Helper()
	g := newGround(t)
	log := filepath.Join(t.TempDir(), "log")
	if out, err := trace(t, g.repo, log, inject...); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	count := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^\d+ +(\w+)\(`).FindAllStringSubmatch(content(t, log), -1) {
		count[m[1]]++
	}
	return count
}

// changing are the system calls that change what is on the disk.
var changing = []string{"mkdirat", "openat", "write", "fchmod", "fchown", "linkat", "symlinkat", "syncfs", "fsync", "renameat", "renameat2", "unlinkat"}

// sweep runs the test once for every system call of the names, three at a time.
func sweep(t *testing.T, count map[string]int, names []string, test func(t *testing.T, call string, n int)) {
	var wg sync.WaitGroup
	free := make(chan struct{}, 3)
	for _, call := range names {
		for n := 1; n <= count[call]; n++ {
			free <- struct{}{}
			wg.Go(func() {
				defer func() { <-free }()
				test(t, call, n)
			})
		}
	}
	wg.Wait()
}

// Killed at any system call, a run leaves the old directory or the new one.
func TestKilledAtEveryCall(t *testing.T) {
	count := calls(t)
	if count["renameat2"] != 1 || count["linkat"] < 5 || count["syncfs"] != 1 || count["fsync"] != 1 {
		t.Fatalf("not the calls that this test is for: %v", count)
	}
	sweep(t, count, changing, func(t *testing.T, call string, n int) {
		g := newGround(t)
		_, err := trace(t, g.repo, os.DevNull, fmt.Sprintf("%s:signal=KILL:when=%d", call, n))
		if err == nil {
			t.Errorf("%s %d: not killed", call, n)
		}
		if isOld, isNew := g.settled(t); !isOld && !isNew {
			t.Errorf("%s %d: a mix:\n%s", call, n, snapshot(t, g.repo))
		}
		g.finish(t)
	})
}

// The same where the file system cannot exchange: between two renames there may be no directory, but never a mix, and
// Recover brings the old one back.
func TestKilledWithoutExchange(t *testing.T) {
	const unable = "renameat2:error=EINVAL"
	count := calls(t, unable)
	if count["renameat"] != 3 {
		t.Fatalf("not the calls that this test is for: %v", count)
	}
	sweep(t, count, []string{"renameat", "fsync", "unlinkat"}, func(t *testing.T, call string, n int) {
		g := newGround(t)
		if _, err := trace(t, g.repo, os.DevNull, unable, fmt.Sprintf("%s:signal=KILL:when=%d", call, n)); err == nil {
			t.Errorf("%s %d: not killed", call, n)
		}
		must(t, tree.Recover(g.repo, "rendered"))
		if isOld, isNew := g.settled(t); !isOld && !isNew {
			t.Errorf("%s %d: a mix:\n%s", call, n, snapshot(t, g.repo))
		}
		g.finish(t)
	})
}

// A call that fails leaves the old directory and nothing else, or says that the new one is in place, and names the path
// and the cause.
func TestFailingCalls(t *testing.T) {
	const notLoaded = 127
	reasons := []syscall.Errno{syscall.ENOSPC, syscall.EIO, syscall.EROFS, syscall.EDQUOT, syscall.EMFILE, syscall.EACCES}
	names := map[syscall.Errno]string{syscall.ENOSPC: "ENOSPC", syscall.EIO: "EIO", syscall.EROFS: "EROFS", syscall.EDQUOT: "EDQUOT", syscall.EMFILE: "EMFILE", syscall.EACCES: "EACCES"}
	failing := append([]string{"getdents64", "newfstatat", "fstat", "read"}, changing...)
	sweep(t, calls(t), failing, func(t *testing.T, call string, n int) {
		g := newGround(t)
		reason := reasons[(n+len(call))%len(reasons)]
		out, err := trace(t, g.repo, os.DevNull, fmt.Sprintf("%s:error=%s:when=%d", call, names[reason], n))
		isOld, isNew := g.settled(t)
		var exit *exec.ExitError
		switch {
		case err == nil:
			// The Go runtime has calls of its own, and lives without what they ask for.
			if snapshot(t, g.repo) != g.new {
				t.Errorf("%s %d: no error, and not the new state:\n%s", call, n, snapshot(t, g.repo))
			}
		case errors.As(err, &exit) && exit.ExitCode() == notLoaded:
			// The call was the system's loader's, and the program never began.
		case !strings.Contains(out, reason.Error()):
			t.Errorf("%s %d: the error does not say %q: %s", call, n, reason, out)
		case strings.Contains(out, "in place"):
			if !isNew {
				t.Errorf("%s %d: not the new state, but: %s", call, n, out)
			}
		case !isOld || snapshot(t, g.repo) != g.old:
			t.Errorf("%s %d: not the old state after: %s\n%s", call, n, out, snapshot(t, g.repo))
		}
		g.finish(t)
	})
}

// Where linking is refused, files are copied, with their modes.
func TestLinkRefused(t *testing.T) {
	g := newGround(t)
	if out, err := trace(t, g.repo, os.DevNull, "linkat:error=EPERM"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if s := snapshot(t, g.repo); s != g.new {
		t.Errorf("got\n%s\nwant\n%s", s, g.new)
	}
}

// A pipe can be linked, but not copied.
func TestLinkRefusedToPipe(t *testing.T) {
	g := newGround(t)
	must(t, syscall.Mkfifo(filepath.Join(g.repo, "rendered/m2/pipe"), 0o600))
	before := snapshot(t, g.repo)
	out, err := trace(t, g.repo, os.DevNull, "linkat:error=EPERM")
	if err == nil || !strings.Contains(out, ".rendered.harender-next/m2/pipe: operation not permitted") {
		t.Errorf("%v: %s", err, out)
	}
	if after := snapshot(t, g.repo); after != before {
		t.Errorf("changed:\n%s", after)
	}
}

// A file system that is mounted inside must not be emptied: links into it fail, and so does the run.
func TestLinkAcross(t *testing.T) {
	g := newGround(t)
	out, err := trace(t, g.repo, os.DevNull, "linkat:error=EXDEV:when=2")
	if err == nil || !strings.Contains(out, "another file system") {
		t.Errorf("%v: %s", err, out)
	}
	if s := snapshot(t, g.repo); s != g.old {
		t.Errorf("got\n%s\nwant\n%s", s, g.old)
	}
}

// What the disk may reorder is held apart: new content before the exchange, the exchange before anything is deleted.
func TestOrderOfSync(t *testing.T) {
	g := newGround(t)
	log := filepath.Join(t.TempDir(), "log")
	if out, err := trace(t, g.repo, log); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	all := regexp.MustCompile(`(?m)^\d+ +(mkdirat|linkat|write|fchmod|syncfs|renameat2|fsync|unlinkat)\(`).FindAllStringSubmatch(content(t, log), -1)
	var order []string
	for _, m := range all {
		if call := m[1]; len(order) == 0 || order[len(order)-1] != call {
			order = append(order, call)
		}
	}
	got := strings.Join(order, " ")
	if !regexp.MustCompile(`^((mkdirat|linkat|write|fchmod) )+syncfs renameat2 fsync unlinkat$`).MatchString(got) {
		t.Errorf("%s", got)
	}
}

// Killed at random times, without anybody watching, and with several processors. The time that runs are given is halved
// when one was done before, and grows when one was not, so that they are killed all over their course.
func TestKilledAtRandom(t *testing.T) {
	rnd := random(t)
	killed, given := 0, 10*time.Millisecond
	for i := range 40 {
		g := newGround(t)
		cmd := self("replace", g.repo, 2)
		must(t, cmd.Start())
		time.Sleep(time.Duration(rnd.Int64N(int64(given))))
		must(t, cmd.Process.Kill())
		if err := cmd.Wait(); err != nil {
			killed++
			given += given / 2
		} else {
			given = max(given/2, time.Microsecond)
		}
		if isOld, isNew := g.settled(t); !isOld && !isNew {
			t.Fatalf("round %d: a mix:\n%s", i, snapshot(t, g.repo))
		}
		g.finish(t)
	}
	if killed == 0 {
		t.Error("no run was killed")
	}
}

// A real disk without room, one that is read-only, and one with another mounted inside.
func TestCrampedDisk(t *testing.T) {
	cmd := self("cramped", t.TempDir(), 0)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		t.Fatal("this test mounts a small disk: run it as root or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1)")
	}
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// cramped mounts 1 MiB, fills it, and makes it read-only, in a mount namespace of its own.
func cramped(dir string) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		return err
	}
	if _, err := tree.Replace(dir, "rendered", state(1), nil); err != nil {
		return err
	}
	if err := mounted(dir); err != nil {
		return err
	}
	big := append(state(2), tree.Entry{Path: "m1/big", Content: make([]byte, 2<<20)})
	if err := unchanged(dir, big, syscall.ENOSPC); err != nil {
		return err
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		return err
	}
	if _, err := tree.Replace(dir, "rendered", state(1), nil); err != nil {
		return fmt.Errorf("nothing to do, and yet: %w", err)
	}
	return unchanged(dir, state(2), syscall.EROFS)
}

// mounted wants a replacement to be refused while another file system is mounted below the directory.
func mounted(dir string) error {
	mnt := filepath.Join(dir, "rendered", "m1", "mnt")
	if err := makeDir(mnt); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", mnt, "tmpfs", 0, "size=64k"); err != nil {
		return err
	}
	_, err := tree.Replace(dir, "rendered", state(2), gone(2))
	if obstructed, ok := errors.AsType[*tree.ObstructedError](err); !ok || obstructed.Obstacles[0].What != "another file system" {
		return fmt.Errorf("across a mount: %w", err)
	}
	if err := syscall.Unmount(mnt, 0); err != nil {
		return err
	}
	return os.Remove(mnt) // #nosec G703 -- below a directory of the test
}

// unchanged wants a replacement to fail for the reason, and nothing else to happen.
func unchanged(dir string, entries []tree.Entry, reason error) error {
	before, err := describe(dir)
	if err != nil {
		return err
	}
	if _, err := tree.Replace(dir, "rendered", entries, gone(2)); !errors.Is(err, reason) {
		return fmt.Errorf("got %w, not %w", err, reason)
	}
	after, err := describe(dir)
	if err == nil && after != before {
		err = fmt.Errorf("changed:\n%s\n%s", before, after)
	}
	return err
}
