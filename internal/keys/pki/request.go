package pki

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/bits"

	"github.com/cloudflare/cfssl/csr"

	"github.com/harender/harender/internal/keys/secret"
)

// NewRequest makes a key, and a PKCS #10 request for its certificate, in PEM.
func (t Templates) NewRequest(r Request) (plain secret.Plain, text []byte, err error) {
	key, err := newKey(r.Template)
	if err != nil {
		return secret.Plain{}, nil, err
	}
	req := r.csr()
	req.Extensions = t.Extensions(r)
	der, err := csr.GenerateDER(key, req)
	if err != nil {
		return secret.Plain{}, nil, fmt.Errorf("making a request: %w", err)
	}
	plain, err = MarshalKey(key)
	return plain, pem.EncodeToMemory(&pem.Block{Type: requestBlock, Bytes: der}), err
}

// ParseRequest reads a file that holds one request, signed by its own key, and nothing else.
func ParseRequest(text []byte) (*x509.CertificateRequest, error) {
	der, err := soleBlock(text, requestBlock)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, fmt.Errorf("its request does not parse: %w", err)
	}
	if err := parsed.CheckSignature(); err != nil {
		return nil, fmt.Errorf("its request is not signed by its own key: %w", err)
	}
	return parsed, nil
}

// Extensions are the usages of the profile, as a request carries them (RFC 2985, section 5.4.2; RFC 5280, sections
// 4.2.1.3 and 4.2.1.12).
func (t Templates) Extensions(r Request) []pkix.Extension {
	ku, eku := t.profiles[r.Profile].Usages(r.Template.isRSA())
	var oids []asn1.RawValue
	for _, u := range eku {
		der, _ := u.OID().MarshalBinary() // none of the three can fail
		oids = append(oids, asn1.RawValue{Tag: asn1.TagOID, Bytes: der})
	}
	extended, _ := asn1.Marshal(oids)
	return []pkix.Extension{usageExtension(ku), {Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Value: extended}}
}

// usageExtension has the first usage in the highest bit of the first byte, and no zeros at the end.
func usageExtension(ku x509.KeyUsage) pkix.Extension {
	n := bits.Len(uint(ku))
	out := make([]byte, (n+7)/8)
	for bit := range n {
		if ku&(1<<bit) != 0 {
			out[bit/8] |= 0x80 >> (bit % 8)
		}
	}
	value, _ := asn1.Marshal(asn1.BitString{Bytes: out, BitLength: n})
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 15}, Critical: true, Value: value}
}
