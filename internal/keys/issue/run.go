package issue

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/keys/sums"
	"github.com/harender/harender/internal/layout"
	"github.com/harender/harender/internal/parallel"
)

// run is one call: what was found, those that judge it without a key, and those that make what is missing with one. Each of
// them has the part of the inputs that it needs.
type run struct {
	in        Inputs
	templates pki.Templates

	*store
	*holdings
	*rotator
	*assessor
	*pinning
	*reviewer

	*gatekeeper
	*sealer
	*authorityMaker
	*secretMaker
	*maker
	*requester
	*verifier
}

// terms are the inputs but for keys, randomness and files: what is to be judged by.
type terms struct {
	Locked, AcceptRecipients, KeepUnopened bool
	Renew                                  Renewal
	Replace                                []string
	Step                                   *Step
	Now                                    time.Time
}

func (in Inputs) terms() terms {
	return terms{
		Locked: in.Locked, AcceptRecipients: in.AcceptRecipients, KeepUnopened: in.KeepUnopened,
		Renew: in.Renew, Replace: in.Replace, Step: in.Step, Now: in.Now,
	}
}

// compose brings a run together, before it looks at anything.
func compose(in Inputs, pins func(id string) (pins []string, key string), templates pki.Templates) *run {
	r := &run{in: in, templates: templates, store: &store{files: in.Secrets}, holdings: &holdings{}}
	r.pinning = &pinning{store: r.store, holdings: r.holdings, in: in.terms(), pins: pins}
	r.gatekeeper = &gatekeeper{holdings: r.holdings, pinning: r.pinning, in: in}
	r.sealer = &sealer{r.gatekeeper}
	r.rotator = &rotator{r.store, r.holdings, in.terms()}
	r.assessor = &assessor{
		store: r.store, holdings: r.holdings, in: in.terms(), templates: templates, recipients: in.Vault, opens: r.sealer.opens,
	}
	r.reviewer = &reviewer{r.store, r.holdings, r.pinning, in.terms()}
	r.authorityMaker = &authorityMaker{r.sealer, templates}
	r.secretMaker = &secretMaker{r.sealer, templates}
	r.maker = &maker{r.sealer, r.authorityMaker, r.secretMaker}
	r.requester = &requester{r.store, r.sealer, templates}
	r.verifier = &verifier{r.sealer, r.secretMaker}
	return r
}

// assess decides what becomes of each item, and who may open what is to be sealed.
func (r *run) assess(p plan.Plan) {
	r.assessor.assess(p)
	r.gate = r.newGate()
	r.begins = r.virgin()
}

// holdings are the things of the plan with what there is of them, once they are assessed: what is kept, stale or missing, and why.
type holdings struct {
	authorities []*authority
	byID        map[string]*authority
	generated   []*generated
	sources     map[string]*generated
	leaves      []*leaf
	copies      []*sealedCopy
	leavers     []*item

	// slots are those beside the one in use, by what is rotated.
	slots    map[string]string
	underway []Rotation
}

// maker makes what was assessed as missing or stale.
type maker struct {
	*sealer
	*authorityMaker
	*secretMaker
}

// item is what every kind of thing in the plan has in common.
type item struct {
	id, field string
	// slot is what the id ends in, of something that is beside what is in use.
	slot string
	// node are the recipients beside the operators.
	node   []string
	action Action
	why    []string
	until  time.Time
	// present stays as it is; retired and written are new, and retired goes first.
	present, retired, written []file
	// removed is a file that retired has at another path.
	removed string
	// sealed is the sealed file as it is, with the name sealedName; sealedTo and planned are who can open it and who should.
	sealedName        string
	sealed            secret.Sealed
	sealedTo, planned []string
	operators         []string
	// said is what the sealed file says of itself; listed are the recipients that its metadata has.
	said   secret.Label
	listed []string
	// admitted: nobody new is among its recipients.
	admitted bool
	// unopened: its recipients should change, and no key at hand opens it.
	unopened bool
	// shut: no key at hand opens its file, and nothing else is known to be wrong with that.
	shut     bool
	findings diag.List
}

type file struct {
	name string
	data []byte
}

// items in the order of the plan.
func (r *holdings) items() []*item {
	out := make([]*item, 0, len(r.authorities)+len(r.generated)+len(r.leaves)+len(r.copies))
	for _, a := range r.authorities {
		for _, each := range a.trusted() {
			out = append(out, &each.item)
		}
	}
	for _, g := range r.generated {
		for _, each := range g.accepted() {
			out = append(out, &each.item)
		}
	}
	for _, l := range r.leaves {
		out = append(out, &l.item)
	}
	for _, c := range r.copies {
		out = append(out, &c.item)
	}
	return append(out, r.leavers...)
}

