package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
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
	if i := slices.IndexFunc(found, func(s string) bool { return strings.HasPrefix(s, "control: write:") }); i < 0 {
		t.Error("the trace does not show the file that was asked for in the clear")
	} else {
		found = slices.Delete(found, i, i+1)
	}
	for _, leak := range found {
		t.Error(leak)
	}
}

// trace runs a command line and looks at each call that hands bytes on. The first one is the program's own start, with the
// environment that the operator gave it.
func (l *leaks) trace(name, line, dir, out string, env []string) {
	l.t.Helper()
	const handing = "execve,write,pwrite64,writev,pwritev,sendto,sendmsg,openat,symlinkat,setxattr,memfd_create"
	calls, said := straced(l.t, handing, "10000000", env, strings.Fields(strings.NewReplacer("DIR", dir, "OUT", out).Replace(line))...)
	l.runs++
	if len(calls) < 20 {
		l.t.Fatalf("%s: %d calls\n%s", line, len(calls), said)
	}
	for _, c := range calls[1:] {
		l.call(name, c)
	}
}

// call looks at all strings of a call together.
func (l *leaks) call(name string, c call) {
	l.t.Helper()
	if c.cut {
		l.t.Fatalf("%s: not all of a string of %s", name, c.name)
	}
	var all []byte
	for _, text := range c.texts {
		if bytes.HasPrefix(text, []byte(l.tmp+"/")) {
			l.t.Errorf("%s: a file in TMPDIR: %s %s", name, c.name, text)
		}
		all = append(append(all, text...), 0)
	}
	l.look(name+": "+c.name, all)
}
