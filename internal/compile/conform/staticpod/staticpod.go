// Package staticpod judges a manifest as the kubelet takes it from its folder: what its validation refuses, what it can
// never start because static pods have no objects of the API, and what would start another program than was meant.
//
// The rules are those of pkg/kubelet/config and pkg/apis/core/validation in k8s.io/kubernetes. Values that are not as the
// types have them are passed over: strict decoding tells of these.
package staticpod

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/harender/harender/internal/diag"
)

// Finding is what is wrong with a pod.
type Finding struct {
	diag.Diagnostic
	// Words stand in the layer that it came from, the most telling first.
	Words []string
}

// Kubelet is what matters of the kubelet that takes the pod.
type Kubelet struct {
	// RefusesReferences: it starts no static pod that names an object of the API. Older ones fetch the object, which the
	// API server denies.
	RefusesReferences bool
}

// judge of one pod.
type judge struct {
	kubelet Kubelet
	pod     string
	// of says whose pod it is.
	of  string
	out []Finding
}

// Check judges the document of one manifest.
func Check(doc any, k Kubelet) []Finding {
	pod := object(doc)
	if text(pod["kind"]) != "Pod" {
		return nil
	}
	name := text(object(pod["metadata"])["name"])
	j := &judge{kubelet: k, pod: name, of: "the static pod " + name}
	if version := text(pod["apiVersion"]); version != "v1" {
		j.refuse("write apiVersion: v1", []string{version, "apiVersion"}, "apiVersion is %s, and a Pod is of v1", diag.Quote(version))
	}
	if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
		j.refuse("write metadata.name: lower case letters, digits, - and .", []string{name, "metadata"}, "%s is no name of a pod", diag.Quote(name))
	}
	j.directives(pod)
	spec := object(pod["spec"])
	j.volumes(spec, nil)
	j.unmounted(spec)
	j.containers(spec)
	j.references(spec)
	j.class(spec)
	j.modes(spec)
	return j.out
}

func (j *judge) tell(severity diag.Severity, hint string, words []string, format string, args ...any) {
	j.out = append(j.out, Finding{
		Diagnostic: diag.Diagnostic{Severity: severity, Summary: fmt.Sprintf(format, args...) + " in " + diag.Escape(j.of), Hint: hint}, Words: words,
	})
}

func (j *judge) refuse(hint string, words []string, format string, args ...any) {
	j.tell(diag.Error, hint, words, format, args...)
}

// directives finds what a patch says to kustomize and kustomize did not take.
func (j *judge) directives(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range keys(v) {
			if strings.HasPrefix(key, "$") {
				j.refuse("kustomize knows $patch: delete, replace and merge, beside the merge key of the element; a JSON patch (op: remove) does without",
					[]string{key}, "the directive %s of a patch is left over", diag.Quote(key))
			}
			j.directives(v[key])
		}
	case []any:
		for _, element := range v {
			j.directives(element)
		}
	}
}

// modes are fields of the pod that exclude each other.
func (j *judge) modes(spec map[string]any) {
	if spec["hostPID"] == true && spec["shareProcessNamespace"] == true {
		j.refuse("remove one", []string{"shareProcessNamespace", "hostPID"}, "hostPID and shareProcessNamespace exclude each other")
	}
	for field, known := range map[string][]string{
		"dnsPolicy":     {"ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"},
		"restartPolicy": {"Always", "OnFailure", "Never"},
	} {
		j.oneOf(field, text(spec[field]), known)
	}
}

// oneOf refuses a value that is none of those known; an empty one is the default.
func (j *judge) oneOf(field, value string, known []string) {
	for _, k := range known {
		if value == k || value == "" {
			return
		}
	}
	j.refuse("write one of "+strings.Join(known, ", "), []string{value, field}, "%s is no %s", diag.Quote(value), field)
}

// label refuses what is no DNS label: names of containers and volumes.
func (j *judge) label(what, name string) bool {
	if name == "" {
		j.refuse("give it a name: a patch finds an element of a list by its name alone", []string{what}, "a %s has no name", what)
		return false
	}
	if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
		j.refuse("use at most 63 lower case letters, digits and -", []string{name}, "%s is no name of a %s", diag.Quote(name), what)
	}
	return true
}
