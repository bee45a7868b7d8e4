package repository_test

import (
	"crypto/rand"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apiserver/pkg/authentication/token/tokenfile"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/proof/testtool"
	"github.com/harender/harender/internal/repository"
)

// TestCredentialFiles builds Kubernetes 1.9, opens both files of users with stock sops, and has the apiserver's own parser
// read them and log the users in. Today it has a parser for tokens alone; that for passwords was the same, line for line.
func TestCredentialFiles(t *testing.T) {
	identity := testtool.Age(t)
	key, root := written(t, "key", []byte(identity.String())), t.TempDir()
	lay(t, root, map[string]string{
		"cluster.yaml": string(read(t, filepath.Join(clusters, "kubernetes-1-9/cluster.yaml"))),
		".sops.yaml":   "creation_rules:\n  - age: " + identity.Recipient().String() + "\n",
	})
	_, list, err := repository.Build(t.Context(), root, repository.Environment{
		Builtin: harender.Assets, Now: time.Now, Rand: rand.Reader,
		LookupEnv: func(name string) (string, bool) { return key, name == "SOPS_AGE_KEY_FILE" },
	}, repository.Options{})
	if err != nil || list.HasErrors() {
		t.Fatal(err, printed(t, list))
	}
	for name, want := range map[string][]string{
		"known_tokens.csv": {"monitoring", "monitoring", "readers"},
		"basic_auth.csv":   {"admin", "1", "ops", "on-call"},
	} {
		sops := exec.Command(filepath.Join(stockTools(t), "sops"), "decrypt", "--input-type", "binary", "--output-type", "binary",
			filepath.Join(root, "rendered/m1/srv/kubernetes", name+".sops")) // #nosec G204 -- a witness of this test
		sops.Env = append(os.Environ(), "SOPS_AGE_KEY_FILE="+key)
		text, err := sops.Output()
		if err != nil {
			t.Fatal(err)
		}
		users, err := tokenfile.NewCSV(written(t, name, text))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
		if err != nil || len(rows) != 1 || len(rows[0][0]) < 32 {
			t.Fatalf("%s: %d rows (%v)", name, len(rows), err)
		}
		who, ok, err := users.AuthenticateToken(t.Context(), rows[0][0])
		if err != nil || !ok {
			t.Fatalf("%s: the secret logs nobody in (%v)", name, err)
		}
		if got := append([]string{who.User.GetName(), who.User.GetUID()}, who.User.GetGroups()...); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
