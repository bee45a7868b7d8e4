package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"slices"
	"testing"
)

// TestUsageBits compares the request's usages with what crypto/x509 writes into certificates.
func TestUsageBits(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, ku := range []x509.KeyUsage{
		x509.KeyUsageDigitalSignature, x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, x509.KeyUsageDecipherOnly,
		x509.KeyUsageDigitalSignature | x509.KeyUsageKeyAgreement | x509.KeyUsageEncipherOnly,
	} {
		template := &x509.Certificate{SerialNumber: big.NewInt(1), KeyUsage: ku}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		usages := func(e pkix.Extension) bool { return e.Id.String() == "2.5.29.15" }
		want := cert.Extensions[slices.IndexFunc(cert.Extensions, usages)]
		if got := usageExtension(ku); string(got.Value) != string(want.Value) || !got.Critical {
			t.Errorf("%s: %x, not %x", ku, got.Value, want.Value)
		}
	}
}
