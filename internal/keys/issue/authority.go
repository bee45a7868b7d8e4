package issue

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"fmt"
	"math/big"
	"time"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/layout"
)

// authority is a certificate authority, as it is or as it will be.
type authority struct {
	item
	plan     plan.Authority
	template pki.Template
	// cert is nil until the authority exists; text is its PEM.
	cert   *x509.Certificate
	text   []byte
	signer *pki.Signer
	// adopted are the differences with which it was adopted from another tool, if it was.
	adopted adopted
	// other is what nodes trust beside it while a rotation is under way, in the slot that its id ends in.
	other *authority
	// relieved: another one takes over, or has.
	relieved bool
	// away: its key is elsewhere, and is not to be here.
	away bool
}

// assessAuthorities are those in use, each with the other one of its rotation.
func (r *assessor) assessAuthorities(p plan.Plan) {
	r.byID = make(map[string]*authority, len(p.Authorities))
	for _, a := range p.Authorities {
		made := r.assessAuthority(a, "", p.Cluster.Certificates.RenewBefore)
		if slot := r.slots[a.ID]; slot != "" {
			made.other = r.assessAuthority(a, slot, p.Cluster.Certificates.RenewBefore)
		}
		r.authorities = append(r.authorities, made)
		r.byID[a.ID] = made
	}
}

// trusted are the certificates by which nodes know it.
func (a *authority) trusted() []*authority {
	if a.other == nil {
		return []*authority{a}
	}
	return []*authority{a, a.other}
}

// assessAuthority never replaces an authority: that is a rotation, and the operators' decision.
func (r *assessor) assessAuthority(a plan.Authority, slot string, window time.Duration) *authority {
	out := &authority{item: item{id: a.ID + slot, slot: slot, action: Kept}, plan: a, template: r.templates.Template(a.Recipe)}
	out.relieved = slot == layout.PreviousSlot || slot == "" && r.slots[a.ID] == layout.NextSlot
	certName := out.id + layout.Certificate
	r.readSealed(&out.item, out.id+layout.Key)
	text := r.read(&out.item, certName)
	switch {
	case text == nil && out.sealed == nil:
		out.due(Issued, "it does not exist")
		return out
	case text == nil:
		out.fail(diag.Diagnostic{
			Summary: fmt.Sprintf("%s has a key, but no certificate", out.id), Detail: "a new certificate would be a new authority",
			Hint: "restore " + layout.Secrets + certName + " from version control", Pos: diag.Pos{File: layout.Secrets + certName},
		})
		return out
	}
	cert, err := pki.ParseCertificate(text)
	if err != nil {
		out.fail(damaged(certName, err.Error()))
		return out
	}
	out.cert, out.text, out.until = cert, text, cert.NotAfter
	out.present = []file{{certName, text}}
	out.adopted = r.readAdopted(&out.item, cert.Raw)
	out.carryAdopted(out.adopted)
	out.readElsewhere(r)
	out.findings = append(out.findings, out.faults(certName, r.in.Now, window)...)
	out.assessKey(r)
	return out
}

// assessKey decides about the sealed key of an authority that stays.
func (a *authority) assessKey(r *assessor) {
	if a.sealed == nil {
		a.lostKey()
		return
	}
	a.matches(a.cert.PublicKey, a.id+layout.Certificate, "")
	added, removed := r.recipientReasons(&a.item)
	if len(added)+len(removed) == 0 {
		a.present = append(a.present, file{a.sealedName, a.sealed})
		return
	}
	a.due(Resealed, append(added, removed...)...)
}

func (a *authority) faults(name string, now time.Time, window time.Duration) diag.List {
	pos := diag.Pos{File: layout.Secrets + name}
	var out diag.List
	fault := func(s diag.Severity, summary, detail, hint string) {
		out = append(out, diag.Diagnostic{Severity: s, Summary: summary, Detail: detail, Hint: hint, Pos: pos})
	}
	c := a.cert
	switch {
	case !c.IsCA || c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0:
		fault(diag.Error, name+" is no authority's certificate", "it may not sign others", "put the authority's certificate there")
		return out
	case a.relieved:
		return out
	case now.Before(c.NotBefore):
		fault(diag.Error, a.id+" is not valid before "+stamp(c.NotBefore), "it is "+stamp(now)+" here", "check the clock of this machine")
	case !now.Before(c.NotAfter):
		fault(diag.Error, a.id+" expired at "+stamp(c.NotAfter), "nothing that it signed is trusted any more", "replace it: "+a.plan.Rotating().Step("stage"))
	case c.NotAfter.Sub(now) <= window:
		fault(diag.Warning, a.id+" expires at "+stamp(c.NotAfter), "no certificate can outlive its authority", "replace it before that: "+a.plan.Rotating().Step("stage"))
	}
	for _, why := range without(a.differs(), a.adopted.differences) {
		fault(diag.Warning, a.id+": "+why, "the authority stays as it is", "to change that, replace it: "+a.plan.Rotating().Step("stage"))
	}
	return out
}

