package cli_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestNoSecretLeavesTheProcess traces whole processes, their children too: what they write into files and pipes, files that
// are gone by the end among them, and the arguments and the environment of what they run.
func TestNoSecretLeavesTheProcess(t *testing.T) {
	l := newLeaks(t)
	base, who := l.base()
	out := t.TempDir()
	env := []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + l.tmp, "HOME=" + out}
	for _, c := range []struct {
		line, key string
		before    func()
	}{
		{"build DIR --locked", "", nil},
		{"build DIR", who.env["SOPS_AGE_KEY"], func() { must(t, os.RemoveAll(filepath.Join(base, "secrets/nodes/w1"))) }},
		{"check DIR -o json", who.env["SOPS_AGE_KEY"], nil},
		{"certs list DIR", "", nil},
		{"certs renew DIR --node m1 -o json", who.env["SOPS_AGE_KEY"], nil},
		{"certs rotate-ca kubernetes DIR --stage", who.env["SOPS_AGE_KEY"], nil},
		{"certs rotate-key encryption DIR --stage", who.env["SOPS_AGE_KEY"], nil},
		{"build DIR", who.stranger, func() { must(t, os.Remove(filepath.Join(base, leafKey))) }},
		{"build DIR", who.env["SOPS_AGE_KEY"], func() { change(t, base, "cluster.yaml", "apiServer: {", "apiServer: {certSANs: [api.example.org], ") }},
	} {
		if c.before != nil {
			c.before()
		}
		l.trace(c.line, c.line, base, out, append(env, "SOPS_AGE_KEY="+c.key))
		l.walk("traced "+c.line, base, nil)
	}
	l.trace("control", "kubeconfig anna DIR --validity 1h --out OUT/anna.conf", base, out, append(env, "SOPS_AGE_KEY="+who.env["SOPS_AGE_KEY"]))
	l.learnKubeconfigs(out)
	found := l.found()
	if i := slices.IndexFunc(found, func(s string) bool { return strings.HasPrefix(s, "control: write(") }); i < 0 {
		t.Error("the trace does not show the file that was asked for in the clear")
	} else {
		found = slices.Delete(found, i, i+1)
	}
	for _, leak := range found {
		t.Error(leak)
	}
}

// quotedHex is a string as strace -xx prints it; dots follow one that is cut.
var quotedHex = regexp.MustCompile(`"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?`)

// trace runs a command line and looks at each call that hands bytes on. The first one is the program's own start, with the
// environment that the operator gave it.
func (l *leaks) trace(name, line, dir, out string, env []string) {
	l.t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		l.t.Fatal("strace is missing: apt-get install strace")
	}
	log := filepath.Join(l.t.TempDir(), "trace")
	args := []string{
		"-f", "-v", "-xx", "-s", "10000000", "-o", log,
		"-e", "trace=execve,write,pwrite64,writev,pwritev,sendto,sendmsg,openat,symlinkat,setxattr,memfd_create", "harender",
	}
	cmd := exec.Command(strace, append(args, strings.Fields(strings.NewReplacer("DIR", dir, "OUT", out).Replace(line))...)...) // #nosec G204 -- the program itself
	cmd.Env = env
	said, err := cmd.CombinedOutput()
	if _, ended := err.(*exec.ExitError); err != nil && !ended { //nolint:errorlint // as exec gives it
		l.t.Fatal(err)
	}
	l.runs++
	calls := bytes.Split([]byte(mustRead(l.t, log)), []byte("\n"))
	if len(calls) < 20 {
		l.t.Fatalf("%s: %d calls\n%s", line, len(calls), said)
	}
	for _, call := range calls[1:] {
		l.call(name, string(call))
	}
}

// call looks at all strings of a call together.
func (l *leaks) call(name, call string) {
	l.t.Helper()
	_, what, _ := strings.Cut(call, " ") // The process.
	what, _, _ = strings.Cut(strings.TrimSpace(what), "\"")
	var all []byte
	for _, m := range quotedHex.FindAllStringSubmatch(call, -1) {
		raw, err := hex.DecodeString(strings.ReplaceAll(m[1], `\x`, ""))
		if err != nil || m[2] != "" {
			l.t.Fatalf("%s: not all of a string: %s (%v)", name, call[:min(len(call), 200)], err)
		}
		if bytes.HasPrefix(raw, []byte(l.tmp+"/")) {
			l.t.Errorf("%s: a file in TMPDIR: %s %s", name, what, raw)
		}
		all = append(append(all, raw...), 0)
	}
	l.look(name+": "+what, all)
}
