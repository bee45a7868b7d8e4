package issue

import (
	"cmp"
	"crypto/x509"
	"fmt"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/layout"
)

// leaf is a certificate with its key, as it is or as it will be.
type leaf struct {
	item
	plan plan.Certificate
	want wanted
	// ca is nil if the plan names none, which is a fault of the plan.
	ca *authority
	// cert is the certificate that exists, if one does.
	cert *x509.Certificate
	// adopted are the differences with which it was adopted from another tool, if it was.
	adopted adopted
	// overdue: it should be renewed, and only an authority elsewhere can.
	overdue bool
}

func (r *assessor) assessLeaf(c plan.Certificate) *leaf {
	l := &leaf{
		item: item{id: c.ID, field: c.Field, node: c.Recipients, action: Kept},
		plan: c,
		ca:   r.byID[c.Authority],
	}
	if l.ca == nil {
		l.fail(diag.Diagnostic{Summary: fmt.Sprintf("%s: there is no authority %s", c.ID, c.Authority), Field: c.Field})
		return l
	}
	l.want = r.want(c, l.ca)
	certName := c.ID + layout.Certificate
	r.readSealed(&l.item, c.ID+layout.Key)
	text := r.read(&l.item, certName)
	if text != nil {
		cert, err := pki.ParseCertificate(text)
		if err != nil {
			l.fail(damaged(certName, err.Error()))
			return l
		}
		l.cert = cert
		l.adopted = r.readAdopted(&l.item, cert.Raw)
	}
	if !l.findings.HasErrors() {
		l.decide(r, file{certName, text})
	}
	return l
}

// requestOf is what the plan and the recipe say of a certificate.
func (r *assessor) requestOf(c plan.Certificate) pki.Request {
	return pki.Request{
		Template: r.templates.Template(c.Recipe), Profile: c.Profile,
		CommonName: c.CommonName, Organization: c.Organization, Hosts: c.Hosts,
	}
}

// want puts together what the plan, the recipe and the authority say of a certificate.
func (r *assessor) want(c plan.Certificate, ca *authority) wanted {
	prof, req := r.templates.Profile(c.Profile), r.requestOf(c)
	w := wanted{
		request: req, subject: req.Subject(), hosts: c.Hosts, profile: prof, kind: req.Template.Kind(),
		now: r.in.Now, validity: cmp.Or(c.Validity, prof.Validity), renewBefore: c.RenewBefore,
	}
	return w.by(ca.cert)
}

// by sets the authority, within whose time a certificate that is signed now has to stay.
func (w wanted) by(ca *x509.Certificate) wanted {
	w.ca, w.from = ca, begin(w.now)
	if ca != nil && w.from.Before(ca.NotBefore) {
		w.from = ca.NotBefore
	}
	w.to = w.from.Add(w.validity)
	if ca != nil && w.to.After(ca.NotAfter) {
		w.to = ca.NotAfter
	}
	return w
}

// decide keeps the pair, seals its key for more recipients, or has it replaced.
func (l *leaf) decide(r *assessor, cert file) {
	switch {
	case l.cert == nil && l.sealed == nil:
		l.due(Issued, "it does not exist")
		return
	case l.cert == nil:
		l.due(Reissued, "the certificate is missing")
	case l.sealed == nil:
		l.due(Reissued, "the key is missing")
	}
	var added []string
	if l.cert != nil {
		l.until = l.cert.NotAfter
		why := l.reasons(l.want)
		l.overdue = len(why) > 0 && l.canWait()
		if len(why) > 0 && !l.overdue {
			l.due(Reissued, why...)
		}
		if r.in.Renew.covers(l, r.in.Now) {
			l.due(Reissued, "its renewal was asked for")
		}
	}
	if l.sealed != nil {
		var removed []string
		if added, removed = r.recipientReasons(&l.item); len(removed) > 0 {
			l.due(Reissued, append(removed, added...)...)
		}
	}
	switch {
	case l.action == Reissued:
		l.retire(cert)
	case len(added) > 0:
		l.due(Resealed, added...)
		l.present = []file{cert}
	default:
		l.present = []file{cert, {l.sealedName, l.sealed}}
	}
	if l.action != Reissued {
		l.matches(l.cert.PublicKey, cert.name, "; or have another pair made: harender certs renew --node "+layout.NodeOf(l.id))
	}
	l.keepAdopted()
}

// retire moves the old pair, or what there is of it, out of the way of the new one.
func (l *leaf) retire(cert file) {
	if l.cert != nil {
		l.retired = append(l.retired, file{retiredName(l.id, l.cert.SerialNumber, layout.Certificate), cert.data})
	}
	if l.sealed == nil {
		return
	}
	name := retiredSecret(l.id, l.sealed, layout.Key)
	if l.cert != nil {
		name = retiredName(l.id, l.cert.SerialNumber, layout.Key)
	}
	l.retired = append(l.retired, file{name, l.sealed})
}

func (r *maker) makeLeaf(l *leaf) {
	switch l.action {
	case Issued, Reissued:
		r.signLeaf(l)
	case Resealed:
		r.resealLeaf(l)
	}
}

func (r *maker) signLeaf(l *leaf) {
	w := l.want.by(l.ca.cert)
	w.request.From, w.request.To = w.from, w.to
	made, err := l.ca.signer.Sign(w.request)
	defer made.Key.Wipe()
	if err != nil {
		l.refuse(err)
		return
	}
	if r.seal(&l.item, made.Key) {
		l.written = append(l.written, file{l.id + layout.Certificate, made.Text})
		l.until = w.to
	}
}

// resealLeaf keeps the certificate, so that nothing has to restart because an operator joined.
func (r *maker) resealLeaf(l *leaf) {
	plain, ok := r.open(&l.item)
	if !ok {
		return
	}
	defer plain.Wipe()
	if err := pki.Match(plain, l.cert.PublicKey, layout.Secrets+l.id+layout.Certificate); err != nil {
		l.fail(damaged(l.sealedName, err.Error()))
		return
	}
	r.seal(&l.item, plain)
}