// differs says in words in which ways it is not what harender would make.
func (a *authority) differs() []string {
	return append(subjectReasons(a.cert.Subject, a.request().Subject()), keyDifference(a.cert.PublicKey, a.template.Kind())...)
}

// shared finds authorities with one key: who has a certificate of one is trusted where the other is meant.
func (r *reviewer) shared() diag.List {
	var out diag.List
	for i, a := range r.authorities {
		for _, b := range r.authorities[:i] {
			if a.cert != nil && b.cert != nil && bytes.Equal(a.cert.RawSubjectPublicKeyInfo, b.cert.RawSubjectPublicKeyInfo) {
				out = append(out, diag.Diagnostic{
					Severity: diag.Warning,
					Summary:  fmt.Sprintf("%s and %s have the same key", b.id, a.id),
					Detail:   "anyone who has a certificate of one is trusted where the other is meant",
					Hint:     "give each its own",
					Pos:      diag.Pos{File: layout.Secrets + a.id + layout.Certificate},
				})
			}
		}
	}
	return out
}

func (a *authority) request() pki.Request {
	return pki.Request{Template: a.template, CommonName: a.plan.CommonName}
}

// spanned is the request with the time that the authority has if it is made now.
func (a *authority) spanned(now time.Time, templates pki.Templates) pki.Request {
	req := a.request()
	req.From = begin(now)
	req.To = req.From.Add(cmp.Or(a.plan.Validity, templates.AuthorityValidity()))
	return req
}

// authorityMaker makes authorities, and opens the keys of those that have to sign.
type authorityMaker struct {
	*sealer
	templates pki.Templates
}

func (r *authorityMaker) makeAuthorities() {
	for _, a := range r.authorities {
		for _, each := range a.trusted() {
			r.makeAuthority(each)
		}
	}
}

func (r *authorityMaker) makeAuthority(a *authority) {
	if a.action == Issued {
		r.newAuthority(a)
	}
	if a.action != Resealed {
		return
	}
	plain, ok := r.open(&a.item)
	if !ok {
		return
	}
	defer plain.Wipe()
	r.setSigner(a, plain)
	r.seal(&a.item, plain)
}

func (r *authorityMaker) newAuthority(a *authority) {
	made, by, err := r.templates.NewAuthority(a.spanned(r.in.Now, r.templates))
	defer made.Key.Wipe()
	if err != nil {
		a.refuse(err)
		return
	}
	if !r.seal(&a.item, made.Key) {
		return
	}
	a.cert, a.text, a.until, a.signer = made.Cert, made.Text, made.Cert.NotAfter, by
	a.written = append(a.written, file{a.id + layout.Certificate, made.Text})
}

// openSigners opens the keys of the authorities that have something to sign.
func (r *authorityMaker) openSigners() {
	for _, a := range r.authorities {
		n := r.pending(a)
		switch {
		case n == 0 || a.signer != nil || a.findings.HasErrors():
		case a.sealed == nil:
			a.fail(diag.Diagnostic{
				Summary: fmt.Sprintf("the key of %s is not in the repository, and %d certificates need its signature", a.id, n),
				Hint:    "run harender certs csr and have them signed where it is, or import the key with harender certs import",
				Pos:     diag.Pos{File: layout.Secrets + a.sealedName},
			})
		default:
			if !r.openSigner(a) {
				r.unsigned(a)
			}
		}
	}
}

// openSigner opens the key of an authority. It gives false where no key at hand does.
func (r *authorityMaker) openSigner(a *authority) bool {
	plain, ok := r.open(&a.item)
	if !ok {
		return false
	}
	defer plain.Wipe()
	r.setSigner(a, plain)
	return true
}

// unsigned says with what went wrong which certificates cannot be made for it, to operators who are not to have the key.
func (r *authorityMaker) unsigned(a *authority) {
	var ids []string
	for _, l := range r.leaves {
		if l.ca == a && (l.action == Issued || l.action == Reissued) {
			ids = append(ids, l.id)
		}
	}
	last := &a.findings[len(a.findings)-1]
	last.Detail += fmt.Sprintf("; %d certificates need its signature: %s", len(ids), diag.Few(ids))
}

// pending counts the certificates that the authority has to sign.
func (r *authorityMaker) pending(a *authority) int {
	n := 0
	for _, l := range r.leaves {
		if l.ca == a && (l.action == Issued || l.action == Reissued) {
			n++
		}
	}
	return n
}

func (r *authorityMaker) setSigner(a *authority, plain secret.Plain) {
	if err := pki.Match(plain, a.cert.PublicKey, layout.Secrets+a.id+layout.Certificate); err != nil {
		a.fail(damaged(a.sealedName, err.Error()))
		return
	}
	by, err := r.templates.NewSigner(a.cert, plain)
	if err != nil {
		a.refuse(err)
	}
	a.signer = by
}

// retiredName is where a replaced file goes. The serial number makes it unique.
func retiredName(id string, serial *big.Int, extension string) string {
	return layout.Retired(id, serial.Text(16), extension)
}
