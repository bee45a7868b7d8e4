package compile_test

import (
	"crypto/rand"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile"
)

// TestEncryption builds a cluster, opens what the apiserver will read with stock sops, and wants Secrets and ConfigMaps
// under a strong cipher with a key of full length (CIS 1.2.28).
func TestEncryption(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	key := written(t, "key", []byte(identity.String()))
	root := t.TempDir()
	lay(t, root, map[string]string{
		"cluster.yaml": string(read(t, filepath.Join(clusters, "single/cluster.yaml"))),
		".sops.yaml":   "creation_rules:\n  - age: " + identity.Recipient().String() + "\n",
	})
	_, list, err := compile.Build(t.Context(), root, compile.Environment{
		Builtin: harender.Assets, Now: time.Now, Rand: rand.Reader,
		LookupEnv: func(name string) (string, bool) { return key, name == "SOPS_AGE_KEY_FILE" },
	}, compile.Options{})
	if err != nil || list.HasErrors() {
		t.Fatal(err, printed(t, list))
	}
	sops := exec.Command(filepath.Join(witnesses(t), "sops"), "decrypt", "--input-type", "binary", "--output-type", "binary",
		filepath.Join(root, "rendered/m1/srv/kubernetes/encryption.yaml.sops")) // #nosec G204 -- a witness of this test
	sops.Env = append(os.Environ(), "SOPS_AGE_KEY_FILE="+key)
	text, err := sops.Output()
	if err != nil {
		t.Fatal(err)
	}
	config, ok := strict(t, published(t), text).(*apiserverv1.EncryptionConfiguration)
	if !ok || len(config.Resources) != 1 {
		t.Fatal("not an EncryptionConfiguration of one list of resources")
	}
	first := config.Resources[0].Providers[0]
	if got := strings.Join(config.Resources[0].Resources, " "); got != "secrets configmaps" || first.Secretbox == nil {
		t.Fatalf("resources %s, the first provider is not secretbox", got)
	}
	secret, err := base64.StdEncoding.DecodeString(first.Secretbox.Keys[0].Secret)
	if err != nil || len(secret) != 32 {
		t.Errorf("a key of %d bytes (%v)", len(secret), err)
	}
}

// witnesses are stock programs, built by a module of their own.
func witnesses(t *testing.T) string { return realPrograms(t, "witnesses") }

func realPrograms(t *testing.T, set string) string {
	t.Helper()
	script := exec.Command("../../testdata/realbin.sh", set)
	script.Stderr = os.Stderr
	out, err := script.Output()
	if err != nil {
		t.Fatalf("building the programs %s: %v", set, err)
	}
	return strings.TrimSpace(string(out))
}
