package vault

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/proof/testtool"
)

// service stands in for the key services of HashiCorp Vault (transit), AWS and Google, as far as sops asks them: what one
// of its keys sealed, the same key of the same service opens.
type service struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// requests since they were asked for last.
func (s *service) requests() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := strings.Join(s.asked, ", ")
	s.asked = nil
	return out
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in map[string]any
	_ = json.NewDecoder(r.Body).Decode(&in) // Anyone who sends nothing gets nothing.
	text := func(name string) string { v, _ := in[name].(string); return v }
	var did, key string
	var out any
	switch target := r.Header.Get("X-Amz-Target"); {
	case target == "TrentService.Encrypt":
		did, key = "encrypt", text("KeyId")
		out = map[string]any{"KeyId": key, "CiphertextBlob": s.seal(key, text("Plaintext"))}
	case target == "TrentService.Decrypt":
		did, key = "decrypt", text("KeyId")
		out = map[string]any{"KeyId": key, "Plaintext": s.open(key, text("CiphertextBlob"))}
	case strings.HasPrefix(r.URL.Path, "/v1/transit/"):
		did, key, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1/transit/"), "/")
		out = map[string]any{"data": map[string]any{
			"ciphertext": "vault:v1:" + s.seal(key, text("plaintext")),
			"plaintext":  s.open(key, strings.TrimPrefix(text("ciphertext"), "vault:v1:")),
		}}
	default:
		key, did, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1/"), ":")
		out = map[string]any{"ciphertext": s.seal(key, text("plaintext")), "plaintext": s.open(key, text("ciphertext"))}
	}
	s.mu.Lock()
	s.asked = append(s.asked, did+" "+key)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out)
}

// seal binds the text, which is base64, to the service and the key.
func (s *service) seal(key, text string) string {
	return base64.StdEncoding.EncodeToString([]byte(s.URL + " " + key + " " + text))
}

func (s *service) open(key, sealed string) string {
	plain, _ := base64.StdEncoding.DecodeString(sealed)
	text, ours := strings.CutPrefix(string(plain), s.URL+" "+key+" ")
	if !ours {
		return ""
	}
	return text
}

const (
	arn     = "arn:aws:kms:eu-central-1:111122223333:key/k"
	gcpName = "projects/p/locations/global/keyRings/r/cryptoKeys/k"
)

// TestKeyServices seals to a key of each service, opens it there again, and shows that stock sops opens it too. A service
// that only the sealed file names is not asked.
func TestKeyServices(t *testing.T) {
	sops := testtool.Build(t, "github.com/getsops/sops/v3/cmd/sops")
	ours, theirs := newService(t), newService(t)
	for name, value := range map[string]string{
		"VAULT_TOKEN": "token", "AWS_ENDPOINT_URL_KMS": ours.URL, "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret",
		"SOPS_GCP_KMS_ENDPOINT": ours.URL, "SOPS_GCP_KMS_CLIENT_TYPE": "rest", "GOOGLE_OAUTH_ACCESS_TOKEN": "token",
		"HOME": t.TempDir(),
	} {
		t.Setenv(name, value)
	}
	for _, c := range []struct{ name, policy, recipient, key, foreign string }{
		{"vault", "hc_vault_transit_uri: " + ours.URL + "/v1/transit/keys/k", "hc_vault:" + ours.URL + "/v1/transit/keys/k", "k", theirs.URL},
		{"aws", "kms: " + arn, "kms:" + arn, arn, ""},
		{"gcp", "gcp_kms: " + gcpName, "gcp_kms:" + gcpName, gcpName, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := load(t, "creation_rules:\n  - "+c.policy+"\n", nil)
			planned := must[[]string](t)(v.RecipientsFor(path, nil))
			if !slices.Equal(planned, []string{c.recipient}) || ours.requests() != "" {
				t.Errorf("planned %v, or the service was asked for that", planned)
			}
			sealed := must[secret.Sealed](t)(v.Seal(path, id, newPlain("key of a test"), nil))
			if got := ours.requests(); got != "encrypt "+c.key {
				t.Errorf("sealing asked: %s", got)
			}
			if _, have, err := Read(sealed); err != nil || !slices.Equal(have, planned) || ours.requests() != "" {
				t.Errorf("recipients %v, or the service was asked for them", have)
			}
			plain, err := v.Open(path, id, sealed)
			if err != nil || string(plain.Reveal()) != "key of a test" {
				t.Errorf("opened %q, %v", plain.Reveal(), err)
			}
			if got := ours.requests(); got != "decrypt "+c.key {
				t.Errorf("opening asked: %s", got)
			}
			if out, err := stockOpen(t, sops, sealed); err != nil || out != "key of a test" {
				t.Errorf("stock sops: %q, %v", out, err)
			}
			ours.requests()
			foreign := inMetadata(string(sealed), ours.URL, c.foreign)
			if c.foreign == "" {
				foreign = inMetadata(string(sealed), c.key, strings.TrimSuffix(c.key, "k")+"other")
			}
			if _, err := v.Open(path, id, []byte(foreign)); err == nil || ours.requests()+theirs.requests() != "" {
				t.Errorf("a key that only the file names was asked, or opened it: %v", err)
			}
			if _, err := load(t, policyFor(ageHolder(t, "operator")), nil).Open(path, id, sealed); err == nil || ours.requests() != "" {
				t.Errorf("a service that the policy has no more was asked: %v", err)
			}
		})
	}
}

