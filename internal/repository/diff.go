package repository

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/change/review"
	"github.com/harender/harender/internal/change/revision"
	"github.com/harender/harender/internal/change/rollout"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/keys/vault"
	"github.com/harender/harender/internal/layout"
)

// DiffOptions say what to compare with, and what the way there can rely on.
type DiffOptions struct {
	// Base is a revision of git; without one, it is the output as it is.
	Base string
	// Gone are nodes that leave, and whose machines are gone.
	Gone []string
}

// Diff compares what the spec of the repository at root renders now with its output or, if there is a base, with that of a
// revision of the git repository around it. It needs no key, and writes nothing.
func Diff(root string, env Environment, o DiffOptions) (review.Review, diag.List) {
	dir, list := open(root)
	if list.HasErrors() {
		return review.Review{}, list
	}
	d, list := difference(dir, env, o)
	return d, append(list, closeRoot(dir)...)
}

func difference(dir *os.Root, env Environment, o DiffOptions) (review.Review, diag.List) {
	rev := o.Base
	base, name, list := based(dir, rev)
	if list.HasErrors() {
		return review.Review{}, list
	}
	env.watch("reading", 0, 0)
	output, found := readBase(base, name)
	list = append(list, found...)
	c, found := compileRepository(dir, env)
	if list = append(list, found...); list.HasErrors() {
		return review.Review{}, list
	}
	env.watch("comparing", 0, 0)
	in, found := issueInputs(dir, env)
	if list = append(list, found...); list.HasErrors() {
		return review.Review{}, list
	}
	preview, found := issue.DryRun(c.Plan, in)
	if list = append(list, c.Complete(found)...); list.HasErrors() {
		return review.Review{}, list
	}
	held := layer.Below(base, secrets)
	addPublicKeys(c, output, held)
	was := diff.Side{Directories: output, Recipients: map[string][]string{}, Authorities: heldAuthorities(c.Plan, held)}
	for _, e := range preview.Expected {
		if to := openedBy(e, held, rev); len(to) > 0 {
			was.Recipients[e.ID] = to
		}
	}
	is := plannedSide(c, preview)
	was.Sealed, is.Sealed = sealedSums(c.Plan, preview.Expected, held), sealedSums(c.Plan, preview.Expected, in.Secrets)
	was.Pins, is.Pins = issue.ReadRecord(held), issue.ReadRecord(in.Secrets)
	madeOf{held, was.Pins, nil}.addContents(c, was.Directories)
	madeOf{in.Secrets, is.Pins, preview.Stays}.addContents(c, is.Directories)
	list = append(list, notLeaving(o.Gone, was, is)...)
	d, found := differ(c, was, is, name, o.Gone)
	return d, append(list, found...)
}

// notLeaving finds nodes of --gone that do not leave.
func notLeaving(gone []string, was, is diff.Side) diag.List {
	var list diag.List
	for _, n := range gone {
		_, before := was.Directories[n]
		_, after := is.Directories[n]
		switch {
		case after:
			list = append(list, diag.Diagnostic{
				Summary: "--gone " + diag.Quote(n) + ": the spec has that node", Detail: "--gone is for nodes that leave.",
				Hint: "give the node another word as its machine (spec.nodes, machine) if it is another machine now, or take it out of the spec",
			})
		case !before:
			list = append(list, diag.Diagnostic{
				Summary: "--gone " + diag.Quote(n) + ": there was no such node", Detail: "--gone is for nodes that leave.",
				Hint: "name a node that the spec had before, or leave --gone out",
			})
		}
	}
	return list
}

func differ(c compile.Compiled, was, is diff.Side, name string, gone []string) (review.Review, diag.List) {
	out := review.Review{Cluster: c.Plan.Cluster.Name, Base: name, Acknowledged: append([]string{}, c.Plan.Cluster.Acknowledged...), Fleet: diff.FleetOf(c.Plan.Cluster)}
	out.Diff = out.Fleet.Sorted(diff.Compare(was, is, deprecations(c.Layers)))
	out.Same = out.Diff.Same()
	asked, list := notices(c, was, is)
	out.Notices = asked
	known := asking(facts(c.Plan, out.Fleet), asked)
	known.Gone = gone
	out.Impact, out.Rollout = rollout.Make(out.Diff, was, is, known)
	return out, list
}

// readBase reads the output of the base.
func readBase(base fs.FS, name string) (map[string]diff.Directory, diag.List) {
	out, list, err := diff.Read(name, layer.Below(base, Output), func(sealed []byte) ([]string, error) {
		_, to, err := vault.Read(sealed)
		return to, err
	})
	partial := slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return d.Detail == revision.ErrIncomplete.Error() })
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, diag.List{{
			Summary: "there is no output in " + name, Detail: "diff compares with what harender build has made and somebody has committed",
			Hint: "run harender build, and commit it; or name a revision that has it with --base",
		}}
	case partial, errors.Is(err, revision.ErrIncomplete):
		return nil, diag.List{{Summary: "cannot read " + name, Detail: incomplete, Hint: wholeHint}}
	case err != nil:
		return nil, diag.List{{Summary: "cannot read " + name, Detail: err.Error(), Hint: unreadableBase(name)}}
	}
	for i := range list {
		list[i].Hint = cmp.Or(list[i].Hint, unreadableBase(name))
	}
	return out, list
}

