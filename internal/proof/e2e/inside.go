//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// insideEnv tells the second process of the test that it is the one inside.
const insideEnv = "HARENDER_E2E_INSIDE"

func inside() bool { return os.Getenv(insideEnv) != "" }

// runInside runs one test of this binary again, as the first process of new namespaces. When that process ends, and be it
// that this one is killed, the kernel ends everything that was started in them.
func runInside(test string, limit time.Duration, env []string) error {
	// The parent of Pdeathsig is a thread, not a process.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+test+"$", "-test.v=true", "-test.timeout="+limit.String())
	cmd.Env = append(append(os.Environ(), insideEnv+"=1"), env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
	}
	return cmd.Run()
}

// settleInside makes the new namespaces usable: mounts stay among themselves, and /proc shows the processes that are here.
func settleInside(ctx context.Context) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts private: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	return runAll(ctx, here, "ip link set lo up")
}
