package adopt

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/harender/harender/internal/keys/secret"
)

func TestRole(t *testing.T) {
	for name, want := range map[string]string{
		"/etc/kubernetes/pki/ca.crt": KubernetesCA, "ca.key": KubernetesCA, "ca-key.pem": KubernetesCA, "kube-ca.pem": KubernetesCA,
		"pki/etcd/ca.crt": EtcdCA, "etcd-ca-key.pem": EtcdCA, "secrets/cluster/etcd-ca.crt": EtcdCA,
		"pki/front-proxy-ca.key": FrontProxyCA, "front-proxy/ca.pem": FrontProxyCA,
		"pki/sa.pub": ServiceAccount, "pki/sa.key": ServiceAccount, "service-account-key.pem": ServiceAccount, "service-account.pub": ServiceAccount,
		"etcd-ca.next.crt": "etcd-ca.next", "kubernetes-ca.next-key.pem": "kubernetes-ca.next", "ca.next.crt": "", "x.next.crt": "",
		"old/m1/etc/ssl/etcd/ssl/ca.pem": EtcdCA, "etc/ssl/etcd/ssl/ca-key.pem": EtcdCA, "etc/etcd/pki/ca.crt": EtcdCA, "ETCD/ca.crt": EtcdCA,
		"backup/etcd/m1/etc/kubernetes/ssl/ca.crt": KubernetesCA, "etc/kubernetes/ssl/ca.key": KubernetesCA, "etc/kubernetes/pki/etcd/ca.crt": EtcdCA,
		"tls/request-header-ca.crt": FrontProxyCA, "tls/server-ca.crt": "", "tls/etcd/peer-ca.crt": "", "srv/kubernetes/ca.crt": KubernetesCA,
		"my-etcd/ca.crt": KubernetesCA, "pki/front-proxy/tls/ca.crt": FrontProxyCA,
		"pki/apiserver.crt": "", "other-ca.crt": "", "etcd/server.pem": "", "": "",
	} {
		if got := Role(name); got != want {
			t.Errorf("%q is %q, not %q", name, got, want)
		}
	}
}

func TestCalled(t *testing.T) {
	for _, c := range []struct {
		file, certificate string
		want              bool
	}{
		{"m1/pki/etcd/peer.crt", "etcd-peer", true},
		{"etcd-peer-key.pem", "etcd-peer", true},
		{"pki/peer.crt", "etcd-peer", false},
		{"pki/apiserver.key", "apiserver", true},
		{"pki/apiserver-etcd-client.crt", "etcd-client", false},
	} {
		if got := Called(c.file, c.certificate); got != c.want {
			t.Errorf("%s, %s: %v", c.file, c.certificate, got)
		}
	}
}

