package repository

import (
	"io/fs"
	"path"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/vault"
)

// otherPolicies finds policies of sops' beside the secrets. sops takes the nearest one: whoever runs sops updatekeys there would seal
// the file to other recipients than those that were reviewed in the policy at the root.
func otherPolicies(repository fs.FS) (list diag.List) {
	_ = fs.WalkDir(repository, secrets, func(name string, _ fs.DirEntry, err error) error {
		if err == nil && path.Base(name) == vault.ConfigName {
			list = append(list, diag.Diagnostic{
				Summary: diag.Quote(name) + " is a second policy", Detail: "sops itself takes the one that is nearest to a file, with the recipients in it; harender takes the one at the root.",
				Hint: "remove it, and say in the " + vault.ConfigName + " at the root who opens what", Pos: diag.Pos{File: name},
			})
		}
		return nil // What cannot be read is found by its readers.
	})
	return list
}
