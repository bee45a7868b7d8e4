package repository

import (
	"io/fs"
	"os"
	"time"

	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/access"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/keys/vault"
	"github.com/harender/harender/internal/layout"
)

// Access is who can open what in a repository.
type Access struct {
	Plan    plan.Plan
	Files   []access.File
	Holders []access.Holder
	// Compromise is what a stolen machine has, if one was named.
	Compromise access.Compromise
}

// Drift is where files are sealed to others than .sops.yaml and the spec say.
func (a Access) Drift() diag.List { return access.Drift(a.Holders, a.Files) }

// SurveyAccess reads the sealed files of the repository at root and, if one is named, what is on that machine. It needs
// no key.
func SurveyAccess(root string, env Environment, stolen string) (Access, diag.List) {
	var out Access
	list := onSecrets(root, env, func(p plan.Plan, secrets fs.FS) diag.List {
		out.Plan = p
		v, list := vault.Load(root, env.Now, env.LookupEnv)
		if list.HasErrors() {
			return list
		}
		var found diag.List
		out.Files, found = access.Files(p, secrets, v)
		list = append(list, found...)
		out.Holders = access.Holders(p, out.Files, v)
		if stolen != "" {
			out.Compromise, found = access.Compromised(p, stolen, out.Files, secrets, env.Now())
			list = append(list, found...)
		}
		return list
	})
	return out, list
}

// At leaves the file at a path, and who opens it.
func (a *Access) At(path string) {
	a.Files = access.FilesAt(a.Plan, a.Files, path)
	a.Holders = access.HoldersOf(a.Holders, a.Files)
}

// Of leaves who is called by that name, and what they open.
func (a *Access) Of(recipient string) {
	a.Holders = access.FindHolders(a.Holders, recipient)
	a.Files = access.FilesOf(a.Files, a.Holders)
}

// StaleSecrets finds what lies below secrets/ and nothing needs.
func StaleSecrets(root string, env Environment) (stale []access.StaleSecret, list diag.List) {
	list = onSecrets(root, env, func(p plan.Plan, secrets fs.FS) diag.List {
		var found diag.List
		stale, found = access.StaleSecrets(p, secrets, env.Now())
		return found
	})
	return stale, list
}

// Certificates finds the certificates of the plan in the repository at root.
func Certificates(root string, p plan.Plan, now time.Time) (all []issue.Held, list diag.List) {
	list = withSecrets(root, func(secrets fs.FS) diag.List {
		var found diag.List
		all, found = issue.Inventory(p, secrets, now)
		return found
	})
	return all, list
}

// Rotations are those that are under way.
func Rotations(root string, p plan.Plan) (out []issue.Rotation) {
	withSecrets(root, func(secrets fs.FS) diag.List {
		for _, of := range p.Rotating() {
			if at, err := issue.StateOf(of, secrets); err == nil && at != issue.Settled {
				out = append(out, issue.Rotation{Of: of, Name: of.Name(), At: at})
			}
		}
		return nil
	})
	return out
}

// onSecrets plans the cluster, and looks at the regular files of its secrets/.
func onSecrets(root string, env Environment, look func(plan.Plan, fs.FS) diag.List) diag.List {
	p, list := PlanForKeys(root, env)
	if list.HasErrors() {
		return list
	}
	return append(list, withSecrets(root, func(secrets fs.FS) diag.List { return look(p, secrets) })...)
}

// withSecrets opens secrets/ for as long as look takes. No symbolic link leaves the repository.
func withSecrets(root string, look func(fs.FS) diag.List) diag.List {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return diag.List{{Summary: "cannot read " + layout.Secrets, Detail: diag.Cause(err).Error()}}
	}
	return append(look(layer.Below(layer.Stack{dir.FS()}, secrets)), closeRoot(dir)...)
}
