package cluster

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// Account is somebody who logs in to the apiserver by a secret.
type Account struct {
	User, UID string
	Groups    []string
}

// FileName is the user's name as a file's: a colon is no part of one everywhere.
func (a Account) FileName() string { return strings.ReplaceAll(a.User, ":", "_") }

// basicAuthGone is the minor that no longer has --basic-auth-file; it was deprecated in 1.16.
const basicAuthGone = 19

func basicAuth(r *report, v Version, list []spec.Account) []Account {
	const field = diag.Path("spec.apiServer.basicAuth")
	if len(list) > 0 && !v.Before(basicAuthGone) {
		r.error(field, "kube-apiserver "+v.Series()+" knows no passwords", "it was 1.19 that took them away: use spec.apiServer.tokens or, better, client certificates")
		return nil
	}
	return accounts(r, field, list)
}

func accounts(r *report, field diag.Path, list []spec.Account) []Account {
	var out []Account
	seen := map[string]bool{}
	for i, s := range list {
		at, a := field.Index(i), Account(s)
		if a.UID == "" {
			a.UID = a.User
		}
		userName(r, at.Key("user"), a.User)
		if seen[a.FileName()] {
			r.error(at.Key("user"), "the user "+diag.Quote(a.User)+" is given twice", "remove one of the two; names that differ by : and _ alone count as one")
		}
		seen[a.FileName()] = true
		if strings.ContainsFunc(a.UID, unicode.IsControl) {
			r.error(at.Key("uid"), diag.Quote(a.UID)+" holds a control character", "write one line of text")
		}
		groupNames(r, at.Key("groups"), a.Groups)
		out = append(out, a)
	}
	return out
}

// userPattern is what can also be the name of a file, on file systems that fold case too.
var userPattern = regexp.MustCompile(`^[a-z0-9]([-a-z0-9._:]{0,61}[a-z0-9])?$`)

func userName(r *report, field diag.Path, name string) {
	switch {
	case !userPattern.MatchString(name):
		r.error(field, diag.Quote(name)+" is no name for a user", "use at most 63 lower case letters, digits, -, ., _ and :, beginning and ending with a letter or digit")
	case deviceName(name):
		r.error(field, diag.Quote(name)+" is the name of a device on Windows, where the repository could not be checked out", "choose another name")
	}
}

// groupNames share a field of the file, parted by commas.
func groupNames(r *report, field diag.Path, names []string) {
	for i, name := range names {
		at := field.Index(i)
		switch {
		case name == "" || strings.TrimSpace(name) != name || strings.Contains(name, ",") || strings.ContainsFunc(name, unicode.IsControl):
			r.error(at, diag.Quote(name)+" is no name for a group", "write one group an element, without commas and without blanks around it")
		case name == "system:masters":
			r.warning(at, "this secret opens everything, for ever: it never expires, and RBAC cannot narrow system:masters", "use a group of your own, or the client certificate kubecfg")
		}
	}
}
