package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/harender/harender/internal/deliver/tree"
)

// nobody is whom the program runs as where the test is root, from whom nothing is kept.
const nobody = 65534

// TestPrivate looks at a build from outside, while it waits for another one: no core file would be left of it, and its
// memory is not its user's but root's.
func TestPrivate(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil { // #nosec G302 -- for nobody to reach the program
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "harender")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil { // #nosec G204 -- this package
		t.Fatalf("%v\n%s", err, out)
	}
	busy, err := tree.Lock(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = busy() }()
	const coreFiles = "ulimit -S -c $(ulimit -H -c); exec "
	cmd := exec.Command("sh", "-c", coreFiles+"'"+program+"' build '"+dir+"'") // #nosec G204 -- what was just built
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = cmd.Process.Kill(), cmd.Wait() }()
	proc := fmt.Sprintf("/proc/%d", cmd.Process.Pid)
	limit := regexp.MustCompile(`(?m)^Max core file size +0 +0 `)
	if !soon(func() bool { return limit.MatchString(contents(proc + "/limits")) }) {
		t.Errorf("it would leave a core file:\n%s", contents(proc+"/limits"))
	}
	if !soon(func() bool { return owner(proc+"/mem") == 0 }) {
		t.Errorf("%s/mem is of the user %d", proc, owner(proc+"/mem"))
	}
	if !strings.Contains(contents(proc+"/cmdline"), "build") {
		t.Error("the program has ended")
	}
}

// soon waits for what a process does first of all.
func soon(done func() bool) bool {
	for range 500 {
		if done() {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

func contents(name string) string {
	f, err := os.Open(name) // #nosec G304 -- of /proc
	if err != nil {
		return err.Error()
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(f)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func owner(name string) int {
	info, err := os.Stat(name)
	if err != nil {
		return -1
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid)
	}
	return -1
}
