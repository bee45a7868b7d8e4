// Package access tells who can open the sealed files of a repository, what anyone who steals a machine has in their hands, and
// which secrets nothing needs any more. It reads what the files say in the clear: it needs no key, and writes nothing.
package access

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/keys/vault"
	"github.com/harender/harender/internal/layout"
)

// Kind says what a sealed file holds, or why nothing needs it.
type Kind string

// The kinds.
const (
	Authority      Kind = "authority"
	ServiceAccount Kind = "service-account"
	Encryption     Kind = "encryption"
	Token          Kind = "token"
	Password       Kind = "password"
	// Certificate is the key of one of a node's certificates.
	Certificate Kind = "certificate"
	// Copy is a secret of the cluster sealed for a node.
	Copy Kind = "copy"
	// Pending is the key of a certificate that is being signed elsewhere.
	Pending Kind = "pending"
	// Retired was replaced. Departed belongs to a node that the spec does not have. Unused lies among the files of a node
	// that the spec has, which does not ask for it.
	Retired  Kind = "retired"
	Departed Kind = "departed"
	Unused   Kind = "unused"
	// Other is no file of harender's.
	Other Kind = "other"
)

// Kinds in the order in which they are shown.
func Kinds() []Kind {
	return []Kind{Authority, ServiceAccount, Encryption, Token, Password, Certificate, Copy, Pending, Retired, Departed, Unused, Other}
}

// Current reports whether the spec asks for files of the kind, so that a build keeps their recipients right.
func (k Kind) Current() bool {
	return !slices.Contains([]Kind{Pending, Retired, Departed, Unused, Other}, k)
}

// File is a sealed file as it is.
type File struct {
	// Path from the repository's root.
	Path string
	Kind Kind
	// ID is the plan's, without the slot of a rotation: nodes/m1/apiserver. Of a retired file it is what was replaced.
	ID string
	// Node whose folder it lies in; empty for the cluster's.
	Node string
	// Keys open it; Planned are those that .sops.yaml and the spec name now, for a file of a current kind.
	Keys, Planned vault.Keys
}

// Policy is what access asks the vault.
type Policy interface {
	PlannedKeys(path string, node []string) (vault.Keys, error)
	RuleOf(path string) diag.Pos
}

// Files reads every sealed file below secrets/, sorted by path. A file that cannot be read is a diagnostic.
func Files(p plan.Plan, secrets fs.FS, policy Policy) ([]File, diag.List) {
	c := classify(p)
	var out []File
	var list diag.List
	err := fs.WalkDir(secrets, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && name == ".":
			return nil
		case err != nil:
			return err
		case d.IsDir() || !strings.HasSuffix(name, layout.Sealed):
			return nil
		}
		f, found := c.read(secrets, name, policy)
		if list = append(list, found...); !found.HasErrors() {
			out = append(out, f)
		}
		return nil
	})
	if err != nil {
		list = append(list, diag.Diagnostic{Summary: "cannot read " + layout.Secrets, Detail: err.Error(), Pos: diag.Pos{File: layout.Secrets}})
	}
	slices.SortFunc(out, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return out, list
}

// classes are the kinds of what the plan asks for, by ID, and the recipients of its nodes.
type classes struct {
	kinds map[string]Kind
	nodes map[string][]string
}

func classify(p plan.Plan) classes {
	c := classes{kinds: map[string]Kind{}, nodes: map[string][]string{}}
	for _, a := range p.Authorities {
		c.kinds[a.ID] = Authority
	}
	for _, g := range p.Generated {
		c.kinds[g.ID] = generatedKind(g.Kind)
	}
	for _, l := range p.Certificates {
		c.kinds[l.ID] = Certificate
	}
	for _, cp := range p.Copies {
		c.kinds[cp.ID] = Copy
	}
	for _, n := range p.Nodes {
		c.nodes[n.Cluster.Name] = n.Cluster.Recipients
	}
	return c
}

func generatedKind(kind string) Kind {
	switch kind {
	case plan.ServiceAccountKey:
		return ServiceAccount
	case plan.Token:
		return Token
	case plan.Password:
		return Password
	}
	return Encryption
}

func (c classes) read(secrets fs.FS, name string, policy Policy) (File, diag.List) {
	f := c.place(name)
	pos := diag.Pos{File: f.Path}
	text, err := bounded.ReadFile(secrets, name, bounded.File)
	if err != nil {
		return f, diag.List{{Summary: "cannot read " + f.Path, Detail: err.Error(), Pos: pos}}
	}
	label, listed, err := vault.ReadLabel(secret.Sealed(text))
	if err == nil {
		f.Keys, err = vault.ReadKeys(secret.Sealed(text))
	}
	if err != nil {
		return f, diag.List{{Summary: f.Path + " is damaged", Detail: err.Error(), Hint: "restore it from version control", Pos: pos}}
	}
	list := relisted(f.Path, label, listed)
	if !f.Kind.Current() {
		return f, list
	}
	if f.Planned, err = policy.PlannedKeys(f.Path, c.nodes[f.Node]); err != nil {
		return f, append(list, problem(err))
	}
	return f, list
}

// relisted warns of a list of recipients that is not the one that the file was sealed with.
func relisted(name string, label secret.Label, listed []string) diag.List {
	if !label.Relisted(listed) {
		return nil
	}
	return diag.List{{
		Severity: diag.Warning, Summary: name + ": the list of its recipients was edited after it was sealed",
		Detail: diag.Escape("it was sealed to " + strings.Join(label.Recipients, ", ")),
		Hint:   "restore it from version control; or, if you did it with sops updatekeys, run harender build --accept-recipients",
		Pos:    diag.Pos{File: name},
	}}
}

// problem is the diagnostic of an error that has one.
func problem(err error) diag.Diagnostic {
	if told, ok := errors.AsType[interface {
		error
		Finding() diag.Diagnostic
	}](err); ok {
		return told.Finding()
	}
	return diag.Diagnostic{Summary: err.Error()}
}

// place tells what a file below secrets/ is by where it lies.
func (c classes) place(name string) File {
	at := layout.Parse(name)
	f := File{Path: layout.Secrets + name, Kind: Other, ID: at.ID, Node: at.Node}
	_, known := c.nodes[f.Node]
	kind, planned := c.kinds[f.ID]
	folder := path.Dir(f.ID)
	switch {
	case at.State == layout.Replaced:
		f.Kind = Retired
	case planned && at.State == layout.Waiting:
		f.Kind = Pending
	case planned:
		f.Kind = kind
	case f.Node != "" && !known:
		f.Kind = Departed
	case f.Node != "", folder == layout.Tokens, folder == layout.Passwords:
		f.Kind = Unused
	}
	return f
}
