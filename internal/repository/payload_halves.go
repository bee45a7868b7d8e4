package repository

import (
	"crypto/x509"
	"encoding/pem"
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/deliver/payload"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/certificate"
)

// apart finds a certificate beside the sealed key which is of another pair, without opening the key. A build pairs them; a
// merge of what was rendered may not.
func (s sealedFile) apart(n payload.Node, key payload.File) diag.List {
	if s.public == "" {
		return nil
	}
	for _, f := range n.Files {
		if !slices.Contains(certificatesOf(key.Path), f.Path) {
			continue
		}
		block, _ := pem.Decode(f.Content.Reveal())
		if block == nil {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil || certificate.Pin(cert.PublicKey) == s.public {
			continue
		}
		at := path.Join(Output, n.Name, f.Path)
		return diag.List{{
			Summary: at + " and " + s.at + " are halves of two pairs", Detail: "the key does not belong to the certificate: a merge does that",
			Hint: "run harender build, which makes both of " + secrets + "/, and says so where they are of two pairs there", Pos: diag.Pos{File: s.at},
		}}
	}
	return nil
}

// certificatesOf are the names that the certificate of a key may have: server.key and server.cert, client-key.pem and
// client.pem.
func certificatesOf(key string) []string {
	if stem, found := strings.CutSuffix(key, "-key.pem"); found {
		return []string{stem + ".pem"}
	}
	stem, found := strings.CutSuffix(key, ".key")
	if !found {
		return nil
	}
	return []string{stem + ".crt", stem + ".cert"}
}
