package issue

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"slices"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/layout"
	"github.com/harender/harender/internal/parallel"
)

// What becomes of a certificate that is signed elsewhere.
const (
	Requested Action = "requested"
	Pending   Action = "pending"
)

// requestName and pendingName are where a request and its key lie below secrets/. The key is sealed as it will be beside
// its certificate, so that an answer is put in place without opening anything.
func requestName(id string) string { return layout.Pending(id, layout.Request) }

func pendingName(id string) string { return layout.Pending(id, layout.Key) }

// CSRResult is what a request run makes of secrets/.
type CSRResult struct {
	Write []Content
	// Events has an entry for each certificate that an authority without key has to sign.
	Events []Event
	// Requests are all that wait for an answer, new or not, by the name ID.csr.
	Requests []Content
}

// Request makes a key and a PKCS #10 request for each certificate that has to be issued, and whose authority has no key
// here. A request that is still right is kept to the byte; the others move to retired/.
func Request(p plan.Plan, in Inputs) (CSRResult, diag.List) {
	r, problems := assess(p, in)
	if problems.HasErrors() {
		return CSRResult{}, problems
	}
	problems = append(problems, r.findings()...)
	problems = append(problems, r.missingCA()...)
	var todo []*leaf
	outside := false
	for _, l := range r.leaves {
		if l.ca == nil || !l.ca.elsewhere() {
			continue
		}
		outside = true
		if l.overdue || l.action == Issued || l.action == Reissued {
			todo = append(todo, l)
		}
	}
	if !outside {
		problems = append(problems, diag.Diagnostic{
			Summary: "no authority of this repository is signed for elsewhere",
			Detail:  "an authority whose certificate is in the repository and whose key is not has to be asked; what there is to issue, a build issues",
			Hint:    "for an authority elsewhere, import its certificate: harender certs import ca.crt; otherwise run harender build",
		})
	}
	if problems.HasErrors() {
		return CSRResult{}, problems.Distinct()
	}
	requests := make([]*request, len(todo))
	parallel.Each(len(todo), func(n int) { requests[n] = r.request(todo[n]) })
	var out CSRResult
	for _, q := range requests {
		problems = append(problems, q.findings...)
		out.add(q)
	}
	if problems.HasErrors() {
		return CSRResult{}, problems.Distinct()
	}
	return out, problems.Distinct()
}

// elsewhere: its certificate is here, and its key is not.
func (a *authority) elsewhere() bool { return a.cert != nil && a.sealed == nil && a.action == Kept }

// canWait: the certificate does what it is for, but ends soon or is by the authority before, and only an authority elsewhere
// can sign another. Until it ends, or nothing trusts it any more, it stays in use.
func (l *leaf) canWait() bool {
	if !l.ca.elsewhere() {
		return false
	}
	later := l.want
	later.renewBefore = 0
	return len(l.reasons(later)) == 0 || l.ca.other != nil && len(l.reasons(later.by(l.ca.other.cert))) == 0
}

// overdue warns of the certificates that wait.
func (r *reviewer) overdue() diag.List {
	var out diag.List
	for _, a := range r.authorities {
		var ids []string
		for _, l := range r.leaves {
			if l.ca == a && l.overdue {
				ids = append(ids, l.id)
			}
		}
		if len(ids) > 0 {
			out = append(out, diag.Diagnostic{
				Severity: diag.Warning,
				Summary:  fmt.Sprintf("%d certificates wait for a signature of %s", len(ids), a.id),
				Detail:   "its key is not in the repository, so that they stay until they end: " + diag.Few(ids),
				Hint:     "run harender certs csr, have the requests signed, and import the answers",
				Pos:      diag.Pos{File: layout.Secrets + a.id + layout.Certificate},
			})
		}
	}
	return out
}

// request is a certificate that is asked for, with its key.
type request struct {
	leaf     *leaf
	action   Action
	findings diag.List
	// text is the PEM, parsed in csr; sealed is the key.
	text   []byte
	csr    *x509.CertificateRequest
	sealed []byte
	sealTo []string
	write  []Content
}