func (r *holdings) findings() diag.List {
	var out diag.List
	for _, it := range r.items() {
		out = append(out, it.findings...)
	}
	return out
}

// missing reports what a locked run cannot make.
func (r *holdings) missing() diag.List {
	var out diag.List
	for _, it := range r.items() {
		if it.action != Kept && !it.findings.HasErrors() {
			out = append(out, diag.Diagnostic{
				Summary: it.id + " would have to be " + string(it.action),
				Detail:  strings.Join(it.why, "; "),
				Hint:    "run harender build where an operator's key is at hand",
				Field:   it.field,
				Pos:     diag.Pos{File: layout.Secrets + it.sealedName},
			})
		}
	}
	return out
}

// make does what assess decided. Nothing is opened when there is nothing to do.
func (r *maker) make() diag.List {
	defer r.wipe()
	r.makeAuthorities()
	r.makeGenerated()
	r.openSources()
	r.openSigners()
	if l := r.failures(); l.HasErrors() {
		return l
	}
	if l := r.widened(false); l.HasErrors() {
		return l
	}
	leaves := slices.DeleteFunc(slices.Clone(r.leaves), func(l *leaf) bool { return l.action == Kept })
	copies := slices.DeleteFunc(slices.Clone(r.copies), func(c *sealedCopy) bool { return c.action == Kept })
	made := r.counter(len(leaves) + len(copies))
	parallel.Each(len(leaves), func(i int) { r.makeLeaf(leaves[i]); made() })
	parallel.Each(len(copies), func(i int) { r.makeCopy(copies[i]); made() })
	return r.failures()
}

// wipe forgets the secrets that were opened or made.
func (r *secretMaker) wipe() {
	for _, g := range r.everySecret() {
		g.plain.Wipe()
	}
}

// failures are the errors of making; what assess found was reported before.
func (r *holdings) failures() diag.List {
	return slices.DeleteFunc(r.findings(), func(d diag.Diagnostic) bool { return d.Severity != diag.Error })
}

func (r *run) result() Result {
	res := Result{Files: map[string][]byte{}, Bundles: r.bundles(), Underway: r.underway}
	for _, it := range r.items() {
		res.add(it)
	}
	if r.record.there {
		res.Files[sums.Pins] = r.record.text
	}
	if text := r.keepRecord(); text != nil {
		res.Files[sums.Pins] = text
		res.Write = append(res.Write, sums.Pins)
	}
	return res
}

func (res *Result) add(it *item) {
	for _, f := range it.present {
		res.Files[f.name] = f.data
	}
	for _, f := range slices.Concat(it.retired, it.written) {
		res.Files[f.name] = f.data
		res.Write = append(res.Write, f.name)
	}
	if it.removed != "" {
		res.Remove = append(res.Remove, it.removed)
	}
	res.Events = append(res.Events, Event{ID: it.id, Action: it.action, Why: it.why, NotAfter: it.until})
	if !it.until.IsZero() && (res.NextExpiry.Time.IsZero() || it.until.Before(res.NextExpiry.Time)) {
		res.NextExpiry = Expiry{ID: it.id, Time: it.until}
	}
	switch it.action {
	case Kept:
		res.Counts.Kept++
	case Issued:
		res.Counts.Issued++
	case Reissued:
		res.Counts.Reissued++
	case Resealed:
		res.Counts.Resealed++
	case Retired:
		res.Counts.Retired++
	}
}

// label is whose secret it is, whatever slot it is in.
func (it *item) label() string { return strings.TrimSuffix(it.id, it.slot) }

func (it *item) fail(d diag.Diagnostic) { it.findings = append(it.findings, d) }

// refuse takes over the diagnostic of an error that has one; any other error is the engine's own.
func (it *item) refuse(err error) {
	var told interface{ Finding() diag.Diagnostic }
	if !errors.As(err, &told) {
		it.fail(diag.Diagnostic{Summary: "cannot issue " + it.id, Detail: err.Error(), Field: it.field})
		return
	}
	d := told.Finding()
	if d.Field == "" && d.Pos.File == "" {
		d.Field = it.field
	}
	it.fail(d)
}

func damaged(name, detail string) diag.Diagnostic {
	d := diag.Diagnostic{
		Summary: layout.Secrets + name + " is damaged",
		Detail:  detail,
		Hint:    "restore it from version control",
		Pos:     diag.Pos{File: layout.Secrets + name},
	}
	if detail == diag.ErrConflict.Error() {
		d.Hint = diag.HintEither
	}
	return d
}

// due marks the item for action.
func (it *item) due(action Action, why ...string) {
	it.action = action
	it.why = append(it.why, why...)
}

// without are the strings of a that b lacks.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

func formatEach(format string, list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf(format, s)
	}
	return out
}
