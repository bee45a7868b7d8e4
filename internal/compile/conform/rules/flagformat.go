package rules

import (
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// isOrigin holds a regular expression to what keeps it from being found within another host's name.
func isOrigin(s string) bool {
	_, err := regexp.Compile(s)
	return err == nil && (strings.Contains(s, "^") || strings.Contains(s, "//")) && strings.ContainsAny(s, "$:")
}

// kubeletLabels are those of Kubernetes' own that a kubelet may give its node (k8s.io/kubelet pkg/apis).
func kubeletLabels() []string {
	return []string{
		"kubernetes.io/hostname", "kubernetes.io/arch", "kubernetes.io/os", "beta.kubernetes.io/arch", "beta.kubernetes.io/os",
		"beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type", "topology.kubernetes.io/region", "topology.kubernetes.io/zone",
		"failure-domain.beta.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone",
	}
}

func isNodeLabel(s string) bool {
	name, value, _ := strings.Cut(s, "=")
	domain, _, prefixed := strings.Cut(name, "/")
	own := func(of string) bool { return domain == of || strings.HasSuffix(domain, "."+of) }
	if prefixed && (own("kubernetes.io") || own("k8s.io")) && !own("kubelet.kubernetes.io") && !own("node.kubernetes.io") && !slices.Contains(kubeletLabels(), name) {
		return false
	}
	return len(validation.IsQualifiedName(name)) == 0 && len(validation.IsValidLabelValue(value)) == 0
}