func (out *CSRResult) add(q *request) {
	out.Write = append(out.Write, q.write...)
	why := q.leaf.why
	if q.leaf.overdue {
		why = q.leaf.reasons(q.leaf.want)
	}
	out.Events = append(out.Events, Event{ID: q.leaf.id, Action: q.action, Why: why})
	out.Requests = append(out.Requests, Content{q.leaf.id + layout.Request, q.text})
}

// requester makes requests for certificates that are signed elsewhere.
type requester struct {
	*store
	*sealer
	templates pki.Templates
}

func (r *requester) request(l *leaf) *request {
	q := r.readRequest(l)
	if q.findings.HasErrors() {
		return q
	}
	if q.csr != nil && q.sealed != nil && q.fits(r.templates.Extensions(l.want.request)) {
		q.action = Pending
		return q
	}
	q.retire()
	r.renewRequest(q)
	return q
}

// readRequest finds the request that was made before, if one was.
func (r *requester) readRequest(l *leaf) *request {
	q := &request{leaf: l, action: Requested}
	it := &item{id: l.id}
	q.text, q.sealed = r.read(it, requestName(l.id)), r.read(it, pendingName(l.id))
	if q.text != nil {
		parsed, err := pki.ParseRequest(q.text)
		if err != nil {
			it.fail(damaged(requestName(l.id), err.Error()))
		}
		q.csr = parsed
	}
	if q.sealed != nil {
		label, to, err := r.in.Vault.Read(q.sealed)
		if err != nil {
			it.fail(damaged(pendingName(l.id), err.Error()))
		} else if label.ID != "" && label.ID != l.id {
			it.fail(swapped(pendingName(l.id), label.ID, l.id))
		}
		q.sealTo = to
		if label.Relisted(to) {
			it.fail(relisted(pendingName(l.id), label.Recipients, to))
		}
		if it.sealedName, it.said = pendingName(l.id), label; q.csr != nil {
			it.matches(q.csr.PublicKey, requestName(l.id), "; or remove both, and run harender certs csr")
		}
	}
	q.findings = it.findings
	return q
}

// fits reports whether the request asks for what the plan wants now, with a key sealed to those who should open it.
func (q *request) fits(extensions []pkix.Extension) bool {
	l := q.leaf
	names := x509.Certificate{DNSNames: q.csr.DNSNames, IPAddresses: q.csr.IPAddresses, EmailAddresses: q.csr.EmailAddresses, URIs: q.csr.URIs}
	for _, want := range extensions {
		same := func(have pkix.Extension) bool { return have.Id.Equal(want.Id) && bytes.Equal(have.Value, want.Value) }
		if !slices.ContainsFunc(q.csr.Extensions, same) {
			return false
		}
	}
	return len(subjectReasons(q.csr.Subject, l.want.subject)) == 0 && len(hostReasons(&names, l.want.hosts)) == 0 &&
		certificate.KeyOf(q.csr.PublicKey) == l.want.kind &&
		len(without(l.planned, q.sealTo)) == 0 && len(without(q.sealTo, l.planned)) == 0
}

// retire moves what there was out of the way. An answer to it may still come, and the key is not to be lost.
func (q *request) retire() {
	id := q.leaf.id
	if q.sealed != nil {
		q.write = append(q.write, Content{layout.RetiredPending(id, fingerprint(q.sealed), layout.Key), q.sealed})
	}
	if q.text != nil {
		q.write = append(q.write, Content{layout.RetiredPending(id, fingerprint(q.sealed), layout.Request), q.text})
	}
}

func (r *requester) renewRequest(q *request) {
	l := q.leaf
	plain, text, err := r.templates.NewRequest(l.want.request)
	if err != nil {
		q.findings = append(q.findings, diag.Diagnostic{Summary: "cannot request " + l.id, Detail: err.Error(), Field: l.field})
		return
	}
	defer plain.Wipe()
	it := item{id: l.id, field: l.field, node: l.node, sealedName: l.sealedName, operators: l.operators, planned: l.planned}
	if !r.seal(&it, plain) {
		q.findings = append(q.findings, it.findings...)
		return
	}
	q.text = text
	q.write = append(q.write, Content{pendingName(l.id), it.written[0].data}, Content{requestName(l.id), text})
}
