package issue

import (
	"crypto/x509"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/layout"
)

// Preview is what [Issue] would do: nothing was made, and no key asked for.
type Preview struct {
	// Files are those below secrets/ that stay as they are.
	Files map[string][]byte
	// Bundles is what nodes trust, by [plan.Bundle]; those that hold what is not made yet are left out.
	Bundles map[string][]byte
	// Expected are the items of the plan, in its order.
	Expected []Expected
	Underway []Rotation
}

// Expected is one item of the plan, as Issue would leave it.
type Expected struct {
	Event
	// Certificate of an authority or a leaf, where it would be made. It has neither a number nor a pin.
	Certificate *certificate.Certificate
	// Sealed is the name of the sealed file below secrets/; Before and After are who can open it, sorted. Before is empty if
	// there is none, and After where there will be none.
	Sealed        string
	Before, After []string
}

// Stays reports whether a build leaves the value of a secret as it is, in every slot, though it may seal it again.
func (p Preview) Stays(id string) bool {
	return !slices.ContainsFunc(p.Expected, func(e Expected) bool {
		of := slices.ContainsFunc(layout.Slots(), func(slot string) bool { return e.ID == id+slot })
		return of && e.Action != Kept && e.Action != Resealed
	})
}

// DryRun compares the plan with what exists. The list has what would keep Issue from making anything, but for new
// recipients and pins that miss: these are for anyone who reads the preview to judge.
func DryRun(p plan.Plan, in Inputs) (Preview, diag.List) {
	in.KeepUnopened, in.Locked, in.Step = false, false, nil
	r, problems := newRun(p, in)
	if problems.HasErrors() {
		return Preview{}, problems
	}
	r.assess(p)
	problems = slices.Concat(problems, r.findings(), r.missingCA(), r.shared(), r.revocationWarnings(p)).Distinct()
	if problems.HasErrors() {
		return Preview{}, problems
	}
	for _, d := range r.relisted() { // A build refuses it; who reads the preview has to see the rest, too.
		d.Severity = diag.Warning
		problems = append(problems, d)
	}
	out := Preview{Files: map[string][]byte{}, Bundles: r.bundles(), Underway: r.underway}
	made := r.expectedCertificates()
	for _, it := range r.items() {
		for _, f := range it.present {
			out.Files[f.name] = f.data
		}
		out.Expected = append(out.Expected, it.expected(made[it.id]))
	}
	for _, rotating := range p.Rotating() {
		if r.unmade(rotating.ID) {
			delete(out.Bundles, plan.Bundle(rotating.ID, rotating.Parts[0]))
		}
	}
	return out, problems
}

func (it *item) expected(c *certificate.Certificate) Expected {
	out := Expected{
		Event:  Event{ID: it.id, Action: it.action, Why: it.why, NotAfter: it.until},
		Sealed: it.sealedName, Before: it.sealedTo, After: it.sealedTo, Certificate: c,
	}
	if c != nil {
		out.NotAfter = c.NotAfter
	}
	switch it.action {
	case Issued, Reissued, Resealed:
		out.After = it.planned
	case Retired:
		out.After = nil
	case Kept:
	}
	return out
}

// unmade reports whether a part of what nodes trust in the thing of that ID would be made.
func (r *holdings) unmade(id string) bool {
	return slices.ContainsFunc(r.items(), func(it *item) bool {
		return it.label() == id && it.action == Issued
	})
}

// expectedCertificates are those that would be made, by ID.
func (r *run) expectedCertificates() map[string]*certificate.Certificate {
	out := map[string]*certificate.Certificate{}
	for _, a := range r.everyAuthority() {
		if a.action == Issued {
			out[a.id] = a.expectedCertificate(r)
		}
	}
	for _, l := range r.leaves {
		if l.action == Issued || l.action == Reissued {
			out[l.id] = l.expectedCertificate()
		}
	}
	return out
}

func (a *authority) expectedCertificate(r *run) *certificate.Certificate {
	req := a.spanned(r.in.Now, r.templates)
	name := req.Subject().String()
	return &certificate.Certificate{
		Subject: name, Issuer: name, Authority: true, Key: a.template.Kind(),
		Usages: certificate.Usages(x509.KeyUsageCertSign|x509.KeyUsageCRLSign, nil), NotBefore: req.From, NotAfter: req.To,
	}
}

func (l *leaf) expectedCertificate() *certificate.Certificate {
	usage, extended := l.want.profile.Usages(strings.HasPrefix(l.want.kind, "RSA"))
	issuer := l.ca.request().Subject()
	if l.want.ca != nil {
		issuer = l.want.ca.Subject
	}
	return &certificate.Certificate{
		Subject: l.want.subject.String(), Issuer: issuer.String(), Names: slices.Sorted(slices.Values(canonical(l.want.hosts))),
		Usages: certificate.Usages(usage, extended), Key: l.want.kind, NotBefore: l.want.from, NotAfter: l.want.to,
	}
}
