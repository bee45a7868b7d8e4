package issue

import (
	"encoding/base64"
	"fmt"
	"io"
	"slices"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/layout"
)

// generated is a secret of the cluster that is made from randomness once.
type generated struct {
	item
	plan plan.Generated
	// fresh: the sealed file will be another than it is. lostPublic: the public half has to be derived again.
	fresh, lostPublic bool
	// public is the public half that exists, if one does; text is its PEM, as it is or as it will be.
	public any
	text   []byte
	// other is what nodes accept beside it while a rotation is under way, in the slot that its id ends in.
	other *generated
	// pin is that of a secret which was made now.
	pin string
	// seen is that of a secret without a public half that was opened.
	seen string
	// plain is there only while copies are made of it.
	plain secret.Plain
}

// extension of the sealed file of a kind.
func extension(kind string) string {
	switch kind {
	case plan.ServiceAccountKey:
		return layout.Key
	case plan.Token, plan.Password:
		return "." + kind + layout.Sealed
	}
	return layout.Config
}

// accepted are the secrets that are good for what is there: all but the first for what was made with them.
func (g *generated) accepted() []*generated {
	if g.other == nil {
		return []*generated{g}
	}
	return []*generated{g, g.other}
}

func (r *assessor) assessGenerated(g plan.Generated, slot string) *generated {
	out := &generated{item: item{id: g.ID + slot, slot: slot, action: Kept}, plan: g}
	r.readSealed(&out.item, out.id+extension(g.Kind))
	if g.Kind == plan.ServiceAccountKey {
		r.assessPublic(out)
	}
	if out.sealed == nil && slices.Contains(r.in.Replace, g.ID) {
		out.fresh = true
		out.due(Reissued, "it was asked for")
		return out
	}
	if out.sealed == nil {
		out.fresh = true
		out.due(Issued, "it does not exist")
		return out
	}
	added, removed := r.recipientReasons(&out.item)
	if len(added)+len(removed) == 0 {
		out.present = append(out.present, file{out.sealedName, out.sealed})
		return out
	}
	out.fresh = true
	out.due(Resealed, append(added, removed...)...)
	return out
}

// assessPublic checks the public half of a service account key, which is a file of its own.
func (r *assessor) assessPublic(g *generated) {
	name := g.id + layout.PublicKey
	text := r.read(&g.item, name)
	switch {
	case text == nil && g.sealed == nil:
	case text == nil:
		g.lostPublic = true
		g.due(Issued, "the public key is missing")
	case g.sealed == nil:
		g.fail(diag.Diagnostic{
			Summary: g.id + " has a public key, but no private key", Detail: "a new key would make every token of the cluster void",
			Hint: "restore " + layout.Secrets + g.sealedName + " from version control", Pos: diag.Pos{File: layout.Secrets + g.sealedName},
		})
	default:
		public, err := pki.ParsePublic(text)
		if err != nil {
			g.fail(damaged(name, err.Error()))
			return
		}
		g.public, g.text = public, text
		g.present = append(g.present, file{name, text})
		g.matches(public, name, "")
		r.judgeKind(g)
	}
}

// judgeKind warns of a service account key of another kind than the recipe's.
func (r *assessor) judgeKind(g *generated) {
	mark := r.readAdopted(&g.item, pki.PublicDER(g.public))
	g.carryAdopted(mark)
	if g.id != g.plan.ID || r.slots[g.id] == layout.NextSlot {
		return
	}
	for _, why := range without(keyDifference(g.public, r.templates.Template(g.plan.Recipe).Kind()), mark.differences) {
		g.fail(diag.Diagnostic{
			Severity: diag.Warning, Summary: g.id + ": " + why,
			Detail: "the key stays as it is", Hint: "to change its kind, replace it: harender certs rotate-key service-account --stage", Pos: diag.Pos{File: layout.Secrets + g.id + layout.PublicKey},
		})
	}
}

// secretMaker makes secrets and copies of them. It holds what it opened until it is wiped.
type secretMaker struct {
	*sealer
	templates pki.Templates
}

func (r *secretMaker) makeGenerated() {
	for _, g := range r.generated {
		r.makeSecret(g)
		if g.other != nil && !g.findings.HasErrors() {
			r.makeOther(g)
		}
	}
}

