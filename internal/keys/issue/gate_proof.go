package issue

import (
	"crypto"
	"crypto/x509"
	"slices"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/layout"
)

// peek opens a file to see what it proves. One that does not open proves nothing.
func (r *gatekeeper) peek(it *item) (secret.Plain, bool) {
	if it.sealed == nil || it.relisted() {
		return secret.Plain{}, false
	}
	plain, err := r.in.Vault.Open(layout.Secrets+it.sealedName, it.label(), it.sealed)
	return plain, err == nil
}

// provesPair reports whether the file holds the private key of the public one.
func (r *gatekeeper) provesPair(it *item, public crypto.PublicKey) bool {
	plain, ok := r.peek(it)
	if !ok {
		return false
	}
	defer plain.Wipe()
	return pki.Match(plain, public, "") == nil
}

// provesSecret reports whether the file holds the private key of its public half, or what is pinned if anything is.
func (r *gatekeeper) provesSecret(g *generated) bool {
	if g.plan.Kind == plan.ServiceAccountKey {
		return g.public != nil && r.provesPair(&g.item, g.public)
	}
	plain, ok := r.peek(&g.item)
	if !ok {
		return false
	}
	defer plain.Wipe()
	return len(r.unlisted(g.plan.ID, g.sealedName, commitment(g.plan.ID, plain))) == 0
}

// pinnedAt reports whether the spec or the record pins something for the ID.
func (r *pinning) pinnedAt(id string) bool {
	pins, _ := r.pins(id)
	return len(pins)+len(r.record.pins[id]) > 0
}

// signed reports whether the authority, or the other one of its rotation, signed the certificate.
func (a *authority) signed(cert *x509.Certificate) bool {
	return slices.ContainsFunc(a.trusted(), func(a *authority) bool { return a.cert != nil && cert.CheckSignatureFrom(a.cert) == nil })
}
