package cluster

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// labels checks what kubelet gets as --node-labels.
func labels(r *report, field diag.Path, m map[string]string) map[string]string {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		at := field.Key(key)
		if problems := validation.IsQualifiedName(key); len(problems) > 0 {
			r.error(at, diag.Quote(key)+" is no label key", "write name or example.org/name, the name of at most 63 letters, digits, -, _ and .")
		} else if forbiddenLabel(key) {
			r.error(at, "a kubelet may not give its node the label "+key,
				"remove it and run kubectl label node NAME "+key+"=VALUE, or use a key outside kubernetes.io and k8s.io, or one that begins with node.kubernetes.io/")
		}
		if problems := validation.IsValidLabelValue(m[key]); len(problems) > 0 {
			r.error(at, diag.Quote(m[key])+" is no label value", "use at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit")
		}
	}
	return m
}

// forbiddenLabel reports whether the NodeRestriction admission plugin, and kubelet itself, refuse the label
// (k8s.io/kubelet/pkg/apis/well_known_labels.go).
func forbiddenLabel(key string) bool {
	space, _, prefixed := strings.Cut(key, "/")
	if !prefixed || !under(space, "kubernetes.io") && !under(space, "k8s.io") {
		return false
	}
	if under(space, "kubelet.kubernetes.io") || under(space, "node.kubernetes.io") {
		return false
	}
	return !slices.Contains(kubeletLabels(), key)
}

func under(space, domain string) bool { return space == domain || strings.HasSuffix(space, "."+domain) }

// kubeletLabels are the keys under kubernetes.io that a kubelet may set on its own node.
func kubeletLabels() []string {
	return []string{
		"beta.kubernetes.io/arch",
		"beta.kubernetes.io/instance-type",
		"beta.kubernetes.io/os",
		"failure-domain.beta.kubernetes.io/region",
		"failure-domain.beta.kubernetes.io/zone",
		"kubernetes.io/arch",
		"kubernetes.io/hostname",
		"kubernetes.io/os",
		"node.kubernetes.io/instance-type",
		"topology.kubernetes.io/region",
		"topology.kubernetes.io/zone",
	}
}

// taints checks what kubelet registers its node with.
func taints(r *report, field diag.Path, list []spec.Taint) []Taint {
	out := make([]Taint, 0, len(list))
	for i, s := range list {
		t, at := Taint(s), field.Index(i)
		if len(validation.IsQualifiedName(t.Key)) > 0 {
			r.error(at.Key("key"), diag.Quote(t.Key)+" is no taint key", "write name or example.org/name, the name of at most 63 letters, digits, -, _ and .")
		}
		if len(validation.IsValidLabelValue(t.Value)) > 0 {
			r.error(at.Key("value"), diag.Quote(t.Value)+" is no taint value", "use at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit")
		}
		t.Effect = oneOf(r, at.Key("effect"), t.Effect, "", "NoSchedule", "PreferNoSchedule", "NoExecute")
		if t.Effect == "" && s.Effect == "" {
			r.error(at.Key("effect"), "the taint has no effect", "write NoSchedule, PreferNoSchedule or NoExecute")
		}
		if slices.ContainsFunc(out, func(o Taint) bool { return o.Key == t.Key && o.Effect == t.Effect }) {
			r.error(at, "the taint "+diag.Quote(t.Key+":"+t.Effect)+" is given twice", "remove one of the two")
		}
		out = append(out, t)
	}
	return out
}
