package diff

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/harender/harender/internal/keys/certificate"
)

// replaced says what one certificate says and the other does not.
func replaced(old, now certificate.Certificate) []Detail {
	var out []Detail
	add := func(what, was, is string) {
		if was != is {
			out = append(out, Detail{What: what, Action: Changed, Old: was, New: is})
		}
	}
	list := func(what string, was, is []string) {
		for _, s := range lacking(is, was) {
			out = append(out, Detail{What: what, Action: Added, New: s})
		}
		for _, s := range lacking(was, is) {
			out = append(out, Detail{What: what, Action: Removed, Old: s})
		}
	}
	add("subject", old.Subject, now.Subject)
	list("SAN", old.Names, now.Names)
	list("usage", old.Usages, now.Usages)
	add("issuer", old.Issuer, now.Issuer)
	add("expiry", day(old.NotAfter), day(now.NotAfter))
	add("algorithm", old.Key, now.Key)
	if old.Pin != now.Pin {
		out = append(out, Detail{What: "key", Action: Changed, New: "a new one"})
	}
	if len(out) == 0 && old.Serial != now.Serial {
		out = append(out, Detail{What: "signature", Action: Changed, New: "signed again"})
	}
	return out
}

// day is all that matters of an expiry, and the same for certificates that one build makes for many nodes.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

func noun(c certificate.Certificate) string {
	if c.IsKey() {
		return "public key"
	}
	return "certificate"
}

// brief is one certificate in one line.
func brief(c certificate.Certificate) string {
	parts := []string{c.Subject, c.Key}
	if len(c.Names) > 0 {
		parts = append(parts, "SANs "+strings.Join(c.Names, " "))
	}
	if !c.NotAfter.IsZero() {
		parts = append(parts, "until "+day(c.NotAfter))
	}
	if c.Authority || c.IsKey() {
		parts = append(parts, c.Pin)
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

func holds(all []certificate.Certificate, c certificate.Certificate) bool {
	return slices.ContainsFunc(all, func(o certificate.Certificate) bool { return o.Pin == c.Pin && o.Serial == c.Serial })
}

// authorities are those that differ between the sides.
func authorities(old, now map[string]certificate.Certificate) []Authority {
	var out []Authority
	for _, id := range union(old, now) {
		was, before := old[id]
		is, after := now[id]
		if before && after && was.Pin == is.Pin && was.Serial == is.Serial {
			continue
		}
		a := Authority{ID: id, Action: actionOf(before, after)}
		if before {
			a.Old = &was
		}
		if after {
			a.New = &is
		}
		out = append(out, a)
	}
	return out
}

// replacedAuthority reports whether the key of an authority is another one: that is told for itself.
func replacedAuthority(all []Authority, id string) bool {
	return slices.ContainsFunc(all, func(a Authority) bool { return a.ID == id && a.Old != nil && a.New != nil && a.Old.Pin != a.New.Pin })
}

// recipients are those who can open other secrets than before.
func recipients(old, now map[string][]string) []Recipient {
	known := map[string]bool{}
	for _, names := range old {
		for _, n := range names {
			known[n] = true
		}
	}
	added, removed, fresh := map[string][]string{}, map[string][]string{}, map[string][]string{}
	for _, id := range slices.Sorted(maps.Keys(now)) {
		was, exists := old[id]
		for _, who := range lacking(now[id], was) {
			switch {
			case exists:
				added[who] = append(added[who], id)
			case !known[who]:
				fresh[who] = append(fresh[who], id)
			}
		}
		for _, who := range lacking(was, now[id]) {
			removed[who] = append(removed[who], id)
		}
	}
	var out []Recipient
	for _, who := range union(added, fresh) {
		out = append(out, Recipient{who, Added, append([]string{}, added[who]...), append([]string{}, fresh[who]...)})
	}
	for _, who := range slices.Sorted(maps.Keys(removed)) {
		out = append(out, Recipient{who, Removed, removed[who], []string{}})
	}
	return out
}
