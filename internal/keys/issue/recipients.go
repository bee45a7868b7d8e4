package issue

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
)

// widened refuses what would let somebody new open the cluster's secrets: a recipient, of the policy or of the node, who
// cannot open a secret that exists; or, for a secret yet to be made, an operator who can open none of those that exist.
//
// What a sealed file says of its recipients is not authenticated: whoever edits both it and the policy passes here. He
// gains nothing that exists, and the policy's change stands in the review.
func (r *run) widened() diag.List {
	if r.in.AcceptRecipients {
		return nil
	}
	known := r.known()
	gains := map[string][]string{}
	for _, it := range r.items() {
		before, planned := it.sealedTo, it.planned
		if it.sealed == nil {
			before, planned = known, it.operators
		}
		if len(before) == 0 || it.putOff() {
			continue
		}
		for _, who := range without(planned, before) {
			gains[who] = append(gains[who], it.id)
		}
	}
	var out diag.List
	for _, who := range slices.Sorted(maps.Keys(gains)) {
		out = append(out, diag.Diagnostic{
			Summary: who + " is new among the recipients",
			Detail:  "it could open " + some(gains[who]),
			Hint:    "if that is meant, run harender build --accept-recipients; if not, take it out of .sops.yaml or of the node's recipients",
			Pos:     diag.Pos{File: ".sops.yaml"},
		})
	}
	return out
}

// known are the operators to whom the existing secrets are sealed.
func (r *run) known() []string {
	var out []string
	for _, it := range r.items() {
		out = append(out, without(it.sealedTo, without(it.planned, it.operators))...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// some names the first few of many.
func some(ids []string) string {
	const few = 5
	if len(ids) <= few {
		return strings.Join(ids, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(ids[:few], ", "), len(ids)-few)
}

// recipientReasons says in words how the sealed file's recipients differ from the plan's. Where that is to wait for a key, and
// no key at hand opens the file or what it is made of, they do not.
func (r *run) recipientReasons(it *item, sources ...*generated) (added, removed []string) {
	added, removed = told("recipient %s added", without(it.planned, it.sealedTo)), told("recipient %s removed", without(it.sealedTo, it.planned))
	if len(added)+len(removed) == 0 || !r.in.KeepUnopened {
		return added, removed
	}
	closed := !r.opens(it)
	if len(sources) > 0 {
		closed = slices.ContainsFunc(sources, func(g *generated) bool { return !r.opens(&g.item) })
	}
	if !closed {
		return added, removed
	}
	it.unopened = true
	return nil, nil
}

// opens tells whether a key at hand opens the item's sealed file.
func (r *run) opens(it *item) bool {
	if r.in.Locked || it.sealed == nil {
		return false
	}
	plain, err := r.in.Vault.Open(Folder+it.sealedName, it.label(), it.sealed)
	plain.Wipe()
	return err == nil
}

// putOff tells that the item stays sealed to others than it should.
func (it *item) putOff() bool { return it.unopened && it.action == Kept }

// unopened warns of what stays sealed to others than it should.
func (r *run) unopened() diag.List {
	var ids []string
	for _, it := range r.items() {
		if it.putOff() {
			ids = append(ids, it.id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return diag.List{{
		Severity: diag.Warning,
		Summary:  "no key at hand opens what stays sealed as it is, though its recipients changed",
		Detail:   some(ids),
		Hint:     "replace what nobody can open: docs/recovery.md goes through it",
		Pos:      diag.Pos{File: ".sops.yaml"},
	}}
}
