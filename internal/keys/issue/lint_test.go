package issue

import (
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	zx509 "github.com/zmap/zcrypto/x509"
	"github.com/zmap/zlint/v3"
	"github.com/zmap/zlint/v3/lint"

	"github.com/harender/harender/internal/keys/certificate"
)

// everyKind are recipes for all kinds of key that a certificate can have.
func everyKind() map[string]string {
	return map[string]string{
		"ECDSA P-256": `{"key": {"algo": "ecdsa", "size": 256}}`,
		"ECDSA P-384": `{"key": {"algo": "ecdsa", "size": 384}}`,
		"RSA 2048":    `{"key": {"algo": "rsa", "size": 2048}, "names": [{"C": "CH", "ST": "Bern", "L": "Bern", "O": "Example", "OU": "Test"}]}`,
		"Ed25519":     `{"key": {"algo": "ed25519", "size": 0}}`,
	}
}

// builtWith is a world whose certificates and authorities all have one kind of key.
func builtWith(t *testing.T, recipe string) *world {
	t.Helper()
	w := newWorld(t)
	for _, a := range w.plan.Authorities {
		w.recipe(a.Recipe, recipe)
	}
	for _, c := range w.plan.Certificates {
		w.recipe(c.Recipe, recipe)
	}
	w.build(t)
	return w
}

// TestLint runs the lints of RFC 5280 and of its updates, and the community's.
func TestLint(t *testing.T) {
	registry, err := lint.GlobalRegistry().Filter(lint.FilterOptions{
		IncludeSources: lint.SourceList{lint.RFC3279, lint.RFC5280, lint.RFC5480, lint.RFC5891, lint.RFC8813, lint.Community},
	})
	if err != nil {
		t.Fatal(err)
	}
	for kind, recipe := range everyKind() {
		t.Run(kind, func(t *testing.T) {
			w := builtWith(t, recipe)
			for name, f := range w.files {
				if !strings.HasSuffix(name, ".crt") {
					continue
				}
				block, _ := pem.Decode(f.Data)
				cert, err := zx509.ParseCertificate(block.Bytes)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if have := certificate.KeyOf(w.certificate(t, strings.TrimSuffix(name, ".crt")).PublicKey); have != kind {
					t.Errorf("%s: key of %s", name, have)
				}
				for id, r := range zlint.LintCertificateEx(cert, registry).Results {
					if r.Status >= lint.Warn {
						t.Errorf("%s: %s: %s %s", name, id, r.Status, r.Details)
					}
				}
			}
		})
	}
}

// TestOpenSSL asks another implementation whether each certificate serves its purpose, and that no other one is claimed.
func TestOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Fatal("openssl is missing: apt-get install openssl")
	}
	for kind, recipe := range everyKind() {
		t.Run(kind, func(t *testing.T) {
			w := builtWith(t, recipe)
			dir := t.TempDir()
			for name, f := range w.files {
				if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, "/", "_")), f.Data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for _, c := range w.plan.Certificates {
				for purpose, want := range map[string]bool{
					"sslclient": true, "sslserver": c.Profile != "client", "crlsign": false, "codesign": false, "timestampsign": false,
				} {
					args := []string{
						"verify", "-x509_strict", "-purpose", purpose, "-attime", "1795500000",
						"-CAfile", filepath.Join(dir, strings.ReplaceAll(c.Authority, "/", "_")+".crt"),
					}
					for _, h := range c.Hosts {
						if strings.ContainsAny(h, ":") || strings.Count(h, ".") == 3 {
							args = append(args, "-verify_ip", h)
						}
					}
					args = append(args, filepath.Join(dir, strings.ReplaceAll(c.ID, "/", "_")+".crt"))
					out, err := exec.Command(openssl, args...).CombinedOutput() // #nosec G204 -- of this test's own files
					if (err == nil) != want {
						t.Errorf("%s for %s: %v\n%s", c.ID, purpose, err, out)
					}
				}
			}
		})
	}
}
