package cluster

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// maxClusterName leaves room for the rest of a common name of at most 64 characters (RFC 5280, upper bounds).
const maxClusterName = 40

func checkHeader(r *report, c spec.Cluster) {
	if c.APIVersion != spec.APIVersion {
		r.error("apiVersion", "unknown apiVersion "+diag.Quote(c.APIVersion), "write apiVersion: "+spec.APIVersion)
	}
	if c.Kind != spec.Kind {
		r.error("kind", "unknown kind "+diag.Quote(c.Kind), "write kind: "+spec.Kind)
	}
}

func clusterName(r *report, name string) string {
	const field = "metadata.name"
	if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
		r.error(field, "the cluster's name "+diag.Quote(name)+" is not a DNS label", labelHint(name))
	} else if len(name) > maxClusterName {
		r.error(field, "the cluster's name is longer than 40 characters",
			"choose a shorter one; it is part of common names in certificates, which have 64 characters at most")
	}
	return name
}

// labelHint says what a DNS label is, by the one that the user may have meant.
func labelHint(name string) string {
	const rule = "use lower case letters, digits and -, at most 63, and begin and end with a letter or digit"
	if s := suggestLabel(name); s != "" {
		return rule + ": " + s
	}
	return rule
}

func suggestLabel(name string) string {
	keep := func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			return c
		case c == '_' || c == ' ' || c == '-' || c == '.':
			return '-'
		}
		return -1
	}
	s := strings.Trim(strings.Map(keep, strings.ToLower(name)), "-")
	if len(validation.IsDNS1123Label(s)) > 0 || diag.Redact(name) != name {
		return ""
	}
	return s
}

// oneOf is a value of a closed list, or the default where it is absent.
func oneOf(r *report, field diag.Path, value, fallback string, allowed ...string) string {
	if value == "" {
		return fallback
	}
	if !slices.Contains(allowed, value) {
		r.error(field, string(field)+" cannot be "+diag.Quote(value), choose(value, allowed))
		return fallback
	}
	return value
}

// choose is the hint for a word that is not in the list.
func choose(word string, allowed []string) string {
	last := len(allowed) - 1
	return diag.DidYouMean(word, allowed, "it can be "+strings.Join(allowed[:last], ", ")+" or "+allowed[last])
}