// unreadableBase is what to do about files of the base that cannot be read.
func unreadableBase(name string) string {
	if name == Output {
		return "make it a plain file that you may read, or remove it and run harender build"
	}
	return "see whether git itself reads it, and nothing in its place: git fsck, git replace -l"
}

// openedBy are those who can open the secret as the base has it.
func openedBy(e issue.Expected, secrets fs.FS, rev string) []string {
	if rev == "" || e.Sealed == "" {
		return e.Before
	}
	text, err := bounded.ReadFile(secrets, e.Sealed, bounded.File)
	if err != nil {
		return nil
	}
	_, to, err := vault.Read(text)
	if err != nil {
		return nil // Verify is about damaged files.
	}
	return to
}

// trusted are the files below secrets/ of what nodes trust, by ID and slot.
func trusted(p plan.Plan) map[string]string {
	out := map[string]string{}
	for _, of := range p.Rotating() {
		for _, slot := range layout.Slots() {
			if part := of.Parts[0]; !strings.HasSuffix(part, layout.Sealed) {
				out[of.ID+slot] = of.ID + slot + part
			}
		}
	}
	return out
}

func heldAuthorities(p plan.Plan, secrets fs.FS) map[string]certificate.Certificate {
	out := map[string]certificate.Certificate{}
	for id, name := range trusted(p) {
		text, err := bounded.ReadFile(secrets, name, bounded.File)
		if err != nil {
			continue
		}
		if all, err := certificate.Decode(text); err == nil {
			out[id] = all[0]
		}
	}
	return out
}

// plannedSide is the side that a build would bring about.
func plannedSide(c compile.Compiled, preview issue.Preview) diff.Side {
	out := diff.Side{Directories: map[string]diff.Directory{}, Recipients: map[string][]string{}, Authorities: map[string]certificate.Certificate{}}
	expected := make(map[string]issue.Expected, len(preview.Expected))
	files := trusted(c.Plan)
	for _, e := range preview.Expected {
		expected[e.ID] = e
		if len(e.After) > 0 {
			out.Recipients[e.ID] = e.After
		}
		if all, err := certificate.Decode(preview.Files[files[e.ID]]); err == nil {
			out.Authorities[e.ID] = all[0]
		} else if _, trusted := files[e.ID]; trusted && e.Action != issue.Retired {
			out.Authorities[e.ID] = expectedAuthority(e)
		}
	}
	for _, n := range c.Plan.Nodes {
		name := n.Cluster.Name
		about := indexed(n.Cluster)
		d := diff.Directory{Kubernetes: about.Kubernetes, Pool: about.Pool, Machine: about.Machine, Etcd: about.Etcd, Files: rendered(c.Rendered.Nodes[name])}
		for _, m := range n.Material {
			d.Files[m.Path] = previewFile(m, preview, expected)
		}
		out.Directories[name] = d
	}
	for name, files := range map[string][]tree.File{tree.Addons: c.Rendered.Shared.Addons, tree.Cloud: c.Rendered.Shared.Cloud} {
		if len(files) > 0 {
			out.Directories[name] = diff.Directory{Files: rendered(files)}
		}
	}
	return out
}

func expectedAuthority(e issue.Expected) certificate.Certificate {
	if e.Certificate == nil {
		return certificate.Certificate{}
	}
	return *e.Certificate
}

func rendered(files []tree.File) map[string]diff.File {
	out := make(map[string]diff.File, len(files))
	for _, f := range files {
		out[f.Path] = entry(f)
	}
	return out
}

func entry(f tree.File) diff.File {
	return diff.File{
		IndexFile: tree.IndexFile{
			Path: f.Path, Mode: tree.Mode(f.Mode), Owner: f.Owner, Group: f.Group, Sealed: f.Content.IsSealed(),
			Restarts: slices.Compact(slices.Sorted(slices.Values(f.Restarts))),
		},
		Content: f.Content.Bytes(),
	}
}

// previewFile is a file that comes from secrets/, as it is or as it is planned.
func previewFile(m plan.SecretFile, preview issue.Preview, expected map[string]issue.Expected) diff.File {
	folder, base := path.Split(m.Source)
	stem, _, _ := strings.Cut(base, ".")
	e := expected[folder+stem]
	content, made := preview.Files[m.Source]
	if bundle, found := preview.Bundles[m.Source]; found {
		content, made = bundle, true
	}
	f := entry(materialFile(m, content))
	f.Sealed = m.Sealed
	if m.Sealed {
		f.Recipients = e.After
		f.Public = publicKeyOf(m, func(name string) []byte { return preview.Files[name] })
	}
	if !made {
		f.Planned = &diff.Planned{Why: e.Why}
		if !m.Sealed {
			f.Planned.Certificate = e.Certificate
		}
	}
	return f
}

// deprecations reads what is known of a minor when it is asked for. What cannot be read was told by the check.
func deprecations(layers fs.FS) diff.Deprecated {
	known := map[string]release.Flags{}
	return func(kubernetes, program, flag string) string {
		v, ok := cluster.ParseVersion(kubernetes)
		if !ok {
			return ""
		}
		flags, read := known[v.Series()]
		if !read {
			facts, _ := release.ReadFacts(layers, v.Series())
			flags = facts.Flags
			known[v.Series()] = flags
		}
		return flags[program].Flags[flag].Deprecated
	}
}