// makeOther makes the successor of a secret. That of an encryption key is for the same resources.
func (r *secretMaker) makeOther(g *generated) {
	if g.other.sealed != nil || g.plan.Kind == plan.ServiceAccountKey {
		r.makeSecret(g.other)
		return
	}
	if g.plain.Reveal() == nil && !r.openGenerated(g) {
		return
	}
	plain, err := nextEncryption(r.in.Rand, g.plain)
	if err != nil {
		g.refuse(err)
		return
	}
	g.other.plain, g.other.pin = plain, commitment(g.plan.ID, plain)
	r.seal(&g.other.item, plain)
}

func (r *secretMaker) makeSecret(g *generated) {
	if g.action == Kept {
		return
	}
	if g.sealed == nil {
		r.newGenerated(g)
		return
	}
	if !r.openGenerated(g) {
		return
	}
	if g.fresh && !r.seal(&g.item, g.plain) {
		return
	}
	if g.lostPublic {
		r.derivePublic(g)
	}
}

// openGenerated opens the secret, and refuses one that is not what it should be.
func (r *secretMaker) openGenerated(g *generated) bool {
	plain, ok := r.open(&g.item)
	if ok && !r.accept(g, plain) {
		plain.Wipe()
		return false
	}
	return ok
}

// accept takes the plaintext of a secret that was there, if it is the private half of the public key, and is pinned where
// the spec pins it.
func (r *secretMaker) accept(g *generated, plain secret.Plain) bool {
	if g.public != nil {
		if pki.Match(plain, g.public, "") != nil {
			g.fail(damaged(g.sealedName, "its key does not belong to "+layout.Secrets+g.id+layout.PublicKey))
			return false
		}
	}
	if g.plan.Kind != plan.ServiceAccountKey {
		g.seen = commitment(g.plan.ID, plain)
		if found := r.unlisted(g.plan.ID, g.sealedName, g.seen); len(found) > 0 {
			g.findings = append(g.findings, found...)
			return false
		}
	}
	g.plain = plain
	return true
}

func (r *secretMaker) newGenerated(g *generated) {
	var err error
	var public []byte
	switch g.plan.Kind {
	case plan.ServiceAccountKey:
		g.plain, public, err = pki.NewKeyPair(r.templates.Template(g.plan.Recipe))
	case plan.Token, plan.Password:
		g.plain, err = newCredential(r.in.Rand)
	default:
		g.plain, err = newEncryptionConfig(r.in.Rand, g.plan.Kind)
	}
	if err != nil {
		g.refuse(err)
		return
	}
	if !r.seal(&g.item, g.plain) {
		return
	}
	g.pin = commitment(g.plan.ID, g.plain)
	if public != nil {
		g.text = public
		g.written = append(g.written, file{g.id + layout.PublicKey, public})
		g.pin = pemPin(public)
	}
}

// derivePublic writes the public half that went missing.
func (r *secretMaker) derivePublic(g *generated) {
	public, err := pki.PublicOf(g.plain)
	if err != nil {
		g.fail(damaged(g.sealedName, err.Error()))
		return
	}
	g.text = public
	g.written = append(g.written, file{g.id + layout.PublicKey, public})
}

// newEncryptionConfig is an EncryptionConfiguration of apiserver.config.k8s.io/v1, or the legacy EncryptionConfig of v1. secretbox (XSalsa20 and Poly1305)
// takes 32 bytes; the identity provider after it reads what was stored before encryption was switched on.
func newEncryptionConfig(rand io.Reader, kind string) (secret.Plain, error) {
	key := make([]byte, 32)
	if _, err := io.ReadFull(rand, key); err != nil {
		return secret.Plain{}, fmt.Errorf("making an encryption key: %w", err)
	}
	defer clear(key)
	head := "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n"
	if kind == plan.LegacyEncryptionConfig {
		head = "apiVersion: v1\nkind: EncryptionConfig\n"
	}
	return secret.NewPlain([]byte(head + `resources:
  - resources:
      - secrets
      - configmaps
    providers:
      - secretbox:
          keys:
            - name: key1
              secret: ` + base64.StdEncoding.EncodeToString(key) + `
      - identity: {}
`)), nil
}
