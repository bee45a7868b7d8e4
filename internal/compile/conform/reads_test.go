package conform

import (
	"strings"
	"testing"

	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

// TestRead has what a kube-apiserver 1.36.3 said to each: it started, or ended with the error in question.
func TestRead(t *testing.T) {
	const (
		empty, list, broken = "# nothing\n", "- a\n", "a: [b\n"
		other               = "apiVersion: v1\nkind: ConfigMap\n"
	)
	whole := map[string]string{
		"admission-control-config-file": "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\n",
		"audit-policy-file":             "apiVersion: audit.k8s.io/v1\nkind: Policy\n",
		"authentication-config":         "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n",
		"authorization-config":          "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\n",
		"egress-selector-config-file":   "apiVersion: apiserver.k8s.io/v1beta1\nkind: EgressSelectorConfiguration\n",
		"encryption-provider-config":    "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n",
		"tracing-config-file":           "apiVersion: apiserver.config.k8s.io/v1\nkind: TracingConfiguration\n",
		"audit-webhook-config-file":     "apiVersion: v1\nkind: Config\n",
	}
	takes := map[string][]string{
		"audit-policy-file": {"apiVersion: audit.k8s.io/v1\n"}, "tracing-config-file": {"endpoint: a\n", empty, "kind: TracingConfiguration\n"},
		"audit-webhook-config-file": {"clusters: []\n"}, "encryption-provider-config": {"apiVersion: v1\nkind: EncryptionConfig\n"},
		"admission-control-config-file": {"imagePolicy: {}\n"},
	}
	refuses := map[string][]string{
		"audit-policy-file": {"kind: Policy\n", empty, "apiVersion: kyverno.io/v1\nkind: Policy\n"}, "authentication-config": {empty, "kind: AuthenticationConfiguration\n"},
		"authorization-config": {empty, "apiVersion: apiserver.config.k8s.io/v1\n"}, "encryption-provider-config": {"apiVersion: apiserver.config.k8s.io/v1\n"},
		"egress-selector-config-file": {"kind: EgressSelectorConfiguration\n"}, "admission-control-config-file": {empty, "plugins: []\n"}, "audit-webhook-config-file": {empty},
	}
	judge := func(flag, text string) []diag.Diagnostic {
		return pathUse{program: apiserver, flag: flag, path: "/x"}.read(tree.File{Path: "x", Mode: 0o600, Content: tree.Clear([]byte(text))})
	}
	for flag, text := range whole {
		misspelt := strings.Replace(text, "kind: ", "kind: X", 1)
		for _, good := range append(takes[flag], text, "---\n"+text, "# a\n---\n"+text) {
			if got := judge(flag, good); len(got) > 0 {
				t.Errorf("--%s: %q is refused: %s", flag, good, got[0].Summary)
			}
		}
		for _, bad := range append(refuses[flag], other, misspelt, list, broken, text+broken) {
			if got := judge(flag, bad); len(got) != 1 || got[0].Severity != diag.Error || got[0].Hint == "" || !strings.Contains(got[0].Detail, "--"+flag) {
				t.Errorf("--%s: %q gives %v", flag, bad, got)
			}
		}
		for _, odd := range []string{text + "---\n" + text, text + "---\n" + broken} {
			if got := judge(flag, odd); len(got) != 1 || got[0].Severity != diag.Warning {
				t.Errorf("--%s: %q gives %v", flag, odd, got)
			}
		}
	}
}
