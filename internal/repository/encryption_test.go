package repository_test

import (
	"crypto/rand"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/proof/testtool"
	"github.com/harender/harender/internal/repository"
)

// TestEncryption wants Secrets and ConfigMaps under a strong cipher with a key of full length (CIS 1.2.28).
func TestEncryption(t *testing.T) {
	for version, head := range map[string]string{
		"1.36.3": "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n",
		// The form of before 1.13, which the apiserver of today reads too.
		"1.9.11": "apiVersion: v1\nkind: EncryptionConfig\n",
	} {
		t.Run(version, func(t *testing.T) {
			text := encryptionFile(t, version)
			if !strings.HasPrefix(string(text), head) {
				t.Errorf("it does not begin with\n%s", head)
			}
			checkEncryption(t, text)
		})
	}
}

// encryptionFile builds a cluster, and opens what the apiserver will read with stock sops.
func encryptionFile(t *testing.T, version string) []byte {
	t.Helper()
	identity := testtool.Age(t)
	key := written(t, "key", []byte(identity.String()))
	root := t.TempDir()
	lay(t, root, map[string]string{
		"cluster.yaml": string(replaced(t, read(t, filepath.Join(clusters, "single/cluster.yaml")), "spec:\n", "spec:\n  kubernetesVersion: "+strconv.Quote(version)+"\n")),
		".sops.yaml":   "creation_rules:\n  - age: " + identity.Recipient().String() + "\n",
	})
	_, list, err := repository.Build(t.Context(), root, repository.Environment{
		Builtin: harender.Assets, Now: time.Now, Rand: rand.Reader,
		LookupEnv: func(name string) (string, bool) { return key, name == "SOPS_AGE_KEY_FILE" },
	}, repository.Options{})
	if err != nil || list.HasErrors() {
		t.Fatal(err, printed(t, list))
	}
	sops := exec.Command(filepath.Join(stockTools(t), "sops"), "decrypt", "--input-type", "binary", "--output-type", "binary",
		filepath.Join(root, "rendered/m1/srv/kubernetes/encryption.yaml.sops")) // #nosec G204 -- a witness of this test
	sops.Env = append(os.Environ(), "SOPS_AGE_KEY_FILE="+key)
	text, err := sops.Output()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func checkEncryption(t *testing.T, text []byte) {
	t.Helper()
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

// stockTools are stock programs, built by a module of their own.
func stockTools(t *testing.T) string { return realPrograms(t, "tools") }

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