// forms are a key in the forms that tools write.
func forms(t *testing.T) map[string][]byte {
	t.Helper()
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{"PKCS #1": block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(r))}
	der, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	out["SEC 1"] = block("EC PRIVATE KEY", der)
	out["SEC 1 after parameters"] = append(block("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7}), out["SEC 1"]...)
	for name, key := range map[string]any{"ECDSA": ec, "Ed25519": ed, "RSA": r} {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		out["PKCS #8 of "+name] = block("PRIVATE KEY", der)
	}
	return out
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func one(text []byte) Found {
	f := File{"x/y.pem", secret.NewPlain(bytes.Clone(text))}
	found := Read([]File{f})
	f.Content.Wipe() // Nothing may hang on these bytes.
	return found
}

func TestKeys(t *testing.T) {
	for name, text := range forms(t) {
		if found := one(text); len(found.Keys) != 1 || len(found.Problems) > 0 || found.Keys[0].File != "x/y.pem" {
			t.Errorf("%s: %d keys, %v", name, len(found.Keys), found.Problems)
		}
	}
}

func selfSigned(t *testing.T) []byte {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "c"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestCertificates(t *testing.T) {
	der := selfSigned(t)
	for name, text := range map[string][]byte{
		"PEM": block("CERTIFICATE", der), "DER": der, "with text before": append([]byte("subject=c\n"), block("CERTIFICATE", der)...),
		"in a kubeconfig": fmt.Appendf(nil, "apiVersion: v1\nkind: Config\nusers:\n- name: x\n  user:\n    client-certificate-data: %s\n",
			base64.StdEncoding.EncodeToString(block("CERTIFICATE", der))),
	} {
		found := one(text)
		if len(found.Certificates) != 1 || !bytes.Equal(found.Certificates[0].Raw, der) || len(found.Problems) > 0 {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

func TestKubeconfig(t *testing.T) {
	keys := forms(t)
	text := fmt.Appendf(nil, "kind: Config\nusers:\n- name: x\n  user:\n    client-certificate-data: %s\n    client-key-data: %s\n",
		base64.StdEncoding.EncodeToString(block("CERTIFICATE", selfSigned(t))), base64.StdEncoding.EncodeToString(keys["SEC 1"]))
	if found := one(text); len(found.Certificates) != 1 || len(found.Keys) != 1 || len(found.Problems) > 0 {
		t.Errorf("%d certificates, %d keys, %v", len(found.Certificates), len(found.Keys), found.Problems)
	}
	if found := one([]byte("kind: Config\nusers:\n- user: {client-key: /etc/key}\n")); len(found.Unread) != 1 {
		t.Errorf("%+v", found)
	}
}

// TestProblems wants a message for each, and none of the content in it.
func TestProblems(t *testing.T) {
	canary := base64.StdEncoding.EncodeToString([]byte("canary"))
	encryption := "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n"
	for name, c := range map[string]struct{ text, want string }{
		"locked":              {string(block("ENCRYPTED PRIVATE KEY", []byte("canary"))), "locked with a passphrase"},
		"locked, traditional": {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n" + canary + "\n-----END RSA PRIVATE KEY-----\n", "locked with a passphrase"},
		"damaged key":         {string(block("PRIVATE KEY", []byte("canary"))), "a private key does not parse"},
		"damaged certificate": {string(block("CERTIFICATE", []byte("canary"))), "a certificate does not parse"},
		"damaged public key":  {string(block("PUBLIC KEY", []byte("canary"))), "a public key does not parse"},
		"kubeconfig":          {"kind: Config\nusers:\n- user: {client-key-data: " + canary + "}\n", "not PEM in base64"},
		"no resources":        {encryption, "has no resources"},
		"version":             {strings.Replace(encryption, "apiserver.config.k8s.io/v1", "v1", 1) + "resources: [{resources: [secrets], providers: [{identity: {}}]}]", "has the apiVersion"},
		"no providers":        {encryption + "resources: [{resources: [secrets]}]", "no resources or no providers"},
		"unknown provider":    {encryption + "resources: [{resources: [secrets], providers: [{rot13: {}}]}]", `there is no provider "rot13"`},
		"two in one":          {encryption + "resources: [{resources: [secrets], providers: [{identity: {}, kms: {endpoint: unix:///x}}]}]", "is not one provider"},
		"short key":           {encryption + "resources: [{resources: [secrets], providers: [{secretbox: {keys: [{name: a, secret: " + canary + "}]}}]}]", "another length"},
		"no base64":           {encryption + "resources: [{resources: [secrets], providers: [{aesgcm: {keys: [{name: a, secret: canary}]}}]}]", "another length"},
		"no keys":             {encryption + "resources: [{resources: [secrets], providers: [{aescbc: {}}]}]", "has no keys"},
		"no endpoint":         {encryption + "resources: [{resources: [secrets], providers: [{kms: {name: a}}]}]", "has no endpoint"},
	} {
		found := one([]byte(c.text))
		said := fmt.Sprint(found.Problems)
		if !strings.Contains(said, c.want) || strings.Contains(said, "canary") || strings.Contains(said, canary) {
			t.Errorf("%s: %s", name, said)
		}
	}
}

func TestEncryptions(t *testing.T) {
	key := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for name, c := range map[string]struct {
		text   string
		legacy bool
	}{
		"several": {"apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n- resources: [secrets]\n  providers:\n" +
			"  - kms: {apiVersion: v2, name: k, endpoint: unix:///run/k, timeout: 3s}\n  - aescbc: {keys: [{name: a, secret: " + key + "}]}\n  - secretbox: {keys: [{name: b, secret: " + key + "}]}\n  - identity: {}\n", false},
		"legacy": {"apiVersion: v1\nkind: EncryptionConfig\nresources:\n- resources: [secrets]\n  providers:\n  - aesgcm: {keys: [{name: a, secret: " + key + "}]}\n", true},
	} {
		found := one([]byte(c.text))
		if len(found.Encryptions) != 1 || len(found.Problems) > 0 || found.Encryptions[0].Legacy != c.legacy || !found.Encryptions[0].Equal([]byte(c.text+"\n")) {
			t.Errorf("%s: %d, %v", name, len(found.Encryptions), found.Problems)
		}
	}
}

// TestUnread has files in which there is nothing.
func TestUnread(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "text": "a note\n", "yaml": "a: 1\n", "binary": "\x00\x01\x02", "request": string(block("CERTIFICATE REQUEST", []byte("x"))),
		"ssh": string(block("X\x1b[31mY", []byte("x"))), "list": "- kind\n", "anchor": "a: &a [*a]\n",
	} {
		found := one([]byte(text))
		if len(found.Unread) != 1 || len(found.Problems) > 0 || strings.Contains(found.Unread[0].Why, "\x1b") {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

// FuzzRead wants no panic, and no content in messages.
func FuzzRead(f *testing.F) {
	f.Add([]byte("kind: Config\nusers:\n- user: {client-key-data: eA==}\n"))
	f.Add([]byte("kind: EncryptionConfig\nresources: [{providers: [{aescbc: {keys: [{secret: eA==}]}}]}]\n"))
	f.Add(block("PRIVATE KEY", []byte("x")))
	f.Fuzz(func(_ *testing.T, text []byte) { one(text) })
}
