package issue

import (
	"maps"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
	"github.com/harender/harender/internal/parallel"
)

// widened refuses what would let somebody new open the cluster's secrets: a recipient, of the policy or of a node, for whom
// nothing vouches. Without a key, what the files say of themselves is taken.
func (r *gatekeeper) widened(keyless bool) diag.List {
	all := slices.DeleteFunc(r.items(), func(it *item) bool { return !it.sealing() || it.putOff() })
	found := make([]gains, len(all))
	parallel.Each(len(all), func(i int) {
		found[i].strangers, found[i].claimed = r.newcomers(all[i], keyless)
		all[i].admitted = !keyless && len(found[i].strangers) == 0
	})
	unknown, gained := map[string]bool{}, map[string][]string{}
	for i, g := range found {
		for _, who := range g.strangers {
			gained[who] = append(gained[who], all[i].id)
			unknown[who] = unknown[who] || !slices.Contains(g.claimed, who)
		}
	}
	var out diag.List
	for _, who := range slices.Sorted(maps.Keys(gained)) {
		if unknown[who] {
			out = append(out, r.stranger(who, gained[who]))
			continue
		}
		out = append(out, r.claim(who, gained[who]))
	}
	return out
}

// sealing: the item is to be sealed. A secret that lost its public half alone is not.
func (it *item) sealing() bool {
	switch it.action {
	case Issued:
		return it.sealed == nil && it.sealedName != ""
	case Reissued, Resealed:
		return true
	case Kept, Retired, Requested, Pending, Imported, Present, Unused:
	}
	return false
}

// gains are those who would be able to open an item, as [gatekeeper.newcomers] gives them.
type gains struct{ strangers, claimed []string }

// stranger is about somebody for whom nothing vouches. A node's own recipient stands in the spec, and all others in the policy.
func (r *gatekeeper) stranger(who string, gained []string) diag.Diagnostic {
	d := diag.Diagnostic{
		Summary: who + " is new among the recipients", Detail: "it could open " + diag.Few(gained), Pos: diag.Pos{File: ".sops.yaml"},
	}
	where := ".sops.yaml"
	for _, it := range r.items() {
		if slices.Contains(gained, it.id) && !slices.Contains(it.operators, who) {
			where = it.field + ".recipients"
			d.Field, d.Pos = where, diag.Pos{}
			break
		}
	}
	d.Hint = "if that is meant, run harender build --accept-recipients; if not, take it out of " + where
	return d
}

// claim is about somebody whom files name that prove nothing.
func (r *gatekeeper) claim(who string, gained []string) diag.Diagnostic {
	why := "no key at hand opens a file that proves it, or what names it holds is not what it should"
	if slices.ContainsFunc(r.items(), (*item).unlabelled) {
		why = "files that name it were sealed by an older version or by another program: anybody can edit the list in them"
	}
	return diag.Diagnostic{
		Summary: "nothing proves that " + who + " could open the secrets before",
		Detail:  why + "; it could open " + diag.Few(gained),
		Hint:    "look at all whom harender secrets access names: if each of them is meant, run harender build --accept-recipients once, with a key at hand",
		Pos:     diag.Pos{File: ".sops.yaml"},
	}
}

// admit refuses to seal for somebody for whom nothing vouches. Whatever is sealed passes here.
func (r *gatekeeper) admit(it *item) bool {
	if it.admitted {
		return true
	}
	strangers, claimed := r.newcomers(it, false)
	for _, who := range strangers {
		if slices.Contains(claimed, who) {
			it.fail(r.claim(who, []string{it.id}))
			continue
		}
		it.fail(r.stranger(who, []string{it.id}))
	}
	return len(strangers) == 0
}

// unlabelled: the file does not say under its code to whom it was sealed.
func (it *item) unlabelled() bool {
	return it.sealed != nil && it.said.Recipients == nil && it.action != Retired
}

// relisted finds sealed files whose list of recipients is not the one that they were sealed with.
func (r *reviewer) relisted() diag.List {
	var out diag.List
	for _, it := range r.items() {
		if it.relisted() && (!r.in.AcceptRecipients || it.action == Kept) {
			out = append(out, relisted(it.sealedName, it.said.Recipients, it.listed))
		}
	}
	return out
}

// relisted is about a list of recipients that somebody edited.
func relisted(name string, labelled, listed []string) diag.Diagnostic {
	words := slices.Concat(formatEach("%s was added to it", without(listed, labelled)), formatEach("%s was taken out of it", without(labelled, listed)))
	if len(words) == 0 {
		words = []string{"its order is another"}
	}
	return diag.Diagnostic{
		Summary: layout.Secrets + name + ": the list of its recipients was edited after it was sealed",
		Detail:  diag.Escape(strings.Join(words, "; ")),
		Hint: "if you did that, with sops updatekeys or sops rotate, run harender build --accept-recipients; " +
			"if not, restore the file from version control, and find out who did",
		Pos: diag.Pos{File: layout.Secrets + name},
	}
}

// untold warns of sealed files that do not say under their code to whom they were sealed.
func (r *reviewer) untold() diag.List {
	var ids []string
	for _, it := range r.items() {
		if it.unlabelled() && it.action == Kept {
			ids = append(ids, it.id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return diag.List{{
		Severity: diag.Warning,
		Summary:  "sealed files do not prove to whom they were sealed",
		Detail:   "an older version or another program sealed them, and anybody can edit the list in them: " + diag.Few(ids),
		Hint:     "look at harender secrets access; if all whom it names are meant, harender build --accept-recipients seals them again, with proof",
		Pos:      diag.Pos{File: layout.Secrets},
	}}
}

// recipientReasons says in words how the sealed file's recipients differ from the plan's. Where that is to wait for a key, and
// no key at hand opens the file or what it is made of, they do not.
func (r *assessor) recipientReasons(it *item, sources ...*generated) (added, removed []string) {
	added, removed = formatEach("recipient %s added", without(it.planned, it.sealedTo)), formatEach("recipient %s removed", without(it.sealedTo, it.planned))
	if len(added)+len(removed) == 0 {
		return r.proofReasons(it), nil
	}
	if !r.in.KeepUnopened {
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

// proofReasons has a file sealed again that does not prove to whom it was sealed, once its recipients are accepted, if a key at
// hand opens it.
func (r *assessor) proofReasons(it *item) []string {
	if !r.in.AcceptRecipients || !it.relisted() && !it.unlabelled() || !r.opens(it) {
		return nil
	}
	return []string{"it did not prove to whom it was sealed"}
}

// opens reports whether a key at hand opens the item's sealed file.
func (r *sealer) opens(it *item) bool {
	if r.in.Locked || it.sealed == nil {
		return false
	}
	plain, err := r.in.Vault.Open(layout.Secrets+it.sealedName, it.label(), it.sealed)
	plain.Wipe()
	return err == nil
}

// putOff tells that the item stays sealed to others than it should.
func (it *item) putOff() bool { return it.unopened && it.action == Kept }

// unopened warns of what stays sealed to others than it should.
func (r *reviewer) unopened() diag.List {
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
		Detail:   diag.Few(ids),
		Hint:     "replace what nobody can open: docs/recovery.md goes through it",
		Pos:      diag.Pos{File: ".sops.yaml"},
	}}
}
