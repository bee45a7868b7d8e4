package pki

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/adopt"
	"github.com/harender/harender/internal/keys/secret"
)

const (
	certificateBlock = "CERTIFICATE"
	privateBlock     = "PRIVATE KEY"
	publicBlock      = "PUBLIC KEY"
	requestBlock     = "CERTIFICATE REQUEST"
)

// ParseCertificate reads a file that holds one certificate and nothing else.
func ParseCertificate(text []byte) (*x509.Certificate, error) {
	der, err := soleBlock(text, certificateBlock)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("its certificate does not parse: %w", err)
	}
	return cert, nil
}

// ParsePublic reads a file that holds one public key and nothing else.
func ParsePublic(text []byte) (any, error) {
	der, err := soleBlock(text, publicBlock)
	if err != nil {
		return nil, err
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("its public key does not parse: %w", err)
	}
	return public, nil
}

// soleBlock gives the bytes of the only PEM block of text. Its errors repeat none of the text, which may be a key that
// went astray.
func soleBlock(text []byte, kind string) ([]byte, error) {
	if diag.Conflict(text) > 0 {
		return nil, diag.ErrConflict
	}
	block, rest := pem.Decode(text)
	switch {
	case block == nil:
		return nil, errors.New("it is not PEM")
	case block.Type != kind:
		return nil, fmt.Errorf("it holds a %s, not a %s", block.Type, kind)
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, fmt.Errorf("something follows the first %s", kind)
	}
	return block.Bytes, nil
}

// MarshalKey writes a private key as PKCS #8, which etcd and all of Kubernetes read for every algorithm.
func MarshalKey(key crypto.Signer) (secret.Plain, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return secret.Plain{}, fmt.Errorf("encoding a private key: %w", err)
	}
	defer clear(der)
	return secret.NewPlain(pem.EncodeToMemory(&pem.Block{Type: privateBlock, Bytes: der})), nil
}

// parseKey reads a private key in any of the PEM forms that kubeadm, cfssl and openssl write.
func parseKey(plain secret.Plain) (crypto.Signer, error) {
	for block, rest := pem.Decode(plain.Reveal()); block != nil; block, rest = pem.Decode(rest) {
		key := adopt.PrivateKey(block)
		if key != nil {
			return key, nil
		}
	}
	return nil, errors.New("it holds no private key in PEM")
}

// Match refuses a private key that is not of the public one, which lies in the file of that name.
func Match(plain secret.Plain, public any, file string) error {
	key, err := parseKey(plain)
	if err != nil {
		return err
	}
	if !SamePublic(key, public) {
		return errors.New("its key does not belong to " + file)
	}
	return nil
}

// CheckKey refuses what holds no private key.
func CheckKey(plain secret.Plain) error {
	_, err := parseKey(plain)
	return err
}

// PublicOf is the public half of a private key, in PEM.
func PublicOf(plain secret.Plain) ([]byte, error) {
	key, err := parseKey(plain)
	if err != nil {
		return nil, err
	}
	return MarshalPublic(key)
}

// MarshalPublic writes the public half of a key.
func MarshalPublic(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, fmt.Errorf("encoding a public key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: der}), nil
}

// EncodeCertificate writes a certificate.
func EncodeCertificate(cert *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: cert.Raw})
}

// SamePublic reports whether the private key belongs to the public one.
func SamePublic(key crypto.Signer, public any) bool {
	k, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(public)
}

// PublicDER is a public key as SubjectPublicKeyInfo, and nothing for a key of a kind that has no such form.
func PublicDER(public any) []byte {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil
	}
	return der
}

// IsRSA reports whether the public key is of RSA, which alone can encipher keys.
func IsRSA(public any) bool {
	_, ok := public.(*rsa.PublicKey)
	return ok
}
