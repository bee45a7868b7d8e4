package conform

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/compile/conform/rules"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/diag"
)

// flagDemands finds the rules of its version that a command line breaks: pairs that exclude or need each other, and values.
func (j checker) flagDemands(p program, c release.Component, args []argument) []problem {
	var given []rules.Value
	last := map[string]argument{}
	for _, a := range args {
		if _, known := flagOf(c, a.name); !known {
			continue
		}
		name := strings.ReplaceAll(a.name, "_", "-")
		last[name] = a
		text := a.value
		if !a.valued {
			text = "true"
		}
		given = append(given, rules.Value{Name: name, Text: text})
	}
	var out []problem
	judge := rules.Judge{Rules: whole(j.rules, p.partial), Gate: j.gates(p.name, gateWords(last[gatesFlag].value))}
	for _, b := range judge.Flags(p.name, given) {
		if f, _ := flagOf(c, last[b.Name].name); !fits(f.Type, last[b.Name]) {
			continue // That it is of another type says enough.
		}
		out = append(out, problem{
			finding: diag.Diagnostic{Summary: b.Summary, Hint: b.Hint}, argument: last[b.Name], words: []string{b.Key},
			subject: subject{table: pairTable, component: p.name},
		})
	}
	return out
}

// whole leaves out rules about what stands beside something, for what has more beside it than is seen here.
func whole(all []release.Rule, partial bool) []release.Rule {
	if !partial {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(r release.Rule) bool {
		return len(r.Needs) > 0 || len(r.When) > 0 || r.Below != "" || r.AtMost != "" || r.Required
	})
}

// demands finds the rules that a document, or a document in it, breaks.
func (j checker) demands(doc any, partial bool, mistyped map[string]bool) []problem {
	var out []problem
	switch v := doc.(type) {
	case object:
		out = append(out, j.kindDemands(v, partial, mistyped)...)
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if inner, ok := v[key].(object); ok && isReference(inner) {
				continue
			}
			out = append(out, j.demands(v[key], partial, mistyped)...)
		}
	case []any:
		for _, element := range v {
			if inner, ok := element.(object); ok && isReference(inner) {
				continue
			}
			out = append(out, j.demands(element, partial, mistyped)...)
		}
	}
	return out
}

// isReference reports whether something names an object and is none: an owner, or the target of an autoscaler.
func isReference(o object) bool { return o["name"] != nil && o["kind"] != nil && o["metadata"] == nil }

// kindDemands are those of one object. Of fields that are mistyped, this is told already.
func (j checker) kindDemands(o object, partial bool, mistyped map[string]bool) []problem {
	kind := text(o["kind"])
	reader := readerOf(kind, text(o["apiVersion"]))
	if reader == "" && !j.isObject(o) || kind == "Configuration" && groupOf(text(o["apiVersion"])) != "eventratelimit.admission.k8s.io" {
		return nil
	}
	given := map[string]string{}
	gates, _ := o["featureGates"].(object)
	for name, on := range gates {
		if b, ok := on.(bool); ok {
			given[name] = strconv.FormatBool(b)
		}
	}
	about := subject{table: pairTable, component: reader, spoken: reader}
	if reader == "" {
		about = subject{table: pairTable, component: podName(o)}
	}
	var out []problem
	judge := rules.Judge{Rules: whole(j.rules, partial), Types: j.facts.Types, Object: reader == "", Gate: j.gates(reader, given)}
	for _, b := range judge.Document(kind, o) {
		if mistyped[kind+" "+b.Name] {
			continue
		}
		out = append(out, problem{
			finding: diag.Diagnostic{Summary: diag.Escape(b.Summary), Hint: b.Hint}, words: []string{b.Key}, subject: about,
		})
	}
	return out
}

// isObject reports whether something is an object of the API of the version, and not of one that has a kind of that name.
func (j checker) isObject(o object) bool { return j.hasKind(text(o["apiVersion"]), text(o["kind"])) }

// gateWords are the gates of a flag's value.
func gateWords(value string) map[string]string {
	out := map[string]string{}
	for element := range strings.SplitSeq(value, ",") {
		name, on, _ := strings.Cut(strings.TrimSpace(element), "=")
		out[strings.TrimPrefix(name, "kube:")] = on
	}
	return out
}

// gates tell which of a component's gates are on, with what is given for them.
func (j checker) gates(component string, given map[string]string) func(string) bool {
	return func(name string) bool {
		g, known := j.facts.Gates[component][name]
		group := map[string]string{"alpha": given["AllAlpha"], "beta": given["AllBeta"]}[g.Stage]
		set, err := strconv.ParseBool(cmp.Or(given[name], group))
		if err != nil {
			return known && g.Default
		}
		return set
	}
}
