package repository

import (
	"io/fs"
	"slices"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/change/verify"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/keys/vault"
	"github.com/harender/harender/internal/layout"
)

// Verified says what is different in a repository from what its spec, its layers and its secrets ask for.
type Verified struct {
	Cluster string `json:"cluster"`
	// Same: nothing is different.
	Same bool `json:"same"`
	// Files counts what was compared below the output and below secrets/.
	Files int `json:"files"`
	// Opened counts the sealed files that were opened, and Unopened names those that no key at hand opens.
	Opened   int              `json:"opened"`
	Unopened []string         `json:"unopened"`
	Findings []verify.Finding `json:"findings"`
}

// Verify compares the output and the secrets of the repository at root with what a build of its files gives, in memory, and
// writes nothing. It needs a key for opening alone. The list is about what keeps it from comparing, and has the warnings.
func Verify(root string, env Environment, opening bool) (Verified, diag.List) {
	dir, list := open(root)
	if list.HasErrors() {
		return Verified{}, list
	}
	c, list := compileRepository(dir, env)
	if list.HasErrors() {
		return Verified{}, append(list, closeRoot(dir)...)
	}
	env.watch("comparing", 0, 0)
	in, found := issueInputs(dir, env)
	if list = append(list, found...); list.HasErrors() {
		return Verified{}, append(list, closeRoot(dir)...)
	}
	out, found := compareTrees(c, in, layer.Below(layer.Stack{dir.FS()}, Output), opening)
	return out, slices.Concat(list, found, closeRoot(dir))
}

// compareTrees compares secrets and output, as they are, with what was compiled.
func compareTrees(c compile.Compiled, in issue.Inputs, rendered fs.FS, opening bool) (Verified, diag.List) {
	examined, list := issue.Examine(c.Plan, in, opening)
	if list.HasErrors() {
		return Verified{}, list
	}
	found, warnings := verify.Told(c.Complete(examined.Findings))
	labels := func(sealed []byte) (string, error) {
		id, _, err := vault.Read(sealed)
		return id, err
	}
	inSecrets, ours, err := verify.Secrets(secrets, in.Secrets, labels, planned(c.Plan))
	if err != nil {
		return Verified{}, unreadable(err)
	}
	want, unknown, err := expected(c, in.Secrets, examined.Bundles)
	if err != nil {
		return Verified{}, diag.List{collision(err)}
	}
	inOutput, err := verify.Output(Output, want, unknown, rendered, verify.Origins(secrets, ours))
	if err != nil {
		return Verified{}, unreadableOutput(err)
	}
	found = verify.Sorted(slices.Concat(found, inSecrets, inOutput))
	return Verified{
		Cluster: c.Plan.Cluster.Name, Same: len(found) == 0, Files: len(want) + len(ours),
		Opened: examined.Opened, Unopened: append([]string{}, examined.Unopened...), Findings: append([]verify.Finding{}, found...),
	}, append(list, warnings...)
}

// planned tells which IDs the plan has.
func planned(p plan.Plan) func(id string) bool {
	ids := map[string]bool{}
	for _, a := range p.Authorities {
		ids[a.ID] = true
	}
	for _, g := range p.Generated {
		ids[g.ID] = true
	}
	for _, l := range p.Certificates {
		ids[l.ID] = true
	}
	for _, cp := range p.Copies {
		ids[cp.ID] = true
	}
	return func(id string) bool { return ids[id] }
}

// expected are the entries of the output as the secrets are. What a node should have of a file that is missing, or is not
// what it claims to be, is not known, nor is the node's index.
func expected(c compile.Compiled, own fs.FS, bundles map[string][]byte) ([]tree.Entry, map[string]bool, error) {
	files := make(map[string][]tree.File, len(c.Plan.Nodes))
	unknown := map[string]bool{}
	for _, n := range c.Plan.Nodes {
		name := n.Cluster.Name
		files[name] = slices.Clone(c.Rendered.Nodes[name])
		for _, m := range n.Material {
			content, found := bundles[m.Source]
			if !found {
				content, _ = bounded.ReadFile(own, m.Source, bounded.File) // What cannot be read is a finding of its own.
			}
			f := materialFile(m, content)
			if _, err := tree.New(map[string][]tree.File{name: {f}}, tree.Shared{}); err != nil || len(content) == 0 {
				unknown[name+"/"+f.Stored()], unknown[name+layout.Index] = true, true
				continue
			}
			files[name] = append(files[name], f)
		}
	}
	t, err := tree.New(files, c.Rendered.Shared)
	if err != nil {
		return nil, nil, err
	}
	entries, err := placed(t, c.Plan).Entries()
	return slices.DeleteFunc(entries, func(e tree.Entry) bool { return unknown[e.Path] }), unknown, err
}
