package conform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
)

// kind judges the API version of a component's configuration, or of an object of the API.
func (j checker) kind(kind, apiVersion string) []problem {
	s := subject{table: objectTable, component: kind, name: apiVersion}
	if change := j.past.recorded(s); change.Since != "" || change.Removed != "" || change.Deprecated != "" {
		return j.objectVersion(s)
	}
	if unknown := j.unknownKind(kind, apiVersion); unknown != nil {
		return unknown
	}
	s.table = apiTable
	versions := j.facts.APIs[kind]
	if j.facts.APIs == nil || slices.Contains(versions, apiVersion) && j.past.recorded(s).Deprecated == "" || !j.configures(s, versions) {
		return nil
	}
	p := problem{words: []string{apiVersion}, subject: s}
	switch since := j.past.recorded(s).Deprecated; {
	case !slices.Contains(versions, apiVersion):
		p.finding = diag.Diagnostic{Summary: fmt.Sprintf("Kubernetes %s does not read %s of %s", j.minor, kind, diag.Quote(apiVersion)), Hint: j.insteadOfAPI(kind, apiVersion)}
	case older(j.minor, since):
		return nil
	default:
		p.finding = diag.Diagnostic{
			Severity: diag.Warning, Summary: fmt.Sprintf("%s of %s is deprecated in Kubernetes %s", kind, apiVersion, j.minor), Hint: "write apiVersion: " + versions[0],
		}
	}
	return []problem{p}
}

// configures reports whether an object is the configuration of a component, and not of something else that has a kind of
// that name.
func (j checker) configures(s subject, versions []string) bool {
	kind, group := s.component, groupOf(s.name)
	generic := kind == "Policy" || kind == "Configuration"
	if len(versions) > 0 && !generic {
		return true
	}
	if slices.ContainsFunc(versions, func(v string) bool { return group == groupOf(v) }) {
		return true
	}
	return strings.HasSuffix(group, ".k8s.io") && j.past.knowsKind(s)
}

// insteadOfAPI names the preferred version, of the same group if there is one.
func (j checker) insteadOfAPI(kind, apiVersion string) string {
	versions := j.facts.APIs[kind]
	if len(versions) == 0 {
		return "remove the file, and the flag that names it"
	}
	same := slices.IndexFunc(versions, func(v string) bool { return groupOf(v) == groupOf(apiVersion) })
	return "write apiVersion: " + versions[max(same, 0)]
}

// objectVersion judges an object of the API by what is recorded of its version.
func (j checker) objectVersion(s subject) []problem {
	change := j.past.recorded(s)
	p := problem{words: []string{s.name}, subject: s}
	name := fmt.Sprintf("%s %s", s.name, s.component)
	switch {
	case change.Removed != "" && !older(j.minor, change.Removed):
		p.finding = diag.Diagnostic{Summary: "Kubernetes " + j.minor + " does not serve " + name, Hint: "remove it"}
	case change.Since != "" && older(j.minor, change.Since):
		p.finding = diag.Diagnostic{Summary: "Kubernetes " + j.minor + " does not serve " + name, Hint: "remove it, or write an older apiVersion"}
	case change.Deprecated != "" && !older(j.minor, change.Deprecated):
		p.finding = diag.Diagnostic{
			Severity: diag.Warning, Summary: name + " is deprecated in Kubernetes " + j.minor, Hint: "do without it, before a version comes that does not have it",
		}
	default:
		return nil
	}
	return []problem{p}
}

func groupOf(apiVersion string) string {
	group, _, _ := strings.Cut(apiVersion, "/")
	return group
}
