package cluster

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// components take extra flags.
func components() []string {
	return []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet"}
}

var flagName = regexp.MustCompile(`^[a-z0-9][a-zA-Z0-9.-]*$`)

// args checks the form of flags; whether the component has them, the facts of its version say.
func args(r *report, field diag.Path, s spec.ExtraArgs) Args {
	out := make(Args, len(s))
	for _, component := range slices.Sorted(maps.Keys(s)) {
		at := field.Key(component)
		if !slices.Contains(components(), component) {
			r.error(at, "unknown component "+diag.Quote(component), choose(component, components()))
		}
		out[component] = make(map[string][]string, len(s[component]))
		for _, flag := range slices.Sorted(maps.Keys(s[component])) {
			checkFlag(r, at.Key(flag), flag, s[component][flag])
			out[component][flag] = s[component][flag]
		}
	}
	return out
}

// clusterArgs are those of a level as they stand; nodes check them where they take them over.
func clusterArgs(s spec.ExtraArgs) Args {
	out := Args{}
	for component, flags := range s {
		out[component] = plainArgs(flags)
	}
	return out
}

func plainArgs(flags map[string]spec.Arg) map[string][]string {
	out := make(map[string][]string, len(flags))
	for flag, values := range flags {
		out[flag] = values
	}
	return out
}

func checkFlag(r *report, at diag.Path, flag string, values []string) {
	bare, _, _ := strings.Cut(strings.TrimLeft(flag, "-"), "=")
	switch {
	case flagName.MatchString(flag):
	case flagName.MatchString(bare):
		r.error(at, diag.Quote(flag)+" is no flag name", "write it without dashes and value: "+bare)
	default:
		r.error(at, diag.Quote(flag)+" is no flag name", "use letters, digits, . and -, and begin with a lower case letter or a digit")
	}
	if flag == "data-dir" && strings.HasSuffix(string(at), ".etcd.data-dir") {
		r.error(at, "etcd's folder is "+EtcdData+": volumes, mounts and snapshots are made for it", "remove it; to have the database on another disk, mount that there: storage of the role etcd")
	}
	for _, v := range values {
		if strings.ContainsFunc(v, unicode.IsControl) {
			r.error(at, "the value "+diag.Quote(v)+" holds a control character", "a flag's value is one line of text")
		}
	}
}
