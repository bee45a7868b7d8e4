package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// oldPKI makes a PKI with openssl, and files that are wrong in many ways.
const oldPKI = `set -eu
mkdir -p pki/etcd wrong other
for ca in ca etcd/ca front-proxy-ca; do
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=old" -keyout pki/$ca.key -out pki/$ca.crt
done
openssl genrsa -out pki/sa.key 2048
openssl req -newkey rsa:2048 -nodes -subj /CN=system:kube-scheduler -keyout leaf.key -out leaf.csr
openssl x509 -req -in leaf.csr -CA pki/ca.crt -CAkey pki/ca.key -days 365 -out leaf.crt
printf 'kind: Config\nusers:\n- user:\n    client-certificate-data: %s\n    client-key-data: %s\n' \
	"$(base64 -w0 leaf.crt)" "$(base64 -w0 leaf.key)" >pki/scheduler.conf
config() { printf 'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: [{resources: [secrets], providers: [{%s: {keys: [{name: a, secret: "%s"}]}}]}]\n' "$1" "$2"; }
config aescbc "$(openssl rand -base64 32)" >pki/encryption.yaml

cp pki/ca.key wrong/front-proxy-ca.key
cp pki/front-proxy-ca.crt wrong/front-proxy-ca.crt
head -c 300 pki/sa.key >wrong/cut.key
sed '3s/./!/' pki/sa.key >wrong/sa.key
openssl pkey -in pki/ca.key -outform DER -out wrong/ca.der
cp pki/ca.key wrong/ca.crt
config rot13 "$(sed -n 's/.*secret: "\(.*\)".*/\1/p' pki/encryption.yaml)" >wrong/encryption.yaml
sed 's/client-key-data: ./client-key-data: !/' pki/scheduler.conf >wrong/scheduler.conf
{ echo 'a: ['; cat pki/encryption.yaml; } >wrong/no.yaml
cp leaf.key wrong/stray.key
cat pki/ca.key pki/sa.key >wrong/two.key

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=other" -keyout other/ca.key -out other/ca.crt
openssl genrsa -out other/sa.key 2048
config aesgcm "$(openssl rand -base64 32)" >other/encryption.yaml
`

// importing are commands that take keys from files, some of them wrong, or make keys that wait for certificates.
const importing = `certs import PKI/wrong -C DIR
certs import PKI/wrong -C DIR -o json
certs import PKI/wrong/scheduler.conf PKI/wrong/no.yaml -C DIR
certs import PKI/wrong/ca.der PKI/wrong/two.key PKI/wrong/cut.key -C DIR
certs import PKI/pki -C DIR --node nobody
certs import PKI/pki -C DIR
certs import PKI/pki -C DIR -o json
certs import PKI/other -C DIR
certs import PKI/other -C DIR -o json
certs csr DIR
build DIR
certs import PKI/other -C DIR --node m1
verify DIR --open
certs import PKI/pki/ca.crt PKI/pki/etcd/ca.crt PKI/pki/front-proxy-ca.crt -C DIR/../far
certs csr DIR/../far --out OUT/requests
certs csr DIR/../far -o json
certs import OUT/requests -C DIR/../far
certs import PKI/wrong -C DIR/../far
build DIR/../far
certs import PKI/pki/ca.key PKI/pki/etcd/ca.key PKI/pki/front-proxy-ca.key -C DIR/../far
build DIR/../far
verify DIR/../far
`

// TestNoImportedSecretIsShown does for import what TestNoSecretIsShown does for all commands.
func TestNoImportedSecretIsShown(t *testing.T) {
	l := newLeaks(t)
	key, recipient := l.person("the operator")
	t.Setenv("SOPS_AGE_KEY", key) // For stock sops, in this process.
	s := surroundings{env: map[string]string{"SOPS_AGE_KEY": key}}
	old := t.TempDir()
	cmd := exec.Command("bash", "-c", oldPKI)
	cmd.Dir = old
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("openssl makes no PKI: %v\n%s", err, out)
	}
	l.learnFiles(old)
	for _, name := range []string{"near", "far"} {
		dir := filepath.Join(l.work, name)
		operator := filepath.Join(t.TempDir(), "operator.txt")
		write(t, operator, "# public key: "+recipient+"\n"+key+"\n")
		if code, _ := l.run("init", surroundings{env: map[string]string{"SOPS_AGE_KEY_FILE": operator}}, []string{"init", dir, "--control-plane", "1", "--workers", "1"}); code != 0 {
			t.Fatal("init fails")
		}
	}
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(importing, "PKI", old)), "\n")
	l.all(lines, "import", filepath.Join(l.work, "near"), s, nil)
	l.walk("far", filepath.Join(l.work, "far"), nil)
	for _, leak := range l.found() {
		t.Error(leak)
	}
	if left, err := os.ReadDir(l.tmp); err != nil || len(left) > 0 {
		t.Errorf("TMPDIR has %v (%v)", left, err)
	}
	t.Logf("%d runs, %d of them with errors; %d secrets; %d texts", l.runs, l.failed, len(l.secrets.known), len(l.texts))
	if l.failed < 10 || l.runs-l.failed < 12 || len(l.secrets.known) < 60 {
		t.Error("fewer than 10 runs fail, fewer than 12 do what they should, or there are fewer than 60 secrets")
	}
}

// learnFiles learns the secrets that lie below a folder: keys in PEM, and what stands in quotes in configurations.
func (l *leaks) learnFiles(dir string) {
	l.t.Helper()
	for _, name := range []string{"pki/ca.key", "pki/etcd/ca.key", "pki/front-proxy-ca.key", "pki/sa.key", "leaf.key", "other/ca.key", "other/sa.key", "pki/encryption.yaml", "other/encryption.yaml"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			l.t.Fatal(err)
		}
		if bytes.Contains(data, []byte("EC PRIVATE KEY")) {
			l.t.Fatalf("%s is not PKCS #8", name)
		}
		for _, part := range secretParts(l.t, data) {
			l.secrets.add(name, part)
		}
	}
}
