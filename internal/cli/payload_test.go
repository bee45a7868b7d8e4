package cli_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestPayloadShown keeps opened keys, and what is no text, off a terminal.
func TestPayloadShown(t *testing.T) {
	o, dir := newOperator(t), filepath.Join(t.TempDir(), "c")
	o.must(t, "init", dir, "--control-plane", "1", "--workers", "1")
	o.must(t, "build", dir)
	for _, c := range []struct {
		shown  bool
		args   string
		stderr string
	}{
		{true, "--format ignition --secrets open", "private keys in the clear, and this is a terminal"},
		{false, "--format ignition --secrets open", ""},
		{true, "--format tar", "nothing on w1 could open"},
	} {
		o.shown = c.shown
		code, stdout, stderr := o.run(append([]string{"payload", dir, "--node", "w1"}, strings.Fields(c.args)...)...)
		if (code != 0) != (c.stderr != "") || !strings.Contains(stderr, c.stderr) || (stdout != "") != (c.stderr == "") {
			t.Errorf("terminal: %v, %s: exit code %d, %d bytes\n%s", c.shown, c.args, code, len(stdout), stderr)
		}
	}
}
