package cli_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getsops/sops/v3/aes"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/stores/json"
	"golang.org/x/crypto/ssh"
)

// people are who has keys in the test, and the operator's environment.
type people struct {
	env                                 map[string]string
	second, stranger, strangerRecipient string
	sshKey                              string
}

// base is a repository of one master and one worker with keys of all kinds, a user with a token, and two operators.
func (l *leaks) base() (dir string, who people) {
	l.t.Helper()
	key, _ := l.person("the operator")
	second, secondRecipient := l.person("the second operator")
	who = people{env: map[string]string{"SOPS_AGE_KEY": key}, second: second}
	who.stranger, who.strangerRecipient = l.person("a stranger")
	l.t.Setenv("SOPS_AGE_KEY", key) // For stock sops, in this process.
	keys := l.t.TempDir()
	who.sshKey = filepath.Join(keys, "id_ed25519")
	l.sshKey(who.sshKey)

	dir = filepath.Join(l.work, "base")
	operator := filepath.Join(keys, "operator.txt")
	write(l.t, operator, key+"\n")
	if code, _ := l.run("base", surroundings{env: map[string]string{"SOPS_AGE_KEY_FILE": operator}}, []string{"init", dir, "--control-plane", "1", "--workers", "1"}); code != 0 {
		l.t.Fatal("init fails")
	}
	change(l.t, dir, "cluster.yaml", "  nodes:\n    - ", "  apiServer: {tokens: [{user: monitoring}]}\n  nodes:\n    - ")
	change(l.t, dir, ".sops.yaml", "    age: ", "    age: "+secondRecipient+",")
	write(l.t, filepath.Join(dir, "secrets/csr/apiserver.json"), `{"key": {"algo": "rsa", "size": 2048}}`)
	write(l.t, filepath.Join(dir, "secrets/csr/kubelet-server.json"), `{"key": {"algo": "ed25519", "size": 0}}`)
	if code, _ := l.run("base", surroundings{env: who.env}, []string{"build", dir}); code != 0 {
		l.t.Fatal("build fails")
	}
	l.walk("base", dir, nil)
	l.pki = l.t.TempDir()
	write(l.t, filepath.Join(l.pki, "ca.crt"), mustRead(l.t, filepath.Join(dir, caCert)))
	write(l.t, filepath.Join(l.pki, "ca.key"), opened(l.t, filepath.Join(dir, caKey)))
	write(l.t, filepath.Join(l.pki, "client.crt"), mustRead(l.t, filepath.Join(dir, anotherCert)))
	write(l.t, filepath.Join(l.pki, "client.key"), opened(l.t, filepath.Join(dir, anotherKey)))
	return dir, who
}

func (l *leaks) sshKey(file string) {
	l.t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		l.t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "operator")
	if err != nil {
		l.t.Fatal(err)
	}
	write(l.t, file, string(pem.EncodeToMemory(block)))
	l.secrets.add("the SSH key", private.Seed())
}

// breakage is what is different in a repository or around it.
type breakage struct {
	name  string
	apply func(dir string)
	env   map[string]string
	ahead time.Duration
	// planted are files that hold a secret in the clear afterwards.
	planted []string
}

const (
	year       = 8760 * time.Hour
	caKey      = "secrets/cluster/kubernetes-ca.key.sops"
	caCert     = "secrets/cluster/kubernetes-ca.crt"
	leafKey    = "secrets/nodes/m1/kubelet-client.key.sops"
	leafCert   = "secrets/nodes/m1/kubelet-client.crt"
	anotherKey = "secrets/nodes/w1/kubelet-client.key.sops"

	anotherCert = "secrets/nodes/w1/kubelet-client.crt"
)

