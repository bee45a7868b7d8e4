package cli_test

import (
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// call is one of the system's that a process made, its threads and children included.
type call struct {
	name string
	// texts are the strings among its arguments, result is what it gave, such as 0, and opened the file that it opened.
	texts          [][]byte
	result, opened string
	// raw is all of it, as strace prints it.
	raw string
	// cut: strace shows only the beginning of a string.
	cut bool
}

var (
	straceText   = regexp.MustCompile(`"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?`)
	straceResult = regexp.MustCompile(`\) += (-?\d+)(?:<((?:\\x[0-9a-f]{2})*)>)?[^()]*$`)
)

// straced runs a command line of the program under strace, and gives those calls that are asked for, with strings up to a length.
func straced(t *testing.T, calls, length string, env []string, args ...string) (all []call, said string) {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("strace is missing: apt-get install strace")
	}
	log := filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command("strace", append([]string{"-f", "--seccomp-bpf", "-v", "-xx", "-y", "-s", length, "-o", log, "-e", "trace=" + calls, "harender"}, args...)...) // #nosec G204 -- the program itself
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	if _, ended := err.(*exec.ExitError); err != nil && !ended { //nolint:errorlint // as exec gives it
		t.Fatal(err)
	}
	begun := map[string]string{} // Calls of threads that others interrupt, by thread.
	for line := range strings.Lines(mustRead(t, log)) {
		thread, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		if head, unfinished := strings.CutSuffix(rest, "<unfinished ...>"); unfinished {
			begun[thread] = head
			continue
		}
		if strings.HasPrefix(rest, "<... ") {
			_, tail, _ := strings.Cut(rest, " resumed>")
			rest = begun[thread] + tail
		}
		if c, ok := parseCall(t, rest); ok {
			all = append(all, c)
		}
	}
	return all, string(out)
}

func parseCall(t *testing.T, text string) (call, bool) {
	t.Helper()
	name, _, found := strings.Cut(text, "(")
	if !found || strings.HasPrefix(text, "+++") || strings.HasPrefix(text, "---") {
		return call{}, false
	}
	c := call{name: name, raw: text}
	for _, m := range straceText.FindAllStringSubmatch(text, -1) {
		c.texts = append(c.texts, unhex(t, m[1]))
		c.cut = c.cut || m[2] != ""
	}
	if m := straceResult.FindStringSubmatch(text); m != nil {
		c.result, c.opened = m[1], string(unhex(t, m[2]))
	}
	return c, true
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
	if err != nil {
		t.Fatalf("strace -xx prints %q: %v", text, err)
	}
	return raw
}

// TestStraced: what is known to happen is seen, in one thread and in many.
func TestStraced(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "x y\"\u00fc")
	write(t, file, "a: b\n")
	calls, said := straced(t, "execve,openat,write", "100", []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, "textconv", file)
	if said != "a: b\n" {
		t.Fatal(said)
	}
	if !slices.ContainsFunc(calls, func(c call) bool { return c.opened == file }) {
		t.Errorf("the file is not among %d calls", len(calls))
	}
	if !slices.ContainsFunc(calls, func(c call) bool {
		return c.name == "write" && len(c.texts) == 1 && string(c.texts[0]) == "a: b\n" && c.result == "5"
	}) {
		t.Error("what it prints is not seen")
	}
	if calls[0].name != "execve" || calls[0].result != "0" {
		t.Errorf("it begins with %+v", calls[0])
	}
}
