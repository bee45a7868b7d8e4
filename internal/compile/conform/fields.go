package conform

import (
	"cmp"
	"fmt"
	"path"
	"strings"

	"github.com/harender/harender/internal/compile/conform/decode"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

// document finds what is wrong with the fields of a document. A partial one is laid upon another.
func (j checker) document(doc any, partial bool) []problem {
	mistakes := decode.Document(j.facts.Types, doc)
	mistyped := map[string]bool{}
	for _, m := range mistakes {
		mistyped[m.Kind+" "+m.Path] = true
	}
	return append(j.fields(mistakes), j.demands(doc, partial, mistyped)...)
}

// isDropIn reports whether a file is laid upon another by the kubelet.
func isDropIn(f tree.File) bool { return path.Ext(f.Path) == ".conf" }

// fields words what the component would not decode in a document: fields that its kind does not have, and values of other types.
func (j checker) fields(mistakes []decode.Mistake) []problem {
	var out []problem
	for _, m := range mistakes {
		p := problem{
			words:   []string{m.Key},
			subject: subject{table: pairTable, component: readerOf(m.Kind, m.APIVersion), spoken: cmp.Or(readerOf(m.Kind, m.APIVersion), m.Name, m.Kind)},
		}
		if m.Takes == "" {
			p.subject.table, p.subject.component, p.subject.name = fieldTable, m.Type, m.Key
			p.finding = diag.Diagnostic{
				Summary: fmt.Sprintf("%s of Kubernetes %s has no field %s", m.Kind, j.minor, diag.Escape(m.Path)), Hint: insteadOfField(m),
			}
		} else {
			p.finding = diag.Diagnostic{
				Summary: fmt.Sprintf("%s of %s takes %s, not %s", diag.Escape(m.Path), m.Kind, m.Takes, m.Got), Hint: typed(m),
			}
		}
		out = append(out, p)
	}
	return out
}

// insteadOfField knows fields that are near.
func insteadOfField(m decode.Mistake) string {
	if near := diag.Nearest(m.Key, m.Fields); near != "" {
		return "did you mean " + near + "? If not, remove it"
	}
	return "remove it: nothing reads it"
}

// typed says what to write for a value of the wrong type.
func typed(m decode.Mistake) string {
	switch {
	case strings.HasPrefix(m.Got, `"`) && (strings.Contains(m.Takes, "number") || strings.Contains(m.Takes, "true")):
		return "write " + m.Takes + ", without quotes"
	case m.Takes == "a string":
		return "write it in quotes"
	}
	return "write " + m.Takes
}

// readerOf is the component that reads files of a kind; objects of the API have none.
func readerOf(kind, apiVersion string) string {
	switch group := groupOf(apiVersion); {
	case group == "kubelet.config.k8s.io":
		return "kubelet"
	case group == "kubeproxy.config.k8s.io":
		return "kube-proxy"
	case group == "kubescheduler.config.k8s.io":
		return "kube-scheduler"
	case group == "kubeadm.k8s.io":
		return "kubeadm"
	case group == "apiserver.config.k8s.io" || group == "apiserver.k8s.io" || group == "audit.k8s.io" || strings.Contains(group, "admission."), kind == "ImagePolicyWebhook":
		return apiserver
	}
	return ""
}