func breakages(t *testing.T, who people) []breakage {
	t.Helper()
	is := func(file, text string) func(string) {
		return func(dir string) { write(t, filepath.Join(dir, file), text) }
	}
	says := func(file, old, replacement string) func(string) {
		return func(dir string) { change(t, dir, file, old, replacement) }
	}
	gone := func(file string) func(string) {
		return func(dir string) { must(t, os.Remove(filepath.Join(dir, file))) }
	}
	other := func(file, from string) func(string) {
		return func(dir string) { write(t, filepath.Join(dir, file), mustRead(t, filepath.Join(dir, from))) }
	}
	// open puts the plaintext of a sealed file where old stands, each line of it after indent.
	open := func(file, old, before, indent string) func(string) {
		return func(dir string) {
			text := before + strings.ReplaceAll(opened(t, filepath.Join(dir, caKey)), "\n", "\n"+indent)
			change(t, dir, file, old, text+old)
		}
	}
	plain := func(file, sealed string) func(string) {
		return func(dir string) { write(t, filepath.Join(dir, file), opened(t, filepath.Join(dir, sealed))) }
	}
	const node = "  nodes:\n    - "
	return []breakage{
		{name: "nothing"},
		{name: "no identity", env: map[string]string{"SOPS_AGE_KEY": ""}},
		{name: "a stranger's identity", env: map[string]string{"SOPS_AGE_KEY": who.stranger}},
		{name: "two identities", env: map[string]string{"SOPS_AGE_KEY": who.stranger + " " + who.second}},
		{name: "half an identity", env: map[string]string{"SOPS_AGE_KEY": who.second[:60]}},
		{name: "an identity in quotes", env: map[string]string{"SOPS_AGE_KEY": `"` + who.second + `"`}},
		{name: "an identity as a file's name", env: map[string]string{"SOPS_AGE_KEY": "", "SOPS_AGE_KEY_FILE": "/nonexistent/key"}},
		{name: "an SSH key", env: map[string]string{"SOPS_AGE_KEY": "", "SOPS_AGE_SSH_PRIVATE_KEY_FILE": who.sshKey}},
		{name: "an SSH key as an age key", env: map[string]string{"SOPS_AGE_KEY": "", "SOPS_AGE_KEY_FILE": who.sshKey}},

		{name: "in five years", ahead: 5*year - 48*time.Hour},
		{name: "after five years", ahead: 5*year + 48*time.Hour},
		{name: "after ten years", ahead: 10*year + 48*time.Hour},
		{name: "yesterday", ahead: -24 * time.Hour},

		{name: "spec: no YAML", apply: says("cluster.yaml", "kind: Cluster", "kind: {Cluster")},
		{name: "spec: unknown key", apply: says("cluster.yaml", node, "  bogus: 1\n"+node)},
		{name: "spec: another name", apply: says("cluster.yaml", "name: m1", "name: m2")},
		{name: "spec: a SAN", apply: says("cluster.yaml", "apiServer: {", "apiServer: {certSANs: [api.example.org], ")},
		{name: "spec: a node", apply: says("cluster.yaml", node, node+"{name: w3, address: \"10.0.0.13\", roles: [worker]}\n    - ")},
		{name: "spec: a node with a key", apply: says("cluster.yaml", `"10.0.0.12", `, `"10.0.0.12", recipients: [`+who.strangerRecipient+`], `)},
		{name: "spec: a node with a private key", apply: says("cluster.yaml", `"10.0.0.12", `, `"10.0.0.12", recipients: [`+who.stranger+`], `), planted: []string{"cluster.yaml"}},
		{name: "spec: no user", apply: says("cluster.yaml", "tokens: [{user: monitoring}]", "tokens: []")},
		{name: "spec: a key", apply: open("cluster.yaml", node, "  bogus: |\n    ", "    "), planted: []string{"cluster.yaml"}},
		{name: "spec: a key as a recipient", apply: open("cluster.yaml", "\n    - {name: w1", "\n    - name: w9\n      address: 10.0.0.19\n      roles: [worker]\n      recipients:\n        - |\n          ", "          "), planted: []string{"cluster.yaml"}},

		{name: "policy: none", apply: gone(".sops.yaml")},
		{name: "policy: no YAML", apply: says(".sops.yaml", "creation_rules:", "creation_rules: [")},
		{name: "policy: one more", apply: says(".sops.yaml", "    age: ", "    age: "+who.strangerRecipient+",")},
		{name: "policy: somebody else", apply: func(dir string) {
			write(t, filepath.Join(dir, ".sops.yaml"), "creation_rules:\n  - age: "+who.strangerRecipient+"\n")
		}},
		{name: "policy: a private key", apply: says(".sops.yaml", "    age: ", "    age: "+who.stranger+","), planted: []string{".sops.yaml"}},
		{name: "policy: one less", apply: func(dir string) {
			text := mustRead(t, filepath.Join(dir, ".sops.yaml"))
			first := text[strings.Index(text, "age: age1")+len("age: "):]
			first = first[:strings.Index(first, ",")+1]
			write(t, filepath.Join(dir, ".sops.yaml"), strings.Replace(text, first, "", 1))
		}},

		{name: "recipe: another key", apply: is("secrets/csr/kubelet-client.json", `{"key": {"algo": "rsa", "size": 3072}}`)},
		{name: "recipe: too weak", apply: is("secrets/csr/kubelet-client.json", `{"key": {"algo": "rsa", "size": 512}}`)},
		{name: "recipe: no JSON", apply: is("secrets/ca-config.json", `{"signing"`)},
		{name: "recipe: a key", apply: plain("secrets/csr/kubelet-client.json", caKey), planted: []string{"secrets/csr/kubelet-client.json"}},

		{name: "sealed: gone", apply: gone(leafKey)},
		{name: "sealed: an authority's gone", apply: gone(caKey)},
		{name: "sealed: another's", apply: other(leafKey, anotherKey)},
		{name: "sealed: another authority's", apply: other(caKey, "secrets/cluster/etcd-ca.key.sops")},
		{name: "sealed: empty", apply: is(leafKey, "")},
		{name: "sealed: cut", apply: func(dir string) {
			text := mustRead(t, filepath.Join(dir, caKey))
			write(t, filepath.Join(dir, caKey), text[:len(text)/2])
		}},
		{name: "sealed: other ciphertext", apply: says(caKey, `"data": "ENC[AES256_GCM,data:`, `"data": "ENC[AES256_GCM,data:AAAA`)},
		{name: "sealed: other code", apply: says(caKey, `"mac": "ENC[AES256_GCM,data:`, `"mac": "ENC[AES256_GCM,data:AAAA`)},
		{name: "sealed: open", apply: plain(leafKey, leafKey), planted: []string{leafKey}},
		{name: "sealed: an authority's open", apply: plain(caKey, caKey), planted: []string{caKey}},
		{name: "sealed: open in JSON", apply: func(dir string) {
			write(t, filepath.Join(dir, caKey), `{"data": `+quoted(opened(t, filepath.Join(dir, caKey)))+`, "sops": {}}`)
		}, planted: []string{caKey}},
		{name: "sealed: the encryption key open", apply: plain("secrets/cluster/encryption.yaml.sops", "secrets/cluster/encryption.yaml.sops"), planted: []string{"secrets/cluster/encryption.yaml.sops"}},
		{name: "sealed: a token open", apply: plain("secrets/cluster/tokens/monitoring.token.sops", "secrets/cluster/tokens/monitoring.token.sops"), planted: []string{"secrets/cluster/tokens/monitoring.token.sops"}},

		{name: "public: gone", apply: gone(leafCert)},
		{name: "public: an authority's gone", apply: gone(caCert)},
		{name: "public: another's", apply: other(leafCert, "secrets/nodes/w1/kubelet-client.crt")},
		{name: "public: another authority's", apply: other(caCert, "secrets/cluster/etcd-ca.crt")},
		{name: "public: a key", apply: plain(leafCert, leafKey), planted: []string{leafCert}},
		{name: "public: an authority's key", apply: plain(caCert, caKey), planted: []string{caCert}},
		{name: "public: the service account's key", apply: plain("secrets/cluster/service-account.pub", "secrets/cluster/service-account.key.sops"), planted: []string{"secrets/cluster/service-account.pub"}},
		{name: "public: a source that is a key", apply: plain("secrets/nodes/m1/encryption.source", caKey), planted: []string{"secrets/nodes/m1/encryption.source"}},

		{name: "output: a file in the way", apply: func(dir string) {
			must(t, os.RemoveAll(filepath.Join(dir, "rendered")))
			write(t, filepath.Join(dir, "rendered"), "")
		}},
		{name: "output: edited", apply: is("rendered/m1/etc/kubernetes/manifests/etcd.yaml", "x")},
		{name: "layers: a mistake", apply: func(dir string) {
			change(t, dir, "cluster.yaml", node, "  overlays: [site]\n"+node)
			write(t, filepath.Join(dir, "overlays/site/overlay.libsonnet"), "{ error std.toString(self) }")
		}},
	}
}

