// Package issue brings about the certificates and secrets of a plan: what is there and still right is kept byte for
// byte, the rest is signed and sealed before it leaves memory. It is the one stage that needs private keys,
// and it asks for one only when something has to be made.
//
// Everything is judged from public facts: a certificate lies in the clear beside its sealed key, and a sealed file
// tells its recipients. Keys are never overwritten or deleted: what is replaced moves to retired/.
package issue

import (
	"io"
	"io/fs"
	"slices"
	"time"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/keys/secret"
)

// Recipients reads what is known of sealed files without a key. Paths are from the repository's root; node are the node's own
// recipients, beside those of the repository's policy.
type Recipients interface {
	// RecipientsFor names who could open a file sealed at path now.
	RecipientsFor(path string, node []string) ([]string, error)
	// Read tells what a sealed file says of itself, which may be nothing, and names who can open it.
	Read(sealed secret.Sealed) (label secret.Label, recipients []string, err error)
}

// Vault seals and opens.
type Vault interface {
	Recipients
	// Seal and Open take the id of the item whose secret it is. A file opens as what it was sealed as.
	Seal(path, id string, plain secret.Plain, node []string) (secret.Sealed, error)
	Open(path, id string, sealed secret.Sealed) (secret.Plain, error)
}

// Inputs are what a plan is compared with, and what making anything takes.
type Inputs struct {
	// Secrets is the repository's secrets/ as it is now.
	Secrets fs.FS
	// Recipes holds ca-config.json and csr/, the user's over the built-in ones.
	Recipes fs.FS
	Vault   Vault
	// Locked makes nothing and opens nothing: what would have to be made is an error.
	Locked bool
	// AcceptRecipients agrees that existing secrets become readable for somebody new.
	AcceptRecipients bool
	// KeepUnopened puts off a change of recipients where no key at hand opens the file: an operators' key was lost.
	KeepUnopened bool
	// Renew asks for certificates to be reissued that need not be.
	Renew Renewal
	// Replace are the IDs of tokens and passwords of users that others take the place of.
	Replace []string
	// Step is a step of a rotation to make, if any.
	Step *Step
	Now  time.Time
	// Rand gives the encryption key at rest, tokens and passwords. Key pairs and serial numbers come from crypto/rand by way of cfssl.
	Rand io.Reader
	// Watch, if there is one, is told from several goroutines how many certificates and copies of how many are made.
	Watch func(done, of int)
}

// Result is what must lie below secrets/.
type Result struct {
	// Files are all files that the plan needs, and what moves to retired/, by path below secrets/.
	Files map[string][]byte
	// Bundles is what nodes trust, by [plan.Bundle]. It is made of Files, and lies nowhere below secrets/.
	Bundles map[string][]byte
	// Write names the files that are new or changed, in the order in which they must reach the disk.
	Write []string
	// Remove names the files that are at another path of Files now.
	Remove []string
	// Events has one entry for every authority, generated secret, certificate and copy, in the order of the plan, and for what
	// is retired.
	Events []Event
	// Underway are the rotations that are not settled, as they stand after this run.
	Underway []Rotation
	// NextExpiry is the earliest end among the certificates and authorities.
	NextExpiry Expiry
	Counts     Counts
}

// Source gives what a node gets: a file or a bundle.
func (res Result) Source(name string) (content []byte, found bool) {
	if content, found = res.Bundles[name]; found {
		return content, true
	}
	content, found = res.Files[name]
	return content, found
}

// Action is what became of an item of the plan.
type Action string

// The actions.
const (
	Kept     Action = "kept"
	Issued   Action = "issued"
	Reissued Action = "reissued"
	Resealed Action = "resealed"
	Retired  Action = "retired"
)

// Event says what became of an item, and why. NotAfter is zero for what does not expire.
type Event struct {
	ID       string    `json:"id"`
	Action   Action    `json:"action"`
	Why      []string  `json:"why,omitempty"`
	NotAfter time.Time `json:"notAfter,omitzero"`
}

// Expiry is when a certificate ends.
type Expiry struct {
	ID   string    `json:"id"`
	Time time.Time `json:"time"`
}

// Counts of the events.
type Counts struct {
	Kept     int `json:"kept"`
	Issued   int `json:"issued"`
	Reissued int `json:"reissued"`
	Resealed int `json:"resealed"`
	Retired  int `json:"retired"`
}

// Issue compares the plan with what exists and makes what is missing or stale. After an error among the diagnostics
// the result is empty and nothing may be written. Warnings stand beside a whole result.
func Issue(p plan.Plan, in Inputs) (Result, diag.List) {
	r, problems := newRun(p, in)
	if problems.HasErrors() {
		return Result{}, problems
	}
	if problems = append(problems, r.retireReplaced(p)...); problems.HasErrors() {
		return Result{}, problems
	}
	problems = append(problems, r.judge(p)...)
	if in.Locked {
		problems = append(problems, r.missing()...)
	}
	if problems = problems.Distinct(); problems.HasErrors() {
		return Result{}, problems
	}
	if failures := r.make(); failures.HasErrors() {
		return Result{}, append(problems, failures...).Distinct()
	}
	res := r.result()
	if err := r.settle(&res); err != nil {
		return Result{}, append(problems, diag.Diagnostic{Summary: "cannot move what is rotated", Detail: err.Error()})
	}
	return res, append(problems, r.fresh()...)
}

// Judge tells what [Issue] refuses or warns of before it makes anything. It needs no key and makes nothing; what is missing
// is no finding.
func Judge(p plan.Plan, in Inputs) diag.List {
	in.Locked = true
	r, problems := newRun(p, in)
	if problems.HasErrors() {
		return problems
	}
	return append(problems, r.judge(p)...).Distinct()
}

// judge compares the plan with what exists.
func (r *run) judge(p plan.Plan) diag.List {
	r.assess(p)
	return slices.Concat(
		r.findings(), r.missingCA(), r.shared(), r.unsound(), r.relisted(), r.widened(true), r.untold(), r.revocationWarnings(p), r.unopened(), r.unpinned(), r.bare(), r.overdue(),
	)
}

// newRun is a run that knows its recipes and where the rotations stand, before it compares anything.
func newRun(p plan.Plan, in Inputs) (*run, diag.List) {
	r, problems := newRunWithTemplates(p, in)
	if problems.HasErrors() {
		return r, problems
	}
	return r, slices.Concat(problems, r.readRecord(), r.stand(p))
}

// newRunWithTemplates is a run that knows its recipes.
func newRunWithTemplates(p plan.Plan, in Inputs) (*run, diag.List) {
	templates, problems := pki.ReadTemplates(p, in.Recipes)
	return compose(in, p.Pins, templates), problems
}
