// Package reproducible holds the program to being the same bytes, wherever it is built.
package reproducible

import (
	"bytes"
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/harender/harender/internal/proof/testtool"
)

// builder is somebody who builds the program: where, and from which modules.
type builder struct{ folder, modules string }

// TestTwoBuilders builds the program by the Makefile, from the same commit in two folders, with other places of the modules and
// another umask: the bytes are the same, they say which commit they are of, and name no folder of either builder.
func TestTwoBuilders(t *testing.T) {
	t.Parallel()
	modules := output(t, ".", "go", "env", "GOMODCACHE")
	elsewhere := filepath.Join(t.TempDir(), "modules")
	if err := os.Symlink(modules, elsewhere); err != nil {
		t.Fatal(err)
	}
	one := builder{filepath.Join(t.TempDir(), "one"), modules}
	two := builder{filepath.Join(t.TempDir(), "a longer way/to another folder"), elsewhere}
	first, second := one.build(t, "022"), two.build(t, "077")
	if !bytes.Equal(first, second) {
		t.Errorf("the two differ: %d and %d bytes", len(first), len(second))
	}
	for _, place := range []string{one.folder, two.folder, modules, elsewhere, output(t, ".", "go", "env", "GOCACHE")} {
		if bytes.Contains(first, []byte(place)) {
			t.Errorf("the program names %s", place)
		}
	}
}

// build gives the program's bytes.
func (b builder) build(t *testing.T, umask string) []byte {
	t.Helper()
	commit := b.commit(t)
	cmd := exec.Command("sh", "-ec", "umask "+umask+"; exec make bin") // #nosec G204 -- the calls above
	cmd.Dir = b.folder
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOMODCACHE="+b.modules, "GOCACHE="+output(t, ".", "go", "env", "GOCACHE"), "TMPDIR="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make bin: %v\n%s", err, out)
	}
	program := filepath.Join(b.folder, ".build/bin/harender")
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"vcs.revision": commit, "vcs.modified": "false", "-trimpath": "true", "CGO_ENABLED": "0"} {
		if got := setting(info, key); got != want {
			t.Errorf("%s is %q, not %q", key, got, want)
		}
	}
	text, err := os.ReadFile(program) // #nosec G304 -- below a directory of the test
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// commit makes a repository of the files as they are here, in one commit that is the same everywhere.
func (b builder) commit(t *testing.T) string {
	t.Helper()
	from := filepath.Dir(testtool.Testdata(t))
	for name := range strings.SplitSeq(output(t, from, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00") {
		if strings.HasPrefix(name, "docs/") || strings.Contains(name, "testdata/") || strings.HasSuffix(name, "_test.go") || name == "" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(from, name)) // #nosec G304 -- a file of this repository
		if os.IsNotExist(err) {
			continue // It is deleted, and git does not know yet.
		}
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(b.folder, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	output(t, b.folder, "git", "init", "-q")
	output(t, b.folder, "git", "-c", "core.fileMode=false", "add", ".")
	output(t, b.folder, "git", "-c", "user.name=n", "-c", "user.email=e", "commit", "-q", "-m", "one")
	return output(t, b.folder, "git", "rev-parse", "HEAD")
}

// output of a program at a place and time that are the same for all builders.
func output(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...) // #nosec G204 -- the calls above
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, &complaints)
	}
	return strings.TrimRight(string(out), "\n")
}
