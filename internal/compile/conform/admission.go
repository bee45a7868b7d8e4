package conform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
)

const apiserver = "kube-apiserver"

// The flags that take names of admission plugins. The last is of before 1.10.
const (
	enable  = "enable-admission-plugins"
	disable = "disable-admission-plugins"
	control = "admission-control"
)

// pluginFlags finds what is wrong with the admission plugins of a command line.
func (j checker) pluginFlags(program string, args []argument) []problem {
	if program != apiserver {
		return nil
	}
	var out []problem
	named := map[string][]string{}
	for _, flag := range []string{enable, disable, control} {
		for _, a := range given(args, flag) {
			for name := range strings.SplitSeq(a.value, ",") {
				if a.value == "" || strings.Contains(name, "$") {
					continue
				}
				named[flag] = append(named[flag], name)
				for _, p := range j.plugin(name) {
					p.argument = a
					out = append(out, p)
				}
			}
		}
	}
	for _, a := range given(args, disable) {
		out = append(out, contradictions(a, named)...)
	}
	for _, a := range given(args, control) {
		if len(named[enable])+len(named[disable]) > 0 {
			out = append(out, pair(a, "kube-apiserver does not take --admission-control beside --enable-admission-plugins",
				"remove --admission-control, and name in the others what differs from the default"))
		}
	}
	return out
}

// contradictions are the plugins that are both on and off.
func contradictions(disabled argument, named map[string][]string) []problem {
	var out []problem
	for name := range strings.SplitSeq(disabled.value, ",") {
		if name != "" && slices.Contains(named[enable], name) {
			out = append(out, pair(disabled, "the admission plugin "+diag.Quote(name)+" is both enabled and disabled", "remove it from one of the two flags"))
		}
	}
	return out
}

// pair is a problem of two flags, of which a is the one.
func pair(a argument, summary, hint string) problem {
	return problem{
		finding: diag.Diagnostic{Summary: summary, Hint: hint}, argument: a, words: []string{a.name}, subject: subject{table: pairTable, component: apiserver},
	}
}

// configuredPlugins finds what is wrong with the names in an AdmissionConfiguration.
func (j checker) configuredPlugins(plugins any) []problem {
	var out []problem
	list, _ := plugins.([]any)
	for _, element := range list {
		if o, ok := element.(object); ok {
			out = append(out, j.plugin(text(o["name"]))...)
		}
	}
	return out
}

// plugin judges one name.
func (j checker) plugin(name string) []problem {
	if j.facts.Admission == nil {
		return nil
	}
	p := problem{words: []string{name, enable}, subject: subject{table: pluginTable, component: apiserver, name: name}}
	if slices.Contains(j.facts.Admission.Plugins, name) {
		if gone := j.past.recorded(p.subject).Deprecated; gone == "" || older(j.minor, gone) {
			return nil
		}
		p.finding = diag.Diagnostic{
			Severity: diag.Warning, Summary: fmt.Sprintf("the admission plugin %s of kube-apiserver %s is deprecated", name, j.minor),
			Hint: "do without it, before a version comes that does not have it",
		}
		return []problem{p}
	}
	p.finding = diag.Diagnostic{
		Summary: fmt.Sprintf("kube-apiserver %s has no admission plugin %s", j.minor, diag.Quote(name)),
		Hint:    "remove it: kube-apiserver would not start",
	}
	if near := diag.Nearest(name, j.facts.Admission.Plugins); near != "" {
		p.finding.Hint = "did you mean " + near + "? If not, remove it"
	}
	return []problem{p}
}
