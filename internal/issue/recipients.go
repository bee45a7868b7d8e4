package issue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
)

// widened refuses what would let somebody new open the cluster's secrets: an operator of the policy who cannot open a
// secret that exists, or, for a secret yet to be made, none of those that exist. A node's own recipients are the
// spec's business and open nothing but that node's files.
func (r *run) widened() diag.List {
	if r.in.AcceptRecipients {
		return nil
	}
	known := r.known()
	gains := map[string][]string{}
	for _, it := range r.items() {
		before := it.sealedTo
		if it.sealed == nil {
			before = known
		}
		if len(before) == 0 {
			continue
		}
		for _, who := range without(it.operators, before) {
			gains[who] = append(gains[who], it.id)
		}
	}
	var out diag.List
	for _, who := range sortedKeys(gains) {
		out = append(out, diag.Diagnostic{
			Summary: who + " is new among the recipients",
			Detail:  "it could open " + some(gains[who]),
			Hint:    "if that is meant, run harender build --accept-recipients; if not, take it out of .sops.yaml",
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

func sortedKeys(m map[string][]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// some names the first few of many.
func some(ids []string) string {
	const few = 5
	if len(ids) <= few {
		return strings.Join(ids, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(ids[:few], ", "), len(ids)-few)
}

// recipientReasons says in words how the sealed file's recipients differ from the plan's.
func (it *item) recipientReasons() (added, removed []string) {
	return told("recipient %s added", without(it.planned, it.sealedTo)), told("recipient %s removed", without(it.sealedTo, it.planned))
}
