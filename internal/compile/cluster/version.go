package cluster

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/diag"
)

const versionField = diag.Path("spec.kubernetesVersion")

var (
	release     = regexp.MustCompile(`^(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})$`)
	minorOnly   = regexp.MustCompile(`^\d+\.\d+$`)
	leadingV    = regexp.MustCompile(`^[vV]\d`)
	suffixStart = regexp.MustCompile(`[-+]`)
)

// version is the release asked for, or the default patch release of the newest minor version.
func version(r *report, text string, known Releases) Version {
	if text == "" {
		text = known.Newest()
	}
	return aRelease(r, versionField, text, known)
}

// pinned is the release that a group or a node asks for, if it asks for one. It is zero where the release is no good.
func pinned(r *report, field diag.Path, text string, known Releases) pin {
	if text == "" {
		return pin{}
	}
	v := aRelease(r, field, text, known)
	if known[v.Series()].Patch == "" {
		v = Version{}
	}
	return pin{version: v, field: field}
}

// aRelease parses a release, of a minor that is known.
func aRelease(r *report, field diag.Path, text string, known Releases) Version {
	v, ok := ParseVersion(text)
	switch {
	case !ok:
		r.error(field, diag.Quote(text)+" is no Kubernetes release", versionHint(text, known))
	case known[v.Series()].Patch == "":
		r.error(field, "Kubernetes "+v.Series()+" is not known to this harender",
			"the known versions are "+strings.Join(sortedMinors(known), ", ")+"; lib/versions/"+v.Series()+".json in the repository adds one, as docs/versions.md of harender says")
	default:
		if newest, _ := ParseVersion(known[v.Series()].Patch); v.Patch > newest.Patch {
			r.list = append(r.list, diag.Diagnostic{
				Severity: diag.Warning, Field: string(field), Summary: "this harender knows Kubernetes " + v.Series() + " up to " + newest.String(),
				Detail: v.String() + " is taken to be the same, with the same etcd and CoreDNS.",
				Hint:   "read its release notes for what is not; a newer harender may know it, or name it in lib/versions/" + v.Series() + ".json of the repository, as docs/versions.md of harender says",
			})
		}
	}
	return v
}

// ParseVersion reads MAJOR.MINOR.PATCH and nothing else.
func ParseVersion(text string) (Version, bool) {
	m := release.FindStringSubmatch(text)
	if m == nil {
		return Version{}, false
	}
	number := func(s string) int {
		n, _ := strconv.Atoi(s) // at most four digits
		return n
	}
	return Version{number(m[1]), number(m[2]), number(m[3])}, true
}

func versionHint(text string, known Releases) string {
	switch {
	case leadingV.MatchString(text):
		return "leave the v out: " + strconv.Quote(text[1:])
	case minorOnly.MatchString(text) && known[text].Patch != "":
		return "give the patch release too: " + strconv.Quote(known[text].Patch)
	case suffixStart.MatchString(text):
		return "write MAJOR.MINOR.PATCH; candidates and builds of others are not supported"
	}
	return "write MAJOR.MINOR.PATCH, such as " + strconv.Quote(known.Newest())
}

// sortedMinors are the known minor versions, the oldest first.
func sortedMinors(known Releases) []string {
	return slices.SortedFunc(maps.Keys(known), CompareMinors)
}

// CompareMinors orders minor versions such as 1.9 and 1.36, the older first.
func CompareMinors(a, b string) int { return minorNumber(a) - minorNumber(b) }

func minorNumber(s string) int {
	v, _ := ParseVersion(s + ".0")
	return v.Major*10000 + v.Minor
}
