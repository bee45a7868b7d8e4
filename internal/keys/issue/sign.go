package issue

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
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
)

// backdate allows for clocks that run behind this one.
const backdate = 5 * time.Minute

// begin is when a certificate that is signed now begins.
func begin(now time.Time) time.Time { return now.Add(-backdate).UTC().Truncate(time.Second) }

// pair is a new key and its certificate.
type pair struct {
	key  crypto.Signer
	cert []byte // PEM
}

// newPair makes a key and has it certified. A nil authority signs itself.
func newPair(by *local.Signer, kr csr.KeyRequest, req csr.CertificateRequest, as signer.SignRequest) (pair, error) {
	generated, err := kr.Generate()
	if err != nil {
		return pair{}, fmt.Errorf("making a key: %w", err)
	}
	key, ok := generated.(crypto.Signer)
	if !ok {
		return pair{}, fmt.Errorf("a %T cannot sign", generated)
	}
	der, err := csr.GenerateDER(key, &req)
	if err != nil {
		return pair{}, fmt.Errorf("making a request: %w", err)
	}
	if by == nil {
		if by, err = newSigner(nil, key, authorityPolicy()); err != nil {
			return pair{}, err
		}
	}
	as.Request = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
	cert, err := by.Sign(as)
	if err != nil {
		return pair{}, fmt.Errorf("signing: %w", err)
	}
	return pair{key: key, cert: cert}, nil
}

func newSigner(cert *x509.Certificate, key crypto.Signer, policy *config.Signing) (*local.Signer, error) {
	s, err := local.NewSigner(key, cert, signer.DefaultSigAlgo(key), policy)
	if err != nil {
		return nil, fmt.Errorf("setting up a signer: %w", err)
	}
	return s, nil
}

// authorityPolicy is cfssl's for a new authority, which may sign no further ones.
func authorityPolicy() *config.Signing {
	policy := initca.CAPolicy()
	policy.Default.CAConstraint.MaxPathLenZero = true
	return policy
}

func isRSA(public any) bool {
	_, ok := public.(*rsa.PublicKey)
	return ok
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
