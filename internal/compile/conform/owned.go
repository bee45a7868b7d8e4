package conform

import (
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

// owned finds facts that are set elsewhere than in the field that owns them.
func (e nodeFiles) owned() []problem {
	var out []problem
	lost := map[string][]problem{}
	runs := e.runs()
	for _, f := range facts() {
		if !slices.Contains(runs, f.program) {
			continue // What it would want may be a long list, on each of a thousand nodes.
		}
		want := f.want(e.cluster, e.node)
		if want == nil {
			continue
		}
		for _, s := range e.settings {
			if s.program == f.program && s.name != "" && (s.name == f.flag || s.name == f.key) && !e.holds(f, want, expand(s.value, e.node)) {
				out = append(out, f.wrong(s, want))
			}
		}
		lost[f.program] = append(lost[f.program], e.missing(f, want)...)
	}
	for _, program := range slices.Sorted(maps.Keys(lost)) {
		out = append(out, foldLost(program, lost[program])...)
	}
	return append(out, e.ignored()...)
}

// fewLost flags are told one by one: more are one mistake, a command line that was replaced.
const fewLost = 2

func foldLost(program string, lost []problem) []problem {
	if len(lost) <= fewLost {
		return lost
	}
	var names []string
	for _, p := range lost {
		names = append(names, "--"+p.argument.name)
	}
	one := lost[0]
	one.finding = diag.Diagnostic{
		Summary: program + " has lost flags that the library sets: " + strings.Join(names, ", "),
		Hint:    "a patch of command or args replaces the list: set flags by extraArgs, or in a mixin by flags+::",
	}
	return []problem{one}
}

// missing finds programs without a flag that the program needs to be told.
func (e nodeFiles) missing(f fact, want []string) []problem {
	if _, known := e.judge.facts.Flags[f.program].Flags[f.flag]; !known || f.absent == "" || e.holds(f, want, f.absent) {
		return nil
	}
	given := func(s setting) bool { return s.program == f.program && s.name == f.flag }
	runs := func(s setting) bool { return s.program == f.program && s.name == "" && s.whole }
	// A drop-in puts the command line of its unit out of force.
	if slices.ContainsFunc(e.settings, given) || !slices.ContainsFunc(e.settings, runs) {
		return nil
	}
	return []problem{f.wrong(setting{program: f.program, name: f.flag}, want)}
}

// wrong words a value that is not that of its owner.
func (f fact) wrong(s setting, want []string) problem {
	what := "--" + s.name
	if s.name == f.key {
		what = s.name
	}
	summary := what + " of " + f.program + " cannot be " + diag.Quote(s.value)
	if s.value == "" {
		summary = what + " of " + f.program + " is missing"
	}
	hint := "remove it"
	if s.value == "" {
		hint = "leave it to the library"
	}
	if f.field != "" {
		hint += ", and set " + f.field
	}
	words := strings.Split(s.name, ".")
	return problem{
		subject: subject{table: pairTable, component: f.program}, argument: argument{name: s.name, value: s.value}, words: words[len(words)-1:],
		finding: diag.Diagnostic{
			Summary: summary, Detail: "It is " + strings.Trim(strings.Join(want, ", "), ", ") + ": " + f.reason + ".", Hint: hint,
		},
	}
}

// holds reports whether a value is what is wanted. One with a variable that is not the library's is not judged.
func (e nodeFiles) holds(f fact, want []string, value string) bool {
	if strings.Contains(value, "$(") || strings.Contains(value, "${") {
		return true
	}
	given := strings.Split(value, ",")
	for i, v := range given {
		given[i] = normal(v)
	}
	all := make([]string, len(want))
	for i, v := range want {
		all[i] = normal(v)
	}
	in := func(list []string) func(string) bool {
		return func(v string) bool { return !slices.Contains(list, v) }
	}
	switch f.rule {
	case among:
		return !slices.ContainsFunc(given, in(all))
	case within:
		return !slices.ContainsFunc(all, in(given))
	case equal:
		return !slices.ContainsFunc(given, in(all)) && !slices.ContainsFunc(all, in(given))
	case serves:
		return !slices.ContainsFunc(all, func(w string) bool { return !slices.ContainsFunc(given, func(g string) bool { return reaches(w, g) }) })
	case file:
		return value == want[0] || slices.ContainsFunc(e.files, func(f tree.File) bool { return "/"+f.Path == value })
	}
	return slices.Equal(given, all)
}

// normal is the one form of an address, a block, or a URL without a path.
func normal(v string) string {
	v = strings.TrimSpace(v)
	if a, err := netip.ParseAddr(v); err == nil {
		return a.String()
	}
	if p, err := netip.ParsePrefix(v); err == nil {
		return p.Masked().String()
	}
	return strings.TrimSuffix(v, "/")
}

// reaches reports whether who asks at one URL finds who listens at the other.
func reaches(asked, listens string) bool {
	a, err := url.Parse(asked)
	l, wrong := url.Parse(listens)
	return err == nil && wrong == nil && a.Scheme == l.Scheme && a.Port() == l.Port() && includes(l.Hostname(), a.Hostname())
}

// includes reports whether who listens at a host is reached at another name of it.
func includes(listens, asked string) bool {
	l, err := netip.ParseAddr(listens)
	switch {
	case listens == "" || listens == "*" || err == nil && l.IsUnspecified():
		return true
	case listens == "localhost":
		a, err := netip.ParseAddr(asked)
		return asked == listens || err == nil && a.IsLoopback()
	}
	return normal(listens) == normal(asked)
}

// kept are the flags of kube-proxy that it heeds beside a configuration file (cmd/kube-proxy/app/options.go, Complete).
func kept(flag string) bool {
	return slices.Contains([]string{
		"config", "hostname-override", "write-config-to", "cleanup", "init-only", "help", "version", "v", "vmodule",
		"logging-format", "log-flush-frequency", "log-json-info-buffer-size", "log-json-split-stream", "log-text-info-buffer-size",
		"log-text-split-stream", "windows-service", "show-hidden-metrics-for-version", "master",
	}, flag)
}

// fieldsOfProxy own what the flag would set, by the flag; others are fields of the configuration of like names.
func fieldsOfProxy() map[string]string {
	return map[string]string{
		"proxy-mode": "spec.kubeProxy.mode", "cluster-cidr": "spec.networks.pods", "kubeconfig": "spec.endpoint, or spec.kubelet.apiServer",
	}
}

// ignored finds flags of kube-proxy that its configuration file puts out of force.
func (e nodeFiles) ignored() []problem {
	const program = "kube-proxy"
	var out []problem
	isConfig := func(s setting) bool { return s.program == program && s.name == "config" }
	if e.judge.minor == "1.9" || !slices.ContainsFunc(e.settings, isConfig) {
		return nil
	}
	for _, s := range e.settings {
		_, flag := e.judge.facts.Flags[program].Flags[s.name]
		if s.program != program || !s.whole || !flag || kept(s.name) {
			continue
		}
		hint := "remove it, and set the field of KubeProxyConfiguration by a mixin: kubeProxy+: { config+:: { ... } }"
		if field, ok := fieldsOfProxy()[s.name]; ok {
			hint = "remove it, and set " + field
		}
		out = append(out, problem{
			subject: subject{table: pairTable, component: program}, argument: argument{name: s.name, value: s.value}, words: []string{s.name},
			finding: diag.Diagnostic{
				Summary: "kube-proxy takes no notice of --" + s.name + " beside --config",
				Detail:  "Its configuration file says it all but for the node's name and logging.", Hint: hint,
			},
		})
	}
	return out
}