// opened is what stock sops finds in a file.
func opened(t *testing.T, file string) string {
	t.Helper()
	plain, err := unsealed([]byte(mustRead(t, file)))
	must(t, err)
	return string(plain)
}

// unsealed is what the library of stock sops, with its own search for identities, makes of a sealed file.
func unsealed(sealed []byte) ([]byte, error) {
	store := json.NewBinaryStore(&config.JSONBinaryStoreConfig{})
	tree, err := store.LoadEncryptedFile(sealed)
	if err != nil {
		return nil, err
	}
	key, err := tree.Metadata.GetDataKey()
	if err != nil {
		return nil, err
	}
	if _, err := tree.Decrypt(key, aes.NewCipher()); err != nil {
		return nil, err
	}
	return store.EmitPlainFile(tree.Branches)
}

func quoted(text string) string { return `"` + strings.ReplaceAll(text, "\n", `\n`) + `"` }

func write(t *testing.T, file, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(file), 0o700))
	must(t, os.WriteFile(file, []byte(text), 0o600))
}

// change puts the replacement at the first place that says old.
func change(t *testing.T, dir, file, old, replacement string) {
	t.Helper()
	text := mustRead(t, filepath.Join(dir, file))
	if !strings.Contains(text, old) {
		t.Fatalf("nothing says %q in %s", old, file)
	}
	write(t, filepath.Join(dir, file), strings.Replace(text, old, replacement, 1))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
