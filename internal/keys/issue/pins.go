package issue

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/layout"
)

func pinOf(data ...[]byte) string {
	h := sha256.New()
	for _, d := range data {
		h.Write(d)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// pemPin is the pin of a public key in PEM.
func pemPin(text []byte) string {
	public, err := pki.ParsePublic(text)
	if err != nil {
		return ""
	}
	return certificate.Pin(public)
}

// commitment is the hash of a secret and whose it is. It tells nothing of a secret that holds 256 random bits; of one that
// could be guessed it would.
func commitment(id string, plain secret.Plain) string {
	return pinOf([]byte("harender pin\n"+id+"\n"), plain.Reveal())
}

// pinning is what the spec and secrets/ say of which authorities and secrets are the cluster's own.
type pinning struct {
	*store
	*holdings
	in terms
	// pins are what the spec allows, as [plan.Plan.Pins] gives it.
	pins func(id string) (pins []string, key string)
	// record is what secrets/ says; begins: it begins with this run.
	record record
	begins bool
}

// unpinned finds authorities and public keys that the spec does not allow, without any key; and what it allows that is not
// there, since what would be made in its place could not be the same.
func (r *pinning) unpinned() diag.List {
	var out diag.List
	for _, a := range r.everyAuthority() {
		switch {
		case a.cert != nil:
			out = append(out, r.unlisted(a.plan.ID, a.id+layout.Certificate, pinOf(a.cert.RawSubjectPublicKeyInfo))...)
		case a.id == a.plan.ID:
			out = append(out, r.gone(&a.item)...)
		}
	}
	for _, g := range r.everySecret() {
		switch {
		case g.public != nil:
			out = append(out, r.unlisted(g.plan.ID, g.id+layout.PublicKey, certificate.Pin(g.public))...)
		case g.sealed == nil && g.id == g.plan.ID && !personal(g.plan.Kind):
			out = append(out, r.gone(&g.item)...)
		}
	}
	return out
}

// everyAuthority has those too that a rotation brings or takes.
func (r *holdings) everyAuthority() []*authority {
	var out []*authority
	for _, a := range r.authorities {
		out = append(out, a.trusted()...)
	}
	return out
}

// everySecret has those too that a rotation brings or takes.
func (r *holdings) everySecret() []*generated {
	var out []*generated
	for _, g := range r.generated {
		out = append(out, g.accepted()...)
	}
	return out
}

// personal are the kinds that come and go with their users.
func personal(kind string) bool { return kind == plan.Token || kind == plan.Password }

// unlisted says that a file is none of those which the spec, or the record, allows for the ID.
func (r *pinning) unlisted(id, name, pin string) diag.List {
	if found := r.disallowed(id, name, pin); len(found) > 0 {
		return found
	}
	return r.record.strange(id, name, pin)
}

// disallowed says that a file is none of those which the spec allows for the ID.
func (r *pinning) disallowed(id, name, pin string) diag.List {
	pins, key := r.pins(id)
	if len(pins) == 0 || slices.Contains(pins, pin) {
		return nil
	}
	return diag.List{{
		Summary: layout.Secrets + name + " is not pinned",
		Detail:  "it is " + pin + "; pinned are " + strings.Join(pins, ", "),
		Hint:    "restore it from version control, and find out who replaced it; if it is meant, add its pin: harender certs pins",
		Field:   plan.PinsField + "." + key,
	}}
}

func (r *pinning) gone(it *item) diag.List {
	pins, key := r.pins(it.id)
	if len(pins) == 0 {
		return r.record.missing(it.id)
	}
	return diag.List{{
		Summary: it.id + " is pinned, but does not exist",
		Detail:  "what would be made in its place is another",
		Hint:    "restore it from version control; for a new one, remove its pins first",
		Field:   plan.PinsField + "." + key,
	}}
}

// fresh warns of what this run made and the spec does not allow yet: the next run refuses it.
func (r *pinning) fresh() diag.List {
	var out diag.List
	for _, a := range r.everyAuthority() {
		if a.action == Issued && a.cert != nil {
			out = append(out, r.toPin(a.plan.ID, a.id, pinOf(a.cert.RawSubjectPublicKeyInfo))...)
		}
	}
	for _, g := range r.everySecret() {
		if g.pin != "" {
			out = append(out, r.toPin(g.plan.ID, g.id, g.pin)...)
		}
	}
	return out
}

func (r *pinning) toPin(id, name, pin string) diag.List {
	pins, key := r.pins(id)
	if len(pins) == 0 || slices.Contains(pins, pin) {
		return nil
	}
	return diag.List{{
		Severity: diag.Warning,
		Summary:  name + " is new, and not pinned yet",
		Detail:   "from now on builds refuse it",
		Hint:     "add " + pin,
		Field:    plan.PinsField + "." + key,
	}}
}

// Pins are what the spec could say of the authorities and secrets as they are, by the key below [plan.PinsField]. Secrets are
// opened if that is asked for, and else left out.
func Pins(p plan.Plan, in Inputs, open bool) (map[string][]string, diag.List) {
	r, problems := newRun(p, in)
	if problems.HasErrors() {
		return nil, problems
	}
	r.assess(p)
	for _, a := range r.everyAuthority() {
		if a.cert == nil && !a.findings.HasErrors() {
			a.fail(diag.Diagnostic{Summary: a.id + " does not exist", Hint: "run harender build", Pos: diag.Pos{File: layout.Secrets + a.id + layout.Certificate}})
		}
	}
	out := map[string][]string{}
	r.eachPin(open, func(id, pin string) {
		_, key := p.Pins(id)
		out[key] = append(out[key], pin)
	})
	return out, r.findings().Distinct()
}

// eachPin gives the pins of the authorities and secrets as they are. Secrets without a public half are opened for theirs if that
// is asked for, and else left out.
func (r *sealer) eachPin(open bool, add func(id, pin string)) {
	for _, a := range r.everyAuthority() {
		if a.cert != nil {
			add(a.plan.ID, pinOf(a.cert.RawSubjectPublicKeyInfo))
		}
	}
	for _, g := range r.everySecret() {
		if g.public != nil {
			add(g.plan.ID, certificate.Pin(g.public))
		} else if open && g.sealed != nil {
			if pin := r.commit(g); pin != "" {
				add(g.plan.ID, pin)
			}
		}
	}
}

// commit opens a secret for its commitment. One that a person chose could be guessed from it, and gets none.
func (r *sealer) commit(g *generated) string {
	plain, ok := r.open(&g.item)
	if !ok {
		return ""
	}
	defer plain.Wipe()
	if personal(g.plan.Kind) && !isCredential(plain) {
		g.fail(diag.Diagnostic{
			Severity: diag.Warning, Summary: layout.Secrets + g.sealedName + " was not made by harender, and is left out",
			Detail: "what a person chose can be guessed from its hash",
			Hint:   "remove its user, build, add the user again and build: that makes another",
			Pos:    diag.Pos{File: layout.Secrets + g.sealedName},
		})
		return ""
	}
	return commitment(g.plan.ID, plain)
}
