package conform

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/diag"
)

const gatesFlag = "feature-gates"

// gateFlags finds what is wrong with the feature gates of a command line: NAME=BOOL with commas between them, in any number
// of flags.
func (j checker) gateFlags(program string, c release.Component, args []argument) []problem {
	var out []problem
	f, _ := flagOf(c, gatesFlag)
	for _, a := range given(args, gatesFlag) {
		for element := range strings.SplitSeq(a.value, ",") {
			name, value, valued := strings.Cut(strings.TrimSpace(element), "=")
			// Since 1.32 a gate may be preceded by the component that has it, which is kube for those of Kubernetes.
			if f.Type == "colonSeparatedMultimapStringString" {
				name = strings.TrimPrefix(name, "kube:")
			}
			if name == "" && !valued || strings.Contains(element, "$") {
				continue
			}
			set, err := strconv.ParseBool(strings.TrimSpace(value))
			for _, p := range j.gate(program, strings.TrimSpace(name), value, set, err == nil) {
				p.argument = a
				out = append(out, p)
			}
		}
	}
	return out
}

// gateMap finds what is wrong with featureGates in a component's file of configuration.
func (j checker) gateMap(component string, gates any) []problem {
	var out []problem
	m, _ := gates.(object)
	for _, name := range slices.Sorted(maps.Keys(m)) {
		set, isBool := m[name].(bool)
		if !isBool && j.facts.Types != nil {
			continue // That it is of another type is told already.
		}
		out = append(out, j.gate(component, name, fmt.Sprint(m[name]), set, isBool)...)
	}
	return out
}

// gate judges one gate of a component; isBool reports whether value is one.
func (j checker) gate(component, name, value string, set, isBool bool) []problem {
	known, ok := j.facts.Gates[component]
	if !ok {
		return nil
	}
	g, ok := known[name]
	finding, wrong := judgeGate(component+" "+j.facts.Flags[component].Version, name, g, set)
	switch {
	case !ok:
		finding, wrong = diag.Diagnostic{
			Summary: fmt.Sprintf("%s %s has no feature gate %s", component, j.facts.Flags[component].Version, diag.Escape(name)),
			Hint:    j.insteadOfGate(component, name),
		}, true
	case !isBool:
		finding, wrong = diag.Diagnostic{
			Summary: fmt.Sprintf("the feature gate %s of %s takes true or false, not %s", name, component, diag.Quote(value)),
			Hint:    fmt.Sprintf("write true or false; without a word it is %t", g.Default),
		}, true
	}
	if !wrong {
		return nil
	}
	return []problem{{
		finding: finding, words: []string{name, gatesFlag, "featureGates"}, subject: subject{table: gateTable, component: component, name: name},
	}}
}

// judgeGate judges a gate that the component, which is named with its version, has.
func judgeGate(component, name string, g release.Gate, set bool) (diag.Diagnostic, bool) {
	switch {
	case g.Locked && set != g.Default:
		return diag.Diagnostic{
			Summary: fmt.Sprintf("the feature gate %s of %s is locked to %t", name, component, g.Default),
			Detail:  "It is there for the flag alone, and will be removed.", Hint: "remove it",
		}, true
	case g.Stage == "ga" && set == g.Default:
		return diag.Diagnostic{
			Severity: diag.Warning, Summary: fmt.Sprintf("the feature gate %s of %s does nothing: the feature is %s without it", name, component, onOff(set)),
			Detail: "The feature is stable, and the gate will be removed.", Hint: "remove it, before a version comes that does not have it",
		}, true
	case g.Stage == "ga":
		return diag.Diagnostic{
			Severity: diag.Warning, Summary: fmt.Sprintf("the feature gate %s of %s will be removed", name, component),
			Detail: "The feature is stable, and " + onOff(g.Default) + " without the gate.", Hint: "do without it, before a version comes that does not have it",
		}, true
	case g.Stage == "deprecated":
		return diag.Diagnostic{
			Severity: diag.Warning, Summary: fmt.Sprintf("the feature gate %s of %s is deprecated", name, component), Hint: "do without it, before a version comes that does not have it",
		}, true
	}
	return diag.Diagnostic{}, false
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// insteadOfGate knows names that are near, and the components that have the gate.
func (j checker) insteadOfGate(component, name string) string {
	var others []string
	for _, other := range slices.Sorted(maps.Keys(j.facts.Gates)) {
		if _, ok := j.facts.Gates[other][name]; ok {
			others = append(others, other)
		}
	}
	if len(others) > 0 {
		return "remove it; it is a gate of " + strings.Join(others, ", ")
	}
	if near := diag.Nearest(name, slices.Sorted(maps.Keys(j.facts.Gates[component]))); near != "" {
		return "did you mean " + near + "? If not, remove it"
	}
	return "remove it: " + component + " would not start"
}
