package testtool

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"
)

// Age makes a key of age.
func Age(t testing.TB) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// SSH makes a key of OpenSSH: the line of its .pub file, and its file in PEM.
func SSH(t testing.TB, comment string) (public string, private []byte) {
	t.Helper()
	public25519, private25519, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private25519, comment)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public25519)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))), pem.EncodeToMemory(block)
}
