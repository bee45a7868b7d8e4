package issue

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/sums"
	"github.com/harender/harender/internal/layout"
)

// record is what secrets/ says of the cluster's own: the pins of its authorities and secrets, by ID, as builds made them. What
// else lies there in their place is another's.
type record struct {
	pins map[string][]string
	// there: the repository keeps a record. One that an older version began has none until it is asked for.
	there bool
	// text is the file as it is.
	text []byte
}

// ReadRecord gives the pins that secrets/ has, by ID, and nothing where it has none that can be read.
func ReadRecord(secrets fs.FS) map[string][]string {
	rec, _ := readRecord(secrets)
	return rec.pins
}

func (r *pinning) readRecord() diag.List {
	var found diag.List
	r.record, found = readRecord(r.files)
	return found
}

func readRecord(secrets fs.FS) (record, diag.List) {
	refuse := func(detail string) (record, diag.List) {
		return record{}, diag.List{{
			Summary: layout.Secrets + sums.Pins + " is not what harender writes", Detail: detail,
			Hint: "restore it from version control; after a merge, take either side, and run harender certs pins --write",
			Pos:  diag.Pos{File: layout.Secrets + sums.Pins},
		}}
	}
	text, err := bounded.ReadFile(secrets, sums.Pins, bounded.File)
	if errors.Is(err, fs.ErrNotExist) {
		return record{}, nil
	}
	if err != nil {
		return refuse(err.Error())
	}
	out := record{there: true, text: text}
	if err := json.Unmarshal(text, &out.pins); err != nil {
		return refuse("it is no list of pins in JSON")
	}
	if !bytes.Equal(encodeRecord(out.pins), text) {
		return refuse("its lines are not sorted, or one stands twice")
	}
	return out, nil
}

// encodeRecord has a pin a line, so that a diff of it is read.
func encodeRecord(pins map[string][]string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	_ = enc.Encode(pins) // strings are whatever they are
	return b.Bytes()
}

// strange says that a file is none of those which the record has for the ID.
func (rec record) strange(id, name, pin string) diag.List {
	pins := rec.pins[id]
	if len(pins) == 0 || slices.Contains(pins, pin) {
		return nil
	}
	return diag.List{{
		Summary: layout.Secrets + name + " is not the cluster's own",
		Detail:  "it is " + pin + "; " + layout.Secrets + sums.Pins + " has " + diag.Escape(strings.Join(pins, ", ")),
		Hint:    "restore it from version control, and find out who replaced it; if it is meant, harender certs pins --write takes it as the cluster's own",
		Pos:     diag.Pos{File: layout.Secrets + sums.Pins},
	}}
}

// missing says that what the record has for the ID is not there.
func (rec record) missing(id string) diag.List {
	if len(rec.pins[id]) == 0 {
		return nil
	}
	return diag.List{{
		Summary: id + " has a pin, but does not exist",
		Detail:  "what would be made in its place is another",
		Hint:    "restore it from version control; for a new one, have harender certs pins --write forget it",
		Pos:     diag.Pos{File: layout.Secrets + sums.Pins},
	}}
}

// bare warns of authorities and secrets of which nothing says that they are the cluster's own.
func (r *pinning) bare() diag.List {
	var ids []string
	note := func(id string, there bool) {
		if there && !r.pinnedAt(id) {
			ids = append(ids, id)
		}
	}
	for _, a := range r.authorities {
		note(a.plan.ID, a.cert != nil && a.action != Issued)
	}
	for _, g := range r.generated {
		note(g.plan.ID, g.public != nil)
	}
	if len(ids) == 0 {
		return nil
	}
	return diag.List{{
		Severity: diag.Warning,
		Summary:  "nothing says which authorities and keys are the cluster's own",
		Detail:   "without pins, others in their place are found only by who reads the change: " + diag.Few(ids),
		Hint:     "see that they are right, and run harender certs pins --write",
		Pos:      diag.Pos{File: layout.Secrets + sums.Pins},
	}}
}

// virgin: there is none of the authorities and secrets yet, so that a record of all of them can begin.
func (r *pinning) virgin() bool {
	return !slices.ContainsFunc(r.everyAuthority(), func(a *authority) bool { return a.cert != nil || a.sealed != nil }) &&
		!slices.ContainsFunc(r.everySecret(), func(g *generated) bool { return g.public != nil || g.sealed != nil })
}

// recorded is the record after this run: of what was there, the pins that it had, and those of what this run made.
func (r *pinning) recorded() map[string][]string {
	out := map[string][]string{}
	add := func(id, pin string) {
		if pin != "" && !slices.Contains(out[id], pin) {
			out[id] = append(out[id], pin)
		}
	}
	for _, a := range r.everyAuthority() {
		if a.cert != nil {
			pin := pinOf(a.cert.RawSubjectPublicKeyInfo)
			if a.action == Issued || slices.Contains(r.record.pins[a.plan.ID], pin) {
				add(a.plan.ID, pin)
			}
		}
	}
	for _, g := range r.generated {
		for _, pin := range r.record.keptOf(g.accepted()) {
			add(g.plan.ID, pin)
		}
	}
	for id := range out {
		slices.Sort(out[id])
	}
	return out
}

// keptOf are the pins of a secret and of those that a rotation brings or takes. One of them that has none, as an imported one
// has, would be called a stranger beside the others' pins: then there are none.
func (rec record) keptOf(all []*generated) []string {
	var out []string
	for _, g := range all {
		pins := rec.kept(g)
		if len(pins) == 0 && g.sealed != nil {
			return nil
		}
		out = append(out, pins...)
	}
	return out
}

// kept are the pins of a secret after this run.
func (rec record) kept(g *generated) []string {
	had := rec.pins[g.plan.ID]
	pin := g.seen
	if g.plan.Kind == plan.ServiceAccountKey {
		pin = pemPin(g.text)
	}
	switch {
	case g.pin != "":
		return []string{g.pin}
	case pin != "" && slices.Contains(had, pin):
		return []string{pin}
	case pin == "" && g.sealed != nil && g.plan.Kind != plan.ServiceAccountKey: // Which of them it is, nobody looked.
		return had
	}
	return nil
}

// keepRecord gives the record as it is to be written, and nothing where it stays as it is.
func (r *pinning) keepRecord() []byte {
	if !r.record.there && !r.begins || r.in.Locked {
		return nil
	}
	if text := encodeRecord(r.recorded()); !bytes.Equal(text, r.record.text) {
		return text
	}
	return nil
}

// Record is the file of pins for the authorities and secrets as they are, below secrets/. Secrets without a public half are
// opened if that is asked for; else they keep the pins that they have.
func Record(p plan.Plan, in Inputs, open bool) ([]Content, diag.List) {
	r, problems := newRunWithTemplates(p, in)
	if problems = append(problems, r.stand(p)...); problems.HasErrors() {
		return nil, problems
	}
	before := ReadRecord(in.Secrets)
	r.assess(p)
	out := map[string][]string{}
	r.eachPin(open, func(id, pin string) { out[id] = append(out[id], pin) })
	for _, g := range r.everySecret() {
		if pins := before[g.plan.ID]; !open && g.public == nil && g.sealed != nil && g.slot == "" && len(pins) > 0 {
			out[g.plan.ID] = slices.Clone(pins)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(out)) {
		slices.Sort(out[id])
		out[id] = slices.Compact(out[id])
	}
	return []Content{{sums.Pins, encodeRecord(out)}}, append(problems, r.findings()...).Distinct()
}
