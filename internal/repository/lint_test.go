package repository_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	zx509 "github.com/zmap/zcrypto/x509"
	"github.com/zmap/zlint/v3"
	"github.com/zmap/zlint/v3/lint"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/proof/testtool"
	"github.com/harender/harender/internal/repository"
)

// TestLint has zlint judge every certificate of clusters of all kinds, as they are built, and while all their authorities are
// replaced.
func TestLint(t *testing.T) {
	registry, err := lint.GlobalRegistry().Filter(lint.FilterOptions{
		IncludeSources: lint.SourceList{lint.RFC3279, lint.RFC5280, lint.RFC5480, lint.RFC5891, lint.RFC8813, lint.Community},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"stacked", "dedicated-etcd", "dual-stack-ipv6-first", "kubeadm-external-etcd", "kubernetes-1-9", "lb-cloud", "tokens"} {
		t.Run(name, func(t *testing.T) {
			root, env := goldenRepository(t, name)
			options := []repository.Options{{}}
			for _, phase := range []issue.Phase{issue.Stage, issue.Promote} {
				for _, ca := range []string{"kubernetes", "etcd", "front-proxy"} {
					options = append(options, repository.Options{Rotate: repository.Rotation{Name: ca, Phase: phase}})
				}
			}
			for _, o := range options {
				if _, list, err := repository.Build(t.Context(), root, env, o); err != nil || list.HasErrors() {
					t.Fatal(err, printed(t, list))
				}
			}
			k, list := repository.MakeKubeconfig(root, env, issue.User{Name: "anna", New: true, Groups: []string{"developers"}, Validity: time.Hour}, "")
			if list.HasErrors() {
				t.Fatal(printed(t, list))
			}
			certs := certificates(t, filepath.Join(root, "secrets"))
			certs["kubeconfig"] = decoded(t, string(k.Text.Reveal()), "client-certificate-data: ")
			for file, text := range certs {
				block, _ := pem.Decode(text)
				cert, err := zx509.ParseCertificate(block.Bytes)
				if err != nil {
					t.Fatalf("%s: %v", file, err)
				}
				for id, r := range zlint.LintCertificateEx(cert, registry).Results {
					if r.Status >= lint.Warn {
						t.Errorf("%s: %s: %s %s", file, id, r.Status, r.Details)
					}
				}
			}
			t.Logf("%d certificates", len(certs))
		})
	}
}

// goldenRepository is a golden cluster with an operator.
func goldenRepository(t *testing.T, name string) (root string, env repository.Environment) {
	t.Helper()
	operator := testtool.Age(t)
	root = t.TempDir()
	if err := os.CopyFS(root, os.DirFS(filepath.Join(clusters, name))); err != nil {
		t.Fatal(err)
	}
	lay(t, root, map[string]string{".sops.yaml": "creation_rules:\n  - age: " + operator.Recipient().String() + "\n"})
	return root, repository.Environment{
		Builtin: harender.Assets, Now: time.Now, Rand: rand.Reader,
		LookupEnv: func(name string) (string, bool) { return operator.String(), name == "SOPS_AGE_KEY" },
	}
}

// certificates are all below a folder, those too that were replaced.
func certificates(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(file, ".crt") {
			out[file] = read(t, file)
		}
		return err
	})
	if err != nil || len(out) < 20 {
		t.Fatalf("%d certificates in %s: %v", len(out), dir, err)
	}
	return out
}

// decoded is what stands in base64 after a key of a kubeconfig.
func decoded(t *testing.T, text, key string) []byte {
	t.Helper()
	_, after, found := strings.Cut(text, key)
	line, _, _ := strings.Cut(after, "\n")
	out, err := base64.StdEncoding.DecodeString(line)
	if !found || err != nil {
		t.Fatalf("no %s: %v", key, err)
	}
	return out
}
