package tree_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/harender/harender/internal/deliver/tree"
)

// TestMain lets the test binary stand in for harender, so that tests can kill it, starve it and run many at once.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "child" {
		runtime.LockOSThread()
		status := 0
		if err := child(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = 1
		}
		// Not os.Exit: where coverage is measured, it would write files of its own.
		syscall.Exit(status)
	}
	os.Exit(m.Run())
}

// self is a command that runs the test binary as a child.
func self(verb, repo string, n int) *exec.Cmd {
	return exec.Command(os.Args[0], "child", verb, repo, strconv.Itoa(n)) // #nosec G204 G702 -- this very program
}

func child(args []string) error {
	verb, repo := args[0], args[1]
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	switch verb {
	case "replace":
		_, err := tree.Replace(repo, "rendered", state(n), gone(n))
		return err
	case "both":
		return both(repo, n)
	case "hold":
		return hold(repo)
	case "rounds":
		return rounds(repo, n)
	case "cramped":
		return cramped(repo)
	default:
		return fmt.Errorf("no verb %q", verb)
	}
}

// rounds replaces the directory again and again under the lock, each time to the state after the one it finds, and
// looks whether it got there.
func rounds(repo string, n int) error {
	for range n {
		if err := round(repo); err != nil {
			return err
		}
	}
	return nil
}

func round(repo string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	unlock, err := tree.Lock(ctx, repo)
	if err != nil {
		return err
	}
	var found int
	b, err := os.ReadFile(filepath.Join(repo, "rendered", "m1", "etc", "differs")) // #nosec G304 G703 -- below a directory of the test
	if err != nil {
		return err
	}
	if _, err := fmt.Sscanf(string(b), "build %d", &found); err != nil {
		return err
	}
	if _, err := tree.Replace(repo, "rendered", state(found+1), gone(found+1)); err != nil {
		return err
	}
	if stats, err := tree.Replace(repo, "rendered", state(found+1), nil); err != nil || stats.Written > 0 {
		return fmt.Errorf("another process changed the directory under the lock: %v %w", stats, err)
	}
	return unlock()
}
