package issue

import (
	"bytes"
	"crypto"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/layout"
	"github.com/harender/harender/internal/parallel"
)

// Examined is what exists, as it was found.
type Examined struct {
	// Bundles is what nodes trust, as in [Result].
	Bundles map[string][]byte
	// Findings are what a locked run refuses, and what opening found; and the warnings of a run.
	Findings diag.List
	// Opened counts the sealed files that were opened.
	Opened int
	// Unopened are the sealed files, below secrets/, that no key at hand opens.
	Unopened []string
}

// Examine compares the plan with what exists and makes nothing. Without opening, it needs no key. With it, every sealed file
// of the plan is opened: its authentication code and its label hold, a private key belongs to its certificate or public
// key, a secret is pinned where the spec pins it, a copy holds what it was made of. The list is about what keeps it from
// looking.
func Examine(p plan.Plan, in Inputs, opening bool) (Examined, diag.List) {
	in.Locked = true
	r, problems := newRunWithTemplates(p, in)
	if problems.HasErrors() {
		return Examined{}, problems
	}
	var out Examined
	out.Findings = append(r.readRecord(), r.stand(p)...)
	r.assess(p)
	judged := [][]diag.Diagnostic{r.missingCA(), r.shared(), r.unsound(), r.relisted(), r.untold(), r.bare(), r.unpinned(), r.revocationWarnings(p), r.missing()}
	if opening {
		out.Opened = r.verifySealed()
	}
	for _, it := range r.items() {
		if it.shut {
			out.Unopened = append(out.Unopened, it.sealedName)
		}
	}
	out.Findings = slices.Concat(out.Findings, r.findings(), slices.Concat(judged...)).Distinct()
	out.Bundles = r.bundles()
	return out, problems
}

// unsound finds authorities that say to have signed themselves, and have not: somebody changed them.
func (r *reviewer) unsound() diag.List {
	var out diag.List
	for _, a := range r.everyAuthority() {
		c := a.cert
		if c != nil && bytes.Equal(c.RawIssuer, c.RawSubject) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) != nil {
			out = append(out, damaged(a.id+layout.Certificate, "its signature is not its own"))
		}
	}
	return out
}

// verifier opens what is there, and compares it with what stands beside it.
type verifier struct {
	*sealer
	*secretMaker
}

// verifySealed opens what is sealed, and counts it.
func (r *verifier) verifySealed() int {
	defer r.wipe()
	var opened atomic.Int64
	count := func(ok bool) {
		if ok {
			opened.Add(1)
		}
	}
	for _, a := range r.everyAuthority() {
		if a.cert != nil {
			count(r.verifyPair(&a.item, a.cert.PublicKey))
		}
	}
	for _, g := range r.everySecret() {
		count(r.verifySecret(g))
	}
	parallel.Each(len(r.leaves), func(i int) {
		if l := r.leaves[i]; l.cert != nil {
			count(r.verifyPair(&l.item, l.cert.PublicKey))
		}
	})
	parallel.Each(len(r.copies), func(i int) { count(r.verifyCopy(r.copies[i])) })
	return int(opened.Load())
}

// look opens the sealed file of an item about which nothing is wrong so far.
func (r *sealer) look(it *item) (secret.Plain, bool) {
	if it.sealed == nil || it.findings.HasErrors() {
		return secret.Plain{}, false
	}
	plain, err := r.in.Vault.Open(layout.Secrets+it.sealedName, it.label(), it.sealed)
	var locked interface{ NoKey() bool }
	switch {
	case errors.As(err, &locked) && locked.NoKey():
		it.shut = true
	case err != nil:
		it.refuse(err)
	}
	return plain, err == nil
}

// verifyPair wants the private key of a certificate.
func (r *verifier) verifyPair(it *item, public crypto.PublicKey) bool {
	plain, ok := r.look(it)
	if !ok {
		return false
	}
	defer plain.Wipe()
	if err := pki.Match(plain, public, layout.Secrets+it.id+layout.Certificate); err != nil {
		it.fail(damaged(it.sealedName, err.Error()))
	}
	return true
}

func (r *verifier) verifySecret(g *generated) bool {
	plain, ok := r.look(&g.item)
	if !ok {
		return false
	}
	if !r.accept(g, plain) {
		plain.Wipe()
		return true
	}
	if err := isKind(g.plan.Kind, plain); err != nil {
		g.fail(damaged(g.sealedName, err.Error()))
	}
	return true
}

// isKind reports whether the plaintext can be a secret of the kind.
func isKind(kind string, plain secret.Plain) error {
	switch {
	case kind == plan.ServiceAccountKey:
		return pki.CheckKey(plain)
	case mergeable(kind):
		_, err := parseEncryption(plain)
		return err
	case len(plain.Reveal()) == 0 || bytes.ContainsAny(plain.Reveal(), ",\"\r\n"):
		return errors.New("it is no " + kind + " of one line")
	}
	return nil
}

// verifyCopy compares a copy with what its sources give. Where a source was not opened, or is not what it should be, there
// is nothing to compare with.
func (r *verifier) verifyCopy(c *sealedCopy) bool {
	have, ok := r.look(&c.item)
	if !ok {
		return false
	}
	defer have.Wipe()
	if slices.ContainsFunc(c.sources, func(g *generated) bool { return g.plain.Reveal() == nil }) {
		return true
	}
	want, err := c.composed()
	if err != nil {
		c.fail(damaged(c.sealedName, err.Error()))
		return true
	}
	defer want.Wipe()
	if !bytes.Equal(have.Reveal(), want.Reveal()) {
		c.fail(damaged(c.sealedName, "it does not hold what "+layout.Secrets+c.id+".source says that it was made of"))
	}
	return true
}
