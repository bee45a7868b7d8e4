package cli_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	harender "github.com/harender/harender"
	"github.com/harender/harender/internal/deliver/payload"
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
		{true, "--format tar", "the payload is no text, and this is a terminal"},
		{false, "--format tar", "nothing on w1 could open"},
	} {
		o.shown = c.shown
		code, stdout, stderr := o.run(append([]string{"payload", dir, "--node", "w1"}, strings.Fields(c.args)...)...)
		if (code != 0) != (c.stderr != "") || !strings.Contains(stderr, c.stderr) || (stdout != "") != (c.stderr == "") {
			t.Errorf("terminal: %v, %s: exit code %d, %d bytes\n%s", c.shown, c.args, code, len(stdout), stderr)
		}
	}
}

// TestSizes holds the tables of deliver.md to what is packed, and to the platforms. Random keys, and names, make sizes differ a little.
func TestSizes(t *testing.T) {
	rows := tableRows(t, "docs/deliver.md")
	platforms, err := payload.Platforms(harender.Assets)
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range platforms {
		if row := rows[name]; len(row) == 0 || strings.ReplaceAll(row[0], ",", "") != strconv.Itoa(p.Bytes) {
			t.Errorf("%s takes %d bytes, and the document says %q", name, p.Bytes, row)
		}
	}
	o, dir := newOperator(t), filepath.Join(t.TempDir(), "c")
	o.must(t, "init", dir)
	spec := filepath.Join(dir, "cluster.yaml")
	text, err := os.ReadFile(spec)
	if err != nil {
		t.Fatal(err)
	}
	spelled := string(text)
	for node, key := range map[string]string{
		"m1": "AAAAC3NzaC1lZDI1NTE5AAAAIOMMFXrdzUcYWdP62vLYAmLF42nb0iQAjtuY245yZXBV",
		"w1": "AAAAC3NzaC1lZDI1NTE5AAAAIDyY+lFEc4taOBUinqbbSPi9n9KFMs/tjSAOQO64QY1j",
	} {
		spelled = strings.Replace(spelled, "name: "+node+", ", "name: "+node+`, recipients: ["ssh-ed25519 `+key+` root@`+node+`"], `, 1)
	}
	if err := os.WriteFile(spec, []byte(spelled), 0o600); err != nil {
		t.Fatal(err)
	}
	o.must(t, "build", dir)
	for _, format := range []string{"tar", "ignition", "cloud-init"} {
		var got []int
		for _, node := range []string{"m1", "w1"} {
			for _, compress := range []string{"--compress=false", "--compress"} {
				got = append(got, len(o.must(t, "payload", dir, "--format", format, "--node", node, compress)))
			}
		}
		for i, bytes := range got {
			kib, err := strconv.Atoi(append(rows[format], "", "", "", "")[i])
			if off := bytes - kib*1024; err != nil || max(off, -off) > 1024 {
				t.Errorf("%s has %d bytes (%v), and the document says %q KiB", format, got, err, rows[format])
				break
			}
		}
	}
}

// tableRows are the last rows of the document's tables that begin with that word, by the word: the other cells.
func tableRows(t *testing.T, name string) map[string][]string {
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\| (.*) \\|$").FindAllStringSubmatch(string(text), -1) {
		rows[m[1]] = strings.Split(m[2], " | ")
	}
	return rows
}
