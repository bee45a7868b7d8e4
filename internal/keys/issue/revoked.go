package issue

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

// exposure is what somebody knows who could open secrets and is to open them no more.
type exposure struct {
	// stay are the secrets that were sealed again: they are what this person knows. work are certificates that were reissued: the
	// ones that they know work on until the last of them ends.
	stay, work []string
	until      time.Time
	// of are the IDs of the authorities and secrets that have to be replaced to end that.
	of map[string]bool
}

// revocationWarnings says what losing access takes back from nobody, and which commands do.
func (r *reviewer) revocationWarnings(p plan.Plan) diag.List {
	all := map[string]*exposure{}
	to := func(who string) *exposure {
		if all[who] == nil {
			all[who] = &exposure{of: map[string]bool{}}
		}
		return all[who]
	}
	sources := map[string][]string{}
	for _, c := range p.Copies {
		sources[c.ID] = sourceIDs(c)
	}
	for _, it := range r.items() {
		if it.action != Resealed {
			continue
		}
		for _, who := range without(it.sealedTo, it.planned) {
			e := to(who)
			e.stay = append(e.stay, it.id)
			for _, id := range append([]string{it.label()}, sources[it.id]...) {
				e.of[id] = true
			}
		}
	}
	for _, l := range r.leaves {
		if l.action != Reissued || l.cert == nil || !r.in.Now.Before(l.cert.NotAfter) {
			continue
		}
		for _, who := range without(l.sealedTo, l.planned) {
			e := to(who)
			e.work, e.of[l.ca.label()] = append(e.work, l.id), true
			if l.cert.NotAfter.After(e.until) {
				e.until = l.cert.NotAfter
			}
		}
	}
	var out diag.List
	for _, who := range slices.Sorted(maps.Keys(all)) {
		out = append(out, all[who].warning(who, p))
	}
	return out
}

func (e *exposure) warning(who string, p plan.Plan) diag.Diagnostic {
	var known []string
	if len(e.stay) > 0 {
		known = append(known, "secrets that stay: "+diag.Few(e.stay))
	}
	if len(e.work) > 0 {
		known = append(known, "the keys of certificates that were replaced and work until "+stamp(e.until)+": "+diag.Few(e.work))
	}
	out := diag.Diagnostic{
		Severity: diag.Warning,
		Summary:  who + " is no recipient any more, but what it could open works on",
		Detail:   strings.Join(known, "; "),
		Hint:     "if anyone who holds that key is not to be trusted: " + strings.Join(remedies(p, e.of), "; "),
		Pos:      diag.Pos{File: ".sops.yaml"},
	}
	if nodes := e.nodes(); len(nodes) > 0 { // A machine was replaced, or got another key: mostly, its key is gone.
		out.Hint = "nothing, if that key and the disk of its machine are gone; if somebody may have them, harender secrets access --stolen " + nodes[0] + " says what to replace"
	}
	return out
}

// nodes are those whose own files this was about, if it was about no others.
func (e *exposure) nodes() []string {
	var out []string
	for _, id := range slices.Concat(e.stay, e.work) {
		node := layout.NodeOf(id)
		if node == "" {
			return nil
		}
		out = append(out, node)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// remedies are the commands that replace these authorities and secrets.
func remedies(p plan.Plan, ids map[string]bool) []string {
	var out []string
	for _, of := range p.Rotating() {
		if !ids[of.ID] {
			continue
		}
		out = append(out, of.Command())
		if _, word, _ := strings.Cut(of.Step(string(Retire)), "--"+string(Retire)+" "); word != "" {
			out[len(out)-1] += " (to --retire it, also " + word + ")"
		}
	}
	if len(out) > 0 {
		out = []string{strings.Join(out, ", ") + ", each with --stage, --promote and --retire"}
	}
	users, renewed := p.Users(), map[string]bool{}
	for id := range ids {
		if name, ok := users[id]; ok {
			renewed[name] = true
		}
	}
	if len(renewed) > 0 {
		out = append(out, plan.RenewUsers(slices.Sorted(maps.Keys(renewed))))
	}
	return out
}
