package vault

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/proof/testtool"
)

// TestLabel reads the label without a key, and opens the file as what it is labelled alone.
func TestLabel(t *testing.T) {
	operator := ageHolder(t, "operator")
	v := load(t, policyFor(operator), operator.environment(t))
	sealed := must[secret.Sealed](t)(v.Seal(path, id, newPlain("key of a test"), nil))
	label, recipients, err := Read(sealed)
	if err != nil || label != id || len(recipients) != 1 || recipients[0] != operator.recipient {
		t.Errorf("read %q, %v, %v", label, recipients, err)
	}
	_, err = v.Open(path, "nodes/m2/server", sealed)
	var told *UserError
	if !errors.As(err, &told) || told.Diagnostic.Pos.File != path || told.Diagnostic.Hint != restore ||
		!strings.Contains(err.Error(), `it is labelled "nodes/m1/server", not nodes/m2/server`) {
		t.Errorf("got %v", err)
	}
	if _, err := v.Seal(path, "", newPlain("key of a test"), nil); err == nil {
		t.Error("a file was sealed without a label")
	}
}

// TestStockKeepsLabel hands a labelled file to stock sops: its plaintext is the plaintext and nothing else, whatever
// renews its keys keeps the label, and another label or none breaks its authentication code.
func TestStockKeepsLabel(t *testing.T) {
	sops := testtool.Build(t, "github.com/getsops/sops/v3/cmd/sops")
	operator, second := ageHolder(t, "operator"), ageHolder(t, "second")
	root := repository(t, policyFor(operator))
	env := operator.environment(t)
	v, problems := Load(root, now, lookup(env))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	plain := []byte("-----BEGIN PRIVATE KEY-----\nnot a real one\x00\xff\n")
	sealed := must[secret.Sealed](t)(v.Seal(path, id, secret.NewPlain(bytes.Clone(plain)), nil))
	file := filepath.Join(root, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	stock := func(text []byte, args ...string) (out, left []byte, err error) {
		t.Helper()
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(sops, append(args, file)...) // #nosec G204 -- built by this test
		cmd.Dir, cmd.Env = root, []string{"HOME=" + env["HOME"], "SOPS_AGE_KEY_FILE=" + env["SOPS_AGE_KEY_FILE"]}
		out, err = cmd.Output()
		return out, must[[]byte](t)(os.ReadFile(file)), err
	}
	decrypt := []string{"decrypt", "--input-type", "binary", "--output-type", "binary"}
	if out, _, err := stock(sealed, decrypt...); err != nil || !bytes.Equal(out, plain) {
		t.Errorf("stock sops decrypts %q, %v", out, err)
	}
	if err := os.WriteFile(filepath.Join(root, ConfigName), []byte(policyFor(operator, second)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"updatekeys", "--yes", "--input-type", "binary"},
		{"rotate", "--in-place", "--input-type", "binary", "--output-type", "binary", "--add-age", second.recipient},
	} {
		_, left, err := stock(sealed, args...)
		if err != nil || bytes.Equal(left, sealed) {
			t.Errorf("sops %s: %v", args[0], err)
		}
		if label, to, err := Read(left); err != nil || label != id || len(to) != 2 {
			t.Errorf("after sops %s the label is %q, recipients %v, %v", args[0], label, to, err)
		}
		if said, _, err := ReadLabel(left); err != nil || !slices.Equal(said.Recipients, []string{operator.recipient}) {
			t.Errorf("after sops %s its label says that it was sealed to %v, %v", args[0], said.Recipients, err)
		}
		if opened, err := v.Open(path, id, left); err != nil || !bytes.Equal(opened.Reveal(), plain) {
			t.Errorf("after sops %s: %q, %v", args[0], opened.Reveal(), err)
		}
	}
	const line = `"id_unencrypted": "nodes/m1/server"`
	for name, to := range map[string]string{
		"another": `"id_unencrypted": "nodes/m2/server"`, "case": `"ID_unencrypted": "nodes/m1/server"`, "none": `"id_unencrypted": null`,
		"twice": line + "," + line, "further": line + `, "x_unencrypted": ""`, "no text": `"id_unencrypted": {"a": "nodes/m1/server"}`,
	} {
		changed := strings.Replace(string(sealed), line, to, 1)
		if changed == string(sealed) {
			t.Fatalf("there is no %s in\n%s", line, sealed)
		}
		label, _, _ := Read([]byte(changed))
		if opened, err := v.Open(path, label, []byte(changed)); err == nil {
			t.Errorf("%s: opened %q", name, opened.Reveal())
		}
		if out, _, err := stock([]byte(changed), decrypt...); err == nil && name != "case" && name != "further" && name != "no text" {
			t.Errorf("%s: stock sops opened %q", name, out)
		}
	}
}

// TestLabelOfRecipients edits the list of recipients and what the label says of it, as somebody without a key can: whatever
// of the label is edited breaks the code, and what is not is told.
func TestLabelOfRecipients(t *testing.T) {
	operator, second, thief := ageHolder(t, "operator"), ageHolder(t, "second"), ageHolder(t, "thief")
	v := load(t, policyFor(operator, second), operator.environment(t))
	sealed := string(must[secret.Sealed](t)(v.Seal(path, id, newPlain("key of a test"), nil)))
	both := slices.Sorted(slices.Values([]string{operator.recipient, second.recipient}))
	if label, to, err := ReadLabel([]byte(sealed)); err != nil || !slices.Equal(label.Recipients, both) || !slices.Equal(to, both) {
		t.Fatalf("sealed to %v, labelled %v, %v", to, label.Recipients, err)
	}
	label := regexp.MustCompile(`"recipients_unencrypted": \[[^\]]*\]`)
	relabel := func(text string) string { return label.ReplaceAllLiteralString(sealed, text) }
	list := func(names ...string) string {
		return `"recipients_unencrypted": ["` + strings.Join(names, `", "`) + `"]`
	}
	for name, c := range map[string]struct {
		file     string
		says     []string
		readable bool
	}{
		"another":            {relabel(list(thief.recipient)), []string{thief.recipient}, true},
		"one more":           {relabel(list(append([]string{thief.recipient}, both...)...)), append([]string{thief.recipient}, both...), true},
		"one less":           {relabel(list(both[0])), both[:1], true},
		"another order":      {relabel(list(both[1], both[0])), []string{both[1], both[0]}, true},
		"empty":              {relabel(`"recipients_unencrypted": []`), []string{}, true},
		"none":               {relabel(`"recipients_unencrypted": null`), nil, true},
		"text":               {relabel(`"recipients_unencrypted": "` + both[0] + both[1] + `"`), nil, false},
		"nested":             {relabel(`"recipients_unencrypted": [["` + both[0] + `"], "` + both[1] + `"]`), nil, false},
		"gone":               {strings.Replace(relabel(`"gone": 1`), `"gone": 1,`, "", 1), nil, true},
		"another's name":     {relabel(`"public_key_unencrypted": "` + both[0] + both[1] + `"`), nil, true},
		"another case":       {relabel(strings.ToUpper(`"recipients_unencrypted"`) + `: ["` + thief.recipient + `"]`), nil, false},
		"another case, too":  {relabel(list(both...) + `, "Recipients_unencrypted": ["` + thief.recipient + `"]`), nil, false},
		"twice":              {relabel(list(both...) + ", " + list(thief.recipient)), nil, false},
		"escaped, and twice": {relabel(list(both...) + `, "recipient\u0073_unencrypted": ["` + thief.recipient + `"]`), nil, false},
	} {
		if c.file == sealed {
			t.Fatalf("%s: nothing was edited", name)
		}
		said, _, err := ReadLabel([]byte(c.file))
		if (err == nil) != c.readable || c.readable && !slices.Equal(said.Recipients, c.says) {
			t.Errorf("%s: %q, %v", name, said.Recipients, err)
		}
		if opened, err := v.Open(path, id, []byte(c.file)); err == nil {
			t.Errorf("%s: opened %q", name, opened.Reveal())
		}
	}
}

// inMetadata replaces a text once in what no code is on.
func inMetadata(sealed, old, text string) string {
	label, metadata, _ := strings.Cut(sealed, `"sops"`)
	return label + `"sops"` + strings.Replace(metadata, old, text, 1)
}
