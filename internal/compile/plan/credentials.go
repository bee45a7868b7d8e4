package plan

import (
	"strings"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/layout"
)

// credentialList is a file of the apiserver, with a secret for each of its users.
type credentialList struct {
	kind, folder, name, path string
	accounts                 []cluster.Account
}

func credentialLists(c cluster.Cluster) []credentialList {
	return []credentialList{
		{Token, layout.Tokens, "known-tokens", layout.APIServer + "known_tokens.csv", c.APIServer.Tokens},
		{Password, layout.Passwords, "basic-auth", layout.APIServer + "basic_auth.csv", c.APIServer.BasicAuth},
	}
}

// credentials are one secret a user, so that another user changes none that exists.
func credentials(c cluster.Cluster) []Generated {
	var out []Generated
	for _, l := range credentialLists(c) {
		for _, a := range l.accounts {
			out = append(out, Generated{ID: l.id(a), Kind: l.kind})
		}
	}
	return out
}

// Users are those of tokens and passwords, by the ID of the secret.
func (p Plan) Users() map[string]string {
	out := map[string]string{}
	for _, l := range credentialLists(p.Cluster) {
		for _, a := range l.accounts {
			out[l.id(a)] = a.User
		}
	}
	return out
}

func (l credentialList) id(a cluster.Account) string { return l.folder + "/" + a.FileName() }

// credentialFiles are in the order of the spec: the apiserver takes the last of equal rows.
func credentialFiles(c cluster.Cluster) []sealedCopy {
	var out []sealedCopy
	for _, l := range credentialLists(c) {
		if len(l.accounts) == 0 {
			continue
		}
		cp := sealedCopy{name: l.name, extension: layout.Table, path: l.path, restarts: []string{podAPIServer}}
		for _, a := range l.accounts {
			cp.rows = append(cp.rows, Row{Source: l.id(a), Fields: l.fields(a)})
		}
		out = append(out, cp)
	}
	return out
}

// fields are user, uid and, if there are any, groups in one field
// (k8s.io/apiserver/pkg/authentication/token/tokenfile).
func (credentialList) fields(a cluster.Account) []string {
	if len(a.Groups) == 0 {
		return []string{a.User, a.UID}
	}
	return []string{a.User, a.UID, strings.Join(a.Groups, ",")}
}

// RenewUsers is the command that replaces the tokens and passwords of these users.
func RenewUsers(names []string) string {
	const few = 5
	if len(names) > few {
		return "harender secrets renew --all"
	}
	text := "harender secrets renew"
	for _, name := range names {
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:@") != "" {
			name = "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
		}
		text += " --user " + name
	}
	return text
}
