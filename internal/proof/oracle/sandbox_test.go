package oracle

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/harender/harender/internal/compile"
)

// sandbox has the files of each node below a folder of its own, with keys that fit each other.
type sandbox struct {
	dir string
	// network interface of this machine, which keepalived wants to see.
	network string
}

func newSandbox(t *testing.T, c compile.Compiled) *sandbox {
	t.Helper()
	networks, err := net.Interfaces()
	if err != nil || len(networks) == 0 {
		t.Fatalf("interfaces %v: %v", networks, err)
	}
	b := &sandbox{t.TempDir(), networks[len(networks)-1].Name}
	certificate, key, public := pair(t)
	for _, n := range c.Plan.Nodes {
		for _, f := range c.Rendered.Nodes[n.Cluster.Name] {
			b.write(t, n.Cluster.Name, f.Path, b.moved(n.Cluster.Name, string(f.Content.Bytes())))
		}
		for _, m := range n.Material {
			content := certificate
			switch {
			case strings.HasSuffix(m.Path, "encryption.yaml"):
				content = "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: [{resources: [secrets], providers: [{identity: {}}]}]\n"
			case strings.HasSuffix(m.Path, ".csv"):
				content = "token,name,id\n"
			case m.Sealed:
				content = key
			case strings.HasSuffix(m.Path, ".pub"):
				content = public
			}
			b.write(t, n.Cluster.Name, m.Path, content)
		}
	}
	return b
}

func (b *sandbox) write(t *testing.T, node, file, content string) {
	t.Helper()
	name := filepath.Join(b.dir, node, file)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

var hostPath = regexp.MustCompile(`(^|[\s"'=,:])(/(?:etc|srv|var)/)`)

// moved has the paths of a text below the node's folder.
func (b *sandbox) moved(node, text string) string {
	return hostPath.ReplaceAllString(text, "${1}"+filepath.Join(b.dir, node)+"${2}")
}

// arguments of a node, with what its variables stand for.
func (b *sandbox) arguments(c compile.Compiled, node string, argv []string) []string {
	address := "10.0.0.11"
	for _, n := range c.Plan.Nodes {
		if n.Cluster.Name == node {
			address = n.Cluster.Address().String()
		}
	}
	values := strings.NewReplacer("$(HOST_IP)", address, "$(NODE_NAME)", node, "$(HOST_IPS)", address, "$(POD_IP)", address)
	var out []string
	for _, word := range argv {
		out = append(out, b.moved(node, values.Replace(word)))
	}
	return out
}

// read is a document as a program reads it: kubeadm looks at the files that it names.
func (b *sandbox) read(program, node, document string) string {
	if program == "kubeadm" {
		return b.moved(node, document)
	}
	return document
}

var card = regexp.MustCompile(`interface e\w+\n`)

// text has the program of that name read a text.
func (b *sandbox) text(program, text string) string {
	node, err := os.ReadDir(b.dir)
	if err != nil || len(node) == 0 {
		return "no sandbox"
	}
	file := filepath.Join(b.dir, program+".conf")
	moved := strings.ReplaceAll(b.moved(node[0].Name(), text), filepath.Join(b.dir, node[0].Name())+"/etc/keepalived/", "/etc/keepalived/")
	moved = card.ReplaceAllString(moved, "interface "+b.network+"\n")
	if err := os.WriteFile(file, []byte(moved), 0o600); err != nil {
		return err.Error()
	}
	if program == "haproxy" {
		out, failed := run("", "haproxy", "-c", "-f", file)
		if failed || strings.Contains(out, "WARNING") {
			return out
		}
		return ""
	}
	out, _ := run("", "keepalived", "--config-test", "--log-console", "--use-file="+file)
	return out
}

// pair is a certificate, its key and its public key, for everything.
func pair(t *testing.T) (certificate, key, public string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "anything"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	publicDER, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	text := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return text("CERTIFICATE", der), text("EC PRIVATE KEY", keyDER), text("PUBLIC KEY", publicDER)
}
