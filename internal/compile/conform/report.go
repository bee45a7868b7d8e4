package conform

import (
	"strings"

	"github.com/harender/harender/internal/diag"
)

// place completes a finding with where it came from: a field of the spec, an overlay, or at last the file that it stands in.
// A warning about what only the library can have set is nothing for the user, and not told.
func (j checker) place(p problem, file, field string) (diag.Diagnostic, bool) {
	d := p.finding
	switch {
	case field != "":
		d.Field = field
	case d.Field != "":
	case p.layer.File != "":
		d.Pos = p.layer
	case d.Severity == diag.Warning:
		return d, false
	default:
		d.Detail = strings.TrimPrefix(d.Detail+"\nIt stands in "+file+".", "\n")
	}
	return j.withLife(d, p.subject), true
}

// withLife adds since when a thing is as it is, and what replaces it.
func (j checker) withLife(d diag.Diagnostic, s subject) diag.Diagnostic {
	if s.table == pairTable {
		return d
	}
	l := j.past.lifecycleOf(s, j.minor)
	at := j.minor
	if s.component == etcd {
		at = j.facts.Flags[etcd].Version
	}
	d.Detail = strings.Trim(l.sentence(at)+"\n"+d.Detail, "\n")
	switch {
	case l.Instead != "" && (d.Severity == diag.Warning || !l.exists && !future(l, at)):
		d.Hint = l.Instead
	case d.Severity == diag.Error && gone(l, at) && strings.HasPrefix(d.Hint, "did you mean"):
		d.Hint = "remove it"
	}
	return d
}

// gone: an earlier version had it.
func gone(l lifecycle, at string) bool {
	return !l.exists && (l.until != "" || l.Removed != "" && !older(at, l.Removed))
}

// future: only later versions have it.
func future(l lifecycle, at string) bool { return l.Since != "" && older(at, l.Since) }

// sentence is the history of a thing that a version warns of, or does not have.
func (l lifecycle) sentence(at string) string {
	deprecated := l.Deprecated != "" && !older(at, l.Deprecated)
	switch {
	case l.exists && deprecated && l.Removed != "":
		return "Deprecated since " + l.Deprecated + ", removed in " + l.Removed + "."
	case l.exists && deprecated:
		return "Deprecated since " + l.Deprecated + "."
	case l.exists:
		return ""
	case gone(l, at):
		return l.end(deprecated)
	case future(l, at):
		return "It came with " + l.Since + "."
	case l.from != "":
		return l.from + " has it."
	}
	return ""
}

// end says how a thing went.
func (l lifecycle) end(deprecated bool) string {
	s := l.until + " had it."
	switch {
	case l.Removed != "" && deprecated:
		s = "It was deprecated in " + l.Deprecated + " and removed in " + l.Removed + "."
	case l.Removed != "":
		s = "It was removed in " + l.Removed + "."
	}
	if l.why != "" {
		s += "\n" + strings.TrimSpace(l.why)
	}
	if l.stage == "ga" {
		s += "\nThe feature was stable by then, and needs no gate."
	}
	return s
}