// TestKeyServiceDown repeats what the service says, and that nothing was sealed.
func TestKeyServiceDown(t *testing.T) {
	t.Setenv("VAULT_TOKEN", "hvs.of-a-test")
	t.Setenv("VAULT_MAX_RETRIES", "0")
	down := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"errors": ["permission denied"]}`)
	}))
	defer down.Close()
	_, err := load(t, "creation_rules:\n  - hc_vault_transit_uri: "+down.URL+"/v1/transit/keys/k\n", nil).Seal(path, id, newPlain("token of a test"), nil)
	if err == nil || !strings.Contains(err.Error(), "permission denied") || strings.Contains(err.Error(), "hvs.") {
		t.Errorf("got %v", err)
	}
}

// TestPGP seals to a key of GnuPG, which opens it again; a keyring without the private key does not.
func TestPGP(t *testing.T) {
	sops := testtool.Build(t, "github.com/getsops/sops/v3/cmd/sops")
	full, public := keyring(t), keyring(t)
	gpg(t, full, "--passphrase", "", "--quick-gen-key", "operator@example.com", "default", "default", "never")
	var fingerprint string
	for line := range strings.Lines(gpg(t, full, "--with-colons", "--list-keys")) {
		if f := strings.Split(strings.TrimSpace(line), ":"); f[0] == "fpr" && fingerprint == "" {
			fingerprint = f[9]
		}
	}
	exported := filepath.Join(t.TempDir(), "public")
	gpg(t, full, "--output", exported, "--export", fingerprint)
	gpg(t, public, "--import", exported)
	policy := "creation_rules:\n  - pgp: " + fingerprint + "\n"
	t.Setenv("GNUPGHOME", public)
	sealed := must[secret.Sealed](t)(load(t, policy, nil).Seal(path, id, newPlain("key of a test"), nil))
	if _, have, err := Read(sealed); err != nil || !slices.Equal(have, []string{"pgp:" + fingerprint}) {
		t.Errorf("recipients %v", have)
	}
	if _, err := load(t, policy, nil).Open(path, id, sealed); err == nil {
		t.Error("opened without the private key")
	}
	t.Setenv("GNUPGHOME", full)
	plain, err := load(t, policy, nil).Open(path, id, sealed)
	if err != nil || string(plain.Reveal()) != "key of a test" {
		t.Errorf("opened %q, %v", plain.Reveal(), err)
	}
	if out, err := stockOpen(t, sops, sealed); err != nil || out != "key of a test" {
		t.Errorf("stock sops: %q, %v", out, err)
	}
	if _, err := load(t, policyFor(ageHolder(t, "operator")), nil).Open(path, id, sealed); err == nil {
		t.Error("GnuPG was asked, although the policy has no such key")
	}
}

// keyring is a home of GnuPG. Its path is short: the agent's socket lies there.
func keyring(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "gpg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", dir, "--kill", "all").Run() // #nosec G204 -- of this test
		_ = os.RemoveAll(dir)
	})
	return dir
}

func gpg(t *testing.T, home string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("gpg"); err != nil {
		t.Fatal("this test needs gpg: install the package gnupg")
	}
	out, err := exec.Command("gpg", append([]string{"--homedir", home, "--batch", "--quiet"}, args...)...).CombinedOutput() // #nosec G204 -- of this test
	if err != nil {
		t.Fatalf("gpg %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// stockOpen is what sops makes of the file in this test's environment.
func stockOpen(t *testing.T, sops string, sealed secret.Sealed) (string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "server.key.sops")
	if err := os.WriteFile(file, sealed, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(sops, "decrypt", "--input-type", "binary", "--output-type", "binary", file).Output() // #nosec G204 -- built by testtool
	return string(out), err
}
