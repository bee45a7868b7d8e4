package vault

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
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
