package conform

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
)

// unknownKind finds a kind that a group of Kubernetes' own API does not have in that version. Lists are of any version.
func (j checker) unknownKind(kind, apiVersion string) []problem {
	if j.hasKind(apiVersion, kind) || strings.HasSuffix(kind, "List") || j.facts.APIs[kind] != nil {
		return nil
	}
	kinds := j.kindsOf(apiVersion)
	if len(kinds) == 0 {
		return nil
	}
	hint := "mend the kind, or write the apiVersion that has it"
	if near := diag.Nearest(kind, kinds); near != "" {
		hint = "did you mean " + near + "?"
	}
	return []problem{{
		words: []string{kind}, subject: subject{table: pairTable, spoken: kind},
		finding: diag.Diagnostic{Summary: fmt.Sprintf("Kubernetes %s has no kind %s in %s", j.minor, diag.Quote(kind), diag.Escape(apiVersion)), Hint: hint},
	}}
}

// hasKind reports whether the types are known of a kind in that version.
func (j checker) hasKind(apiVersion, kind string) bool {
	if j.facts.Types == nil {
		return false
	}
	_, known := j.facts.Types.Kinds[apiVersion+" "+kind]
	return known
}

// kindsOf an API version, of those that the types are known of.
func (j checker) kindsOf(apiVersion string) []string {
	var out []string
	if j.facts.Types == nil {
		return nil
	}
	for name := range j.facts.Types.Kinds {
		if version, kind, ok := strings.Cut(name, " "); ok && version == apiVersion {
			out = append(out, kind)
		}
	}
	slices.Sort(out)
	return out
}

// halfNamed finds documents that say only half of what they are, or spell it in another case, and so are read by nothing. In the
// addons every document says both; elsewhere, one that says neither may be of another format.
func (j checker) halfNamed(doc any, addon bool) []problem {
	o, isMapping := doc.(object)
	if !isMapping {
		return nil
	}
	var out []problem
	if text(o["kind"]) == "AdmissionConfiguration" {
		plugins, _ := o["plugins"].([]any)
		for _, plugin := range plugins {
			p, _ := plugin.(object)
			out = append(out, j.halfNamed(p["configuration"], false)...)
		}
	}
	kind, apiVersion := text(o["kind"]), text(o["apiVersion"])
	ours := addon || kind == "" && len(j.kindsOf(apiVersion)) > 0 || apiVersion == "" && j.knowsKind(kind)
	if !ours {
		return out
	}
	for _, field := range []string{"apiVersion", "kind"} {
		if text(o[field]) == "" {
			what := cmp.Or(podName(o), kind, apiVersion)
			out = append(out, problem{
				words: []string{kind, apiVersion, what}, subject: subject{table: pairTable, component: readerOf(kind, apiVersion), spoken: what},
				finding: diag.Diagnostic{Summary: "the document " + diag.Quote(what) + " has no " + field + " that is a word", Hint: "write its " + field},
			})
		}
	}
	return out
}

// knowsKind reports whether something is a kind of any version.
func (j checker) knowsKind(kind string) bool {
	if j.facts.Types == nil {
		return false
	}
	for name := range j.facts.Types.Kinds {
		if _, known, ok := strings.Cut(name, " "); ok && known == kind {
			return true
		}
	}
	return false
}
