package issue

import (
	"cmp"
	"crypto/x509"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/layout"
	"github.com/harender/harender/internal/parallel"
)

// Status is how a certificate stands in time.
type Status string

// The statuses. Renew is inside the renewal window, where the next build issues a certificate again.
const (
	OK      Status = "ok"
	Renew   Status = "renew"
	Expired Status = "expired"
	Missing Status = "missing"
	Damaged Status = "damaged"
)

// Held is a certificate of the plan as the repository holds it.
type Held struct {
	// ID is the plan's.
	ID string
	// Node and Path say where a machine has the certificate, the path from its root. Both are empty for an authority,
	// which all nodes share.
	Node, Path string
	// File is the path from the repository's root.
	File string
	// Cert is nil where the certificate is missing or damaged.
	Cert *x509.Certificate
	// Names are the subject alternative names.
	Names  []string
	Status Status
	// RenewBefore is the renewal window before the end.
	RenewBefore time.Duration
	// authority is set for an authority, in whatever slot; leaving is one that was followed, and signs no more.
	authority plan.Authority
	leaving   bool
}

// Inventory finds every certificate of the plan below secrets/, sorted by node and path, authorities first. It needs no
// key. A certificate that cannot be read is listed as damaged, beside a diagnostic.
func Inventory(p plan.Plan, secrets fs.FS, now time.Time) ([]Held, diag.List) {
	all, err := planned(p, secrets)
	if err != nil {
		return nil, diag.List{{Summary: "cannot read " + layout.Secrets, Detail: err.Error()}}
	}
	s := &store{files: secrets}
	found := make([]diag.List, len(all))
	parallel.Each(len(all), func(i int) { found[i] = s.hold(&all[i], now) })
	return all, slices.Concat(found...)
}

// planned are the certificates of the plan before anybody looked for them, and those that a rotation has beside them.
func planned(p plan.Plan, secrets fs.FS) ([]Held, error) {
	window := p.Cluster.Certificates.RenewBefore
	var out []Held
	for _, a := range p.Authorities {
		for _, slot := range layout.Slots() {
			there, err := exists(secrets, a.ID+slot+layout.Certificate)
			if err != nil {
				return nil, err
			}
			if there || slot == "" {
				out = append(out, Held{ID: a.ID + slot, File: layout.Secrets + a.ID + slot + layout.Certificate, RenewBefore: window, authority: a, leaving: slot == layout.PreviousSlot})
			}
		}
	}
	places := map[string]Held{}
	for _, n := range p.Nodes {
		for _, m := range n.Material {
			places[m.Source] = Held{Node: n.Cluster.Name, Path: m.Path}
		}
	}
	for _, c := range p.Certificates {
		h := places[c.ID+layout.Certificate]
		h.ID, h.File, h.RenewBefore = c.ID, layout.Secrets+c.ID+layout.Certificate, c.RenewBefore
		out = append(out, h)
	}
	slices.SortStableFunc(out, func(a, b Held) int {
		return cmp.Or(strings.Compare(a.Node, b.Node), strings.Compare(a.Path, b.Path))
	})
	return out, nil
}

// hold fills in what the certificate's file says.
func (r *store) hold(h *Held, now time.Time) diag.List {
	var it item
	name := h.ID + layout.Certificate
	text := r.read(&it, name)
	switch {
	case len(it.findings) > 0:
		h.Status = Damaged
		return it.findings
	case text == nil:
		h.Status = Missing
		return nil
	}
	cert, err := pki.ParseCertificate(text)
	if err != nil {
		h.Status = Damaged
		return diag.List{damaged(name, err.Error())}
	}
	h.Cert, h.Names, h.Status = cert, altNames(cert), OK
	switch {
	case h.leaving:
	case !now.Before(cert.NotAfter):
		h.Status = Expired
	case cert.NotAfter.Sub(now) <= h.RenewBefore:
		h.Status = Renew
	}
	return nil
}

// Ending reports whether the certificate is missing or ends within the time from now, and what to do about it. What is
// damaged was reported by [Inventory].
func (h Held) Ending(now time.Time, within time.Duration) (diag.Diagnostic, bool) {
	d := diag.Diagnostic{Hint: h.remedy(now), Pos: diag.Pos{File: h.File}}
	switch {
	case h.Status == Missing:
		d.Summary = h.ID + " is missing"
	case h.Status == Expired:
		d.Summary = h.ID + " expired at " + stamp(h.Cert.NotAfter)
	case h.Cert != nil && !h.leaving && h.Cert.NotAfter.Sub(now) <= within:
		d.Summary = h.ID + " expires at " + stamp(h.Cert.NotAfter) + ", within " + hours(within)
	default:
		return diag.Diagnostic{}, false
	}
	return d, true
}

func (h Held) remedy(now time.Time) string {
	switch {
	case h.Status == Missing:
		return "run harender build"
	case h.Node == "":
		return "replace the authority: " + h.authority.Rotating().Step("stage")
	case h.Cert != nil && h.Cert.NotAfter.Sub(now) > h.RenewBefore:
		return "harender build reissues it from " + stamp(h.Cert.NotAfter.Add(-h.RenewBefore)) + " on: spec.certificates.renewBefore"
	}
	return "run harender build, and bring " + h.Node + " its files"
}
