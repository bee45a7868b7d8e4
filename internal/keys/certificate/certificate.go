// Package certificate says in words what public PEM holds: certificates and public keys.
package certificate

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Types of the PEM blocks that are decoded.
const (
	certificateBlock = "CERTIFICATE"
	publicBlock      = "PUBLIC KEY"
)

// Certificate is what one certificate says, or one that is planned. A public key alone has Key and Pin and nothing else.
type Certificate struct {
	// Subject and Issuer are distinguished names (RFC 2253).
	Subject string `json:"subject,omitempty"`
	Issuer  string `json:"issuer,omitempty"`
	// Names are the subject alternative names of every kind, sorted.
	Names []string `json:"names,omitempty"`
	// Usages are what the key may be used for, in the words of RFC 5280.
	Usages []string `json:"usages,omitempty"`
	// Authority: it may sign others.
	Authority bool      `json:"authority,omitempty"`
	NotBefore time.Time `json:"notBefore,omitzero"`
	NotAfter  time.Time `json:"notAfter,omitzero"`
	// Key is the algorithm and the size.
	Key string `json:"key,omitempty"`
	// Pin is sha256: and the hash, in hex, of the public key (SubjectPublicKeyInfo in DER). What is planned has none.
	Pin string `json:"pin,omitempty"`
	// Serial is the number in hex.
	Serial string `json:"serial,omitempty"`
}

// IsKey tells a public key alone from a certificate.
func (c Certificate) IsKey() bool { return c.Subject == "" && c.Issuer == "" && c.NotAfter.IsZero() }

// Decode reads PEM that has certificates and public keys alone, at least one.
func Decode(text []byte) ([]Certificate, error) {
	var out []Certificate
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		c, err := decode(block)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, errors.New("there is no PEM block")
	}
	return out, nil
}

func decode(block *pem.Block) (Certificate, error) {
	switch block.Type {
	case certificateBlock:
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return Certificate{}, err
		}
		return Of(cert), nil
	case publicBlock:
		public, err := x509.ParsePKIXPublicKey(block.Bytes)
		return Certificate{Key: KeyOf(public), Pin: pinOf(block.Bytes)}, err
	}
	return Certificate{}, errors.New("a PEM block is neither a certificate nor a public key")
}

// Of says what the certificate says.
func Of(c *x509.Certificate) Certificate {
	return Certificate{
		Subject: c.Subject.String(), Issuer: c.Issuer.String(), Names: names(c), Usages: Usages(c.KeyUsage, c.ExtKeyUsage),
		Authority: c.IsCA, NotBefore: c.NotBefore, NotAfter: c.NotAfter, Key: KeyOf(c.PublicKey),
		Pin: pinOf(c.RawSubjectPublicKeyInfo), Serial: fmt.Sprintf("%x", c.SerialNumber),
	}
}

// KeyOf is the kind of a public key, such as ECDSA P-256 or RSA 2048.
func KeyOf(public any) string {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Curve.Params().Name
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return fmt.Sprintf("%T", public)
}

func names(c *x509.Certificate) []string {
	out := slices.Concat(c.DNSNames, c.EmailAddresses)
	for _, ip := range c.IPAddresses {
		out = append(out, ip.String())
	}
	for _, u := range c.URIs {
		out = append(out, u.String())
	}
	slices.Sort(out)
	return out
}
