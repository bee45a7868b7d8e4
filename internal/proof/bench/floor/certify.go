package floor

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/keyservice"
	"github.com/getsops/sops/v3/stores/json"

	"github.com/harender/harender/internal/proof/bench/work"
)

type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// certify makes a key, signs its certificate, and writes both.
func (m *Maker) certify(c work.Certificate) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), m.Rand)
	if err != nil {
		return err
	}
	der, err := m.sign(c, key)
	if err != nil {
		return err
	}
	if err := m.keep(c.Path+".crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})); err != nil {
		return err
	}
	text, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return m.seal(c.Path+".key.sops", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text}), c.Recipients)
}

func (m *Maker) sign(c work.Certificate, key *ecdsa.PrivateKey) ([]byte, error) {
	public, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(public)
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: c.CommonName, Organization: c.Organization}, DNSNames: c.DNSNames, IPAddresses: c.IPAddresses,
		KeyUsage: c.KeyUsage, ExtKeyUsage: c.ExtKeyUsage, SubjectKeyId: id[:20],
		NotBefore: m.Now, NotAfter: m.Now.Add(c.Validity), BasicConstraintsValid: true,
	}
	if c.Authority != "" {
		by := m.authorities[c.Authority]
		return x509.CreateCertificate(m.Rand, template, by.cert, key.Public(), by.key)
	}
	template.IsCA, template.MaxPathLenZero = true, true
	der, err := x509.CreateCertificate(m.Rand, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	m.authorities[c.Path] = authority{cert: cert, key: key}
	return der, err
}

// publicPin is what labels a key: a hash, of the key's public half where the text is a key and not a stand-in for one.
func publicPin(text []byte) string {
	hashed := text
	if block, _ := pem.Decode(text); block != nil {
		if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			if signer, ok := key.(crypto.Signer); ok {
				hashed, _ = x509.MarshalPKIXPublicKey(signer.Public())
			}
		}
	}
	sum := sha256.Sum256(hashed)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// seal is what sops' own command does with a file, without its reading of flags and policies. The file is labelled as
// harender's are.
func (m *Maker) seal(name string, plain []byte, recipients []string) error {
	var group sops.KeyGroup
	for _, r := range recipients {
		key, err := age.MasterKeyFromRecipient(r)
		if err != nil {
			return err
		}
		group = append(group, key)
	}
	branch := sops.TreeBranch{{Key: "data", Value: string(plain)}, {Key: "id_unencrypted", Value: identity(name)}}
	if strings.HasSuffix(name, ".key.sops") {
		branch = append(branch, sops.TreeItem{Key: "public_key_unencrypted", Value: publicPin(plain)})
	}
	var to []any
	for _, r := range slices.Sorted(slices.Values(recipients)) {
		to = append(to, r)
	}
	branch = append(branch, sops.TreeItem{Key: "recipients_unencrypted", Value: to})
	tree := sops.Tree{
		Branches: sops.TreeBranches{branch},
		Metadata: sops.Metadata{KeyGroups: []sops.KeyGroup{group}, Version: "3.13.3", LastModified: m.Now, UnencryptedSuffix: "_unencrypted"},
		FilePath: name,
	}
	dataKey, errs := tree.GenerateDataKeyWithKeyServices([]keyservice.KeyServiceClient{keyservice.NewLocalClient()})
	if len(errs) > 0 {
		return fmt.Errorf("sealing: %v", errs)
	}
	cipher := aes.NewCipher()
	mac, err := tree.Encrypt(dataKey, cipher)
	if err != nil {
		return err
	}
	if tree.Metadata.MessageAuthenticationCode, err = cipher.Encrypt(mac, dataKey, m.Now.Format(time.RFC3339)); err != nil {
		return err
	}
	sealed, err := json.NewBinaryStore(&config.JSONBinaryStoreConfig{Indent: -1}).EmitEncryptedFile(tree)
	if err != nil {
		return err
	}
	return m.keep(name, sealed)
}

// identity is the path below secrets/ without what follows the first dot of the name.
func identity(name string) string {
	base, _, _ := strings.Cut(path.Base(name), ".")
	return strings.TrimPrefix(path.Join(path.Dir(name), base), "secrets/")
}
