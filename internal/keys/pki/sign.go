// Package pki makes keys and has certificates signed: it holds the profiles and templates of secrets/, reads and writes
// keys and certificates, and is the only package that knows cfssl. A private key goes in and comes out as
// [secret.Plain].
package pki

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"sync"
	"time"

	"github.com/cloudflare/cfssl/config"
	"github.com/cloudflare/cfssl/csr"
	"github.com/cloudflare/cfssl/initca"
	"github.com/cloudflare/cfssl/log"
	"github.com/cloudflare/cfssl/signer"
	"github.com/cloudflare/cfssl/signer/local"

	"github.com/harender/harender/internal/keys/secret"
)

// Request is what a certificate is to say.
type Request struct {
	// Template gives the key, and further names of the subject.
	Template     Template
	CommonName   string
	Organization []string
	Hosts        []string
	// Profile gives the usages. An authority has none.
	Profile  string
	From, To time.Time
}

// Subject is the name that the certificate bears.
func (r Request) Subject() pkix.Name {
	name, _ := r.csr().Name() // fails on object identifiers only, and a template has none
	return name
}

// csr is the request as cfssl takes it.
func (r Request) csr() *csr.CertificateRequest {
	out := csr.CertificateRequest{CN: r.CommonName, Hosts: r.Hosts}
	for _, o := range r.Organization {
		out.Names = append(out.Names, csr.Name{O: o})
	}
	out.Names = append(out.Names, r.Template.names...)
	return &out
}

// Pair is a certificate and its key. Its owner wipes the key.
type Pair struct {
	Key  secret.Plain
	Cert *x509.Certificate
	// Text is the certificate in PEM.
	Text []byte
}

// Signer signs for one authority.
type Signer struct{ local *local.Signer }

// NewSigner takes the authority's key, which has to be that of its certificate.
func (t Templates) NewSigner(cert *x509.Certificate, plain secret.Plain) (*Signer, error) {
	key, err := parseKey(plain)
	if err != nil {
		return nil, err
	}
	return newSigner(cert, key, t.policy)
}

// NewAuthority makes a key that signs its own certificate.
func (t Templates) NewAuthority(r Request) (Pair, *Signer, error) {
	key, err := newKey(r.Template)
	if err != nil {
		return Pair{}, nil, err
	}
	itself, err := newSigner(nil, key, authorityPolicy())
	if err != nil {
		return Pair{}, nil, err
	}
	out, err := itself.certify(key, r, signer.SignRequest{NotBefore: r.From, NotAfter: r.To})
	if err != nil {
		return Pair{}, nil, err
	}
	s, err := newSigner(out.Cert, key, t.policy)
	if err != nil {
		out.Key.Wipe()
		return Pair{}, nil, err
	}
	return out, s, nil
}

// Sign makes a key and has it certified.
func (s *Signer) Sign(r Request) (Pair, error) {
	key, err := newKey(r.Template)
	if err != nil {
		return Pair{}, err
	}
	return s.certify(key, r, signer.SignRequest{
		Profile: profileName(r.Profile, r.Template.isRSA()), NotBefore: r.From, NotAfter: r.To,
	})
}

func (s *Signer) certify(key crypto.Signer, r Request, as signer.SignRequest) (Pair, error) {
	der, err := csr.GenerateDER(key, r.csr())
	if err != nil {
		return Pair{}, fmt.Errorf("making a request: %w", err)
	}
	as.Request = string(pem.EncodeToMemory(&pem.Block{Type: requestBlock, Bytes: der}))
	text, err := s.local.Sign(as)
	if err != nil {
		return Pair{}, fmt.Errorf("signing: %w", err)
	}
	cert, err := ParseCertificate(text)
	if err != nil {
		return Pair{}, err
	}
	plain, err := MarshalKey(key)
	return Pair{Key: plain, Cert: cert, Text: text}, err
}

func newSigner(cert *x509.Certificate, key crypto.Signer, policy *config.Signing) (*Signer, error) {
	quietCFSSL()
	s, err := local.NewSigner(key, cert, signer.DefaultSigAlgo(key), policy)
	if err != nil {
		return nil, fmt.Errorf("setting up a signer: %w", err)
	}
	return &Signer{s}, nil
}

// newKey makes a key as the template asks for.
func newKey(t Template) (crypto.Signer, error) {
	quietCFSSL()
	made, err := t.key.Generate()
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	key, ok := made.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a %T cannot sign", made)
	}
	return key, nil
}

// NewKeyPair makes a key without a certificate, and its public half in PEM.
func NewKeyPair(t Template) (plain secret.Plain, public []byte, err error) {
	key, err := newKey(t)
	if err != nil {
		return secret.Plain{}, nil, err
	}
	if public, err = MarshalPublic(key); err != nil {
		return secret.Plain{}, nil, err
	}
	plain, err = MarshalKey(key)
	return plain, public, err
}

// authorityPolicy is cfssl's for a new authority, which may sign no further ones.
func authorityPolicy() *config.Signing {
	policy := initca.CAPolicy()
	policy.Default.CAConstraint.MaxPathLenZero = true
	return policy
}

// quietCFSSL keeps cfssl from writing a line to standard error for each certificate. cfssl has one logger and no way
// to hand one in.
var quietCFSSL = sync.OnceFunc(func() { log.SetLogger(silence{}) }) //nolint:gochecknoglobals // never set again; once, so that runs side by side do not race

type silence struct{}

func (silence) Debug(string)   {}
func (silence) Info(string)    {}
func (silence) Warning(string) {}
func (silence) Err(string)     {}
func (silence) Crit(string)    {}
func (silence) Emerg(string)   {}
