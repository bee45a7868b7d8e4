package tree_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/harender/harender/internal/deliver/tree"
)

// hold takes the lock, says so, and keeps it until it is told to go on or killed.
func hold(repo string) error {
	unlock, err := tree.Lock(context.Background(), repo)
	if err != nil {
		return err
	}
	fmt.Println("held")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	return unlock()
}

// holding starts a child that holds the lock, and gives it up when its input ends.
func holding(t *testing.T, repo string, under ...string) (child *exec.Cmd, input io.Closer) {
	t.Helper()
	cmd := self("hold", repo, 0)
	if len(under) > 0 {
		cmd = exec.Command(under[0], slices.Concat(under[1:], cmd.Args)...) // #nosec G204 -- arguments of this test
	}
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, needsStrace(cmd.Start()))
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("%q %v", line, err)
	}
	return cmd, in
}

func TestLock(t *testing.T) {
	repo := repository(t)
	holder, _ := holding(t, repo)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := tree.Lock(ctx, repo)
	busy, ok := errors.AsType[*tree.BusyError](err)
	if !ok || busy.PID != holder.Process.Pid || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, held by %d", err, holder.Process.Pid)
	}
	if want := fmt.Sprintf("another harender (process %d) is at work", holder.Process.Pid); !strings.Contains(err.Error(), want) {
		t.Errorf("message: %v", err)
	}
	must(t, holder.Process.Kill())
	_ = holder.Wait()
	cancel()
	unlock, err := tree.Lock(ctx, repo)
	if err != nil {
		t.Fatalf("after the holder was killed: %v", err)
	}
	must(t, unlock())
	if got := names(t, repo); len(got) > 0 {
		t.Errorf("left over: %v", got)
	}
	if _, err := tree.Lock(t.Context(), filepath.Join(repo, "nowhere")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// Where directories cannot be locked, a file stands in, and goes with the lock.
func TestLockFile(t *testing.T) {
	repo := repository(t)
	for range 3 {
		holder, input := holding(t, repo, "strace", "-f", "-qq", "-o", os.DevNull, "-e", "inject=flock:error=EBADF:when=1")
		if got := names(t, repo); !slices.Equal(got, []string{".harender.lock"}) {
			t.Errorf("%v", got)
		}
		must(t, input.Close())
		if err := holder.Wait(); err != nil {
			t.Errorf("%v", err)
		}
		if got := names(t, repo); len(got) > 0 {
			t.Errorf("left over: %v", got)
		}
	}
}

// Many processes replace the directory, each to the state after the one it finds: no round is lost.
func TestManyProcesses(t *testing.T) {
	const processes, each = 20, 5
	repo := repository(t)
	replace(t, repo, state(1))
	var wg sync.WaitGroup
	for range processes {
		wg.Go(func() {
			cmd := self("rounds", repo, each)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wg.Wait()
	if stats := replace(t, repo, state(1+processes*each)); stats != (tree.Stats{Unchanged: 6}) {
		t.Errorf("%+v\n%s", stats, snapshot(t, repo))
	}
	if got := names(t, repo); !slices.Equal(got, []string{"rendered"}) {
		t.Errorf("left over: %v", got)
	}
}

// Anyone who opens the directory while it is replaced sees one state, or files that are gone, but never two states.
func TestReader(t *testing.T) {
	repo := repository(t)
	replace(t, repo, state(1))
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					if err := readOnce(repo); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	for n := 2; n < 300; n++ {
		replace(t, repo, state(n), gone(n)...)
	}
	close(done)
	wg.Wait()
}

func readOnce(repo string) error {
	root, err := os.OpenRoot(filepath.Join(repo, "rendered"))
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	index, errIndex := root.ReadFile("m1.index.json")
	differs, errDiffers := root.ReadFile("m1/etc/differs")
	for _, err := range []error{errIndex, errDiffers} {
		if err != nil {
			if errors.Is(err, os.ErrNotExist) {
				return nil
			}
			return err
		}
	}
	if strings.Fields(string(index))[1] != strings.Fields(string(differs))[1] {
		return fmt.Errorf("%q beside %q", index, differs)
	}
	return nil
}
