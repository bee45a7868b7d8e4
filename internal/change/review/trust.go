package review

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/certificate"
)

func (r Review) recipientLines() []line {
	var out []line
	for _, who := range r.Recipients {
		name := clean(who.Name)
		if n := len(who.Secrets); n > 0 && who.Action == diff.Added {
			out = append(out, line{mark: plus, text: fmt.Sprintf("%s could open %s: %s", name, counted(n, "existing secret"), clean(diag.Few(who.Secrets)))})
		}
		if n := len(who.Fresh); n > 0 {
			out = append(out, line{mark: plus, text: fmt.Sprintf("%s could open %s: %s", name, counted(n, "new secret"), clean(diag.Few(who.Fresh)))})
		}
		if who.Action == diff.Removed {
			out = append(out, line{mark: minus, text: fmt.Sprintf("%s could open %s no more: %s", name, counted(len(who.Secrets), "secret"), clean(diag.Few(who.Secrets)))})
		}
	}
	return out
}

func (r Review) authorityLines() []line {
	var out []line
	for _, a := range r.Authorities {
		out = append(out, line{mark: markOf(a.Action), text: clean(a.ID) + ": " + r.meaning(a)})
		if a.Old != nil {
			out = append(out, line{mark: minus, text: "  " + anchor(*a.Old)})
		}
		if a.New != nil {
			out = append(out, line{mark: plus, text: "  " + anchor(*a.New)})
		}
	}
	return out
}

// resealed warns of values that nobody without a key can compare.
func resealed(id string) string {
	return clean(id) + ": sealed again; that its value is still the cluster's own, nobody can tell without a key: harender verify --open"
}

func (r Review) resealedLines() []line {
	var out []line
	for _, id := range r.Resealed {
		out = append(out, line{mark: swap, text: resealed(id)})
	}
	return out
}

func (r Review) pinLines() []line {
	var out []line
	for _, p := range r.Pins {
		out = append(out, line{mark: swap, text: repinned(p)})
		for _, pin := range p.Old {
			if !slices.Contains(p.New, pin) {
				out = append(out, line{mark: minus, text: "  " + clean(pin)})
			}
		}
		for _, pin := range p.New {
			if !slices.Contains(p.Old, pin) {
				out = append(out, line{mark: plus, text: "  " + clean(pin)})
			}
		}
	}
	return out
}

// repinned is what it means that pins change.
func repinned(p diff.Pin) string {
	if len(p.New) == 0 {
		return clean(p.ID) + ": no pin says any more which is the cluster's own"
	}
	return clean(p.ID) + ": other pins say which is the cluster's own"
}

// meaning is what it means for nodes that a slot of an authority changes.
func (r Review) meaning(a diff.Authority) string {
	slot := strings.TrimPrefix(path.Ext(a.ID), ".")
	switch {
	case slot == "next" && a.Action == diff.Added:
		return "trusted from now on, signs nothing yet"
	case slot == "previous" && a.Action == diff.Added:
		return "trusted still, signs nothing any more"
	case slot == "previous" && a.Action == diff.Removed:
		return "trusted no more"
	case slot == "next" && a.Action == diff.Removed && r.signs(a.Old.Pin):
		return "no longer waits, it signs"
	case slot == "" && a.Action == diff.Changed && a.Old.Pin == a.New.Pin:
		return "the same key, certified again"
	case slot == "" && a.Action == diff.Changed:
		return "another key signs"
	}
	return string(a.Action)
}

// signs reports whether an authority signs with that key from now on.
func (r Review) signs(pin string) bool {
	return slices.ContainsFunc(r.Authorities, func(a diff.Authority) bool {
		return path.Ext(a.ID) == "" && a.New != nil && a.New.Pin == pin
	})
}

// anchor is an authority, or a public key, in one line.
func anchor(c certificate.Certificate) string {
	var parts []string
	for _, p := range []string{c.Subject, c.Key, c.Pin} {
		if p != "" {
			parts = append(parts, clean(p))
		}
	}
	if !c.NotAfter.IsZero() {
		parts = append(parts, "until "+c.NotAfter.UTC().Format("2006-01-02"))
	}
	if c.Pin == "" {
		parts = append(parts, "yet to be made")
	}
	return strings.Join(parts, ", ")
}
