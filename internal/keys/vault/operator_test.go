package vault

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindOperator(t *testing.T) {
	home := t.TempDir()
	env := map[string]string{"HOME": home}
	made, err := FindOperator(lookup(env))
	if err != nil || !made.Created || made.File != filepath.Join(home, ".config/sops/age/keys.txt") {
		t.Fatalf("%+v, %v", made, err)
	}
	info, err := os.Stat(made.File)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	again, err := FindOperator(lookup(env))
	if err != nil || again.Created || again.Recipient != made.Recipient {
		t.Errorf("%+v, %v", again, err)
	}
	other := ageHolder(t, "other")
	env["SOPS_AGE_KEY"] = other.private
	if found, err := FindOperator(lookup(env)); err != nil || found != (Operator{Recipient: other.recipient}) {
		t.Errorf("%+v, %v", found, err)
	}
	v := load(t, policyFor(holder{recipient: made.Recipient}), nil)
	sealed, err := v.Seal(path, id, newPlain("key of a test"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := load(t, policyFor(other), map[string]string{"HOME": home}).Open(path, id, sealed); err != nil {
		t.Error(err)
	}
}

// TestFindOperatorRefuses to replace a file, and to guess a place.
func TestFindOperatorRefuses(t *testing.T) {
	if _, err := FindOperator(lookup(nil)); err == nil || !strings.Contains(err.Error(), "SOPS_AGE_KEY_FILE") {
		t.Errorf("got %v", err)
	}
	file := filepath.Join(t.TempDir(), "keys.txt")
	if err := os.WriteFile(file, []byte("AGE-PLUGIN-YUBIKEY-1NONSENSE\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := FindOperator(lookup(map[string]string{"SOPS_AGE_KEY_FILE": file}))
	if err == nil || !strings.Contains(err.Error(), "holds no age identity") || strings.Contains(err.Error(), "NONSENSE") {
		t.Errorf("got %v", err)
	}
	text, err := os.ReadFile(file) // #nosec G304 -- written above
	if err != nil || string(text) != "AGE-PLUGIN-YUBIKEY-1NONSENSE\n" {
		t.Errorf("the file is now %q, %v", text, err)
	}
}
