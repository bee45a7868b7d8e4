package repository_test

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	harender "github.com/harender/harender"
	"github.com/harender/harender/internal/repository"
)

// A named pipe in secrets/ must not hold a build up for ever.
func TestPipeInSecrets(t *testing.T) {
	root := t.TempDir()
	files := repositoryFiles(t)
	files[".sops.yaml"] = "creation_rules: [{age: age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p}]\n"
	lay(t, root, files)
	pipe := filepath.Join(root, "secrets/cluster/kubernetes-ca.crt")
	if err := os.MkdirAll(filepath.Dir(pipe), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	_, list, err := repository.Build(context.Background(), root, repository.Environment{
		Builtin: harender.Assets, Now: time.Now, Rand: rand.Reader, LookupEnv: func(string) (string, bool) { return "", false },
	}, repository.Options{})
	if err != nil || !list.HasErrors() {
		t.Errorf("findings %+v, error %v; want a finding", list, err)
	}
}
