package repository

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/change/revision"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/issue"
)

// Rotation is a step to make of the rotation of an authority or a key.
type Rotation struct {
	// Name is what users call it: kubernetes, etcd or front-proxy; service-account or encryption.
	Name  string
	Phase issue.Phase
}

// applyOptions adds to the inputs what was asked for beside what the plan needs.
func (o Options) applyOptions(dir *os.Root, c compile.Compiled, in *issue.Inputs) diag.List {
	var list diag.List
	if o.Rotate.Name != "" {
		of, found := named(c.Plan.Rotating(), o.Rotate.Name)
		if list = append(list, found...); !list.HasErrors() {
			list = append(list, ready(dir, c, *in, issue.Step{Of: of, Phase: o.Rotate.Phase})...)
		}
		in.Step = &issue.Step{Of: of, Phase: o.Rotate.Phase}
	}
	in.Renew = o.Renew
	if o.Renew.Authority != "" {
		authorities := slices.DeleteFunc(c.Plan.Rotating(), func(of plan.Rotating) bool { return !of.IsAuthority() })
		of, found := named(authorities, o.Renew.Authority)
		list, in.Renew.Authority = append(list, found...), of.ID
	}
	if node := o.Renew.Node; node != "" {
		list = append(list, known("node", node, c.Plan.NodeNames())...)
	}
	var found diag.List
	in.Replace, found = o.replaced(c.Plan)
	return append(list, found...)
}

// replaced are the IDs of the tokens and passwords that were asked for.
func (o Options) replaced(p plan.Plan) (ids []string, list diag.List) {
	users := p.Users()
	names := slices.Compact(slices.Sorted(maps.Values(users)))
	for _, name := range o.Users {
		list = append(list, known("user with a token or a password", name, names)...)
	}
	for _, g := range p.Generated {
		if name, ok := users[g.ID]; ok && (o.AllUsers || slices.Contains(o.Users, name)) {
			ids = append(ids, g.ID)
		}
	}
	return ids, list
}

// named finds what users call by that name.
func named(all []plan.Rotating, name string) (plan.Rotating, diag.List) {
	var names []string
	for _, of := range all {
		if of.Name() == strings.TrimSuffix(name, "-ca") {
			return of, nil
		}
		names = append(names, of.Name())
	}
	return plan.Rotating{}, known("authority or key", name, names)
}

func known(what, name string, names []string) diag.List {
	if slices.Contains(names, name) {
		return nil
	}
	hint := "there are " + strings.Join(names, ", ")
	if near := diag.Nearest(name, names); near != "" {
		hint = "did you mean " + near + "? " + hint
	}
	return diag.List{{Summary: "there is no " + what + " " + diag.Quote(name), Hint: hint}}
}

// ready refuses a step while a node's files lack the one before: those in the output, and those that are committed. What
// was delivered nobody knows here.
func ready(dir *os.Root, c compile.Compiled, in issue.Inputs, step issue.Step) diag.List {
	if step.Phase != issue.Promote && step.Phase != issue.Retire {
		return nil
	}
	if at, err := issue.StateOf(step.Of, in.Secrets); err != nil || at == issue.Settled || (at == issue.Staged) != (step.Phase == issue.Promote) {
		return nil // It is not the step's turn, which is said where it is made.
	}
	in.Locked = true
	present, list := issue.Issue(c.Plan, in)
	if list.HasErrors() {
		return append(list, diag.Diagnostic{
			Summary: "cannot " + step.String() + ": the step before is not complete", Hint: "run harender build, commit what it made, deliver it, and try again",
		})
	}
	var lacking diag.List
	for _, place := range outputs(dir) {
		if place.err != nil {
			return diag.List{{Summary: "cannot read " + place.name, Detail: place.err.Error(), Hint: unreadableGit(place.err)}}
		}
		if nodes := without(place.files, c.Plan, step.Of, present); len(nodes) > 0 {
			lacking = append(lacking, diag.Diagnostic{
				Summary: fmt.Sprintf("cannot %s: in %s, %s lack the step before", step, place.name, strings.Join(nodes, ", ")),
				Detail:  "A node that does not trust what others have by then would be cut off.",
				Hint:    place.hint + ", deliver it to every node, and try again",
			})
		}
	}
	return lacking
}

// output is the rendered tree somewhere.
type output struct {
	name, hint string
	files      fs.FS
	err        error
}

// outputs are the output as it is and, in a git repository, as it was committed.
func outputs(dir *os.Root) []output {
	out := []output{{Output + "/", "run harender build, commit it", layer.Below(layer.Stack{dir.FS()}, Output), nil}}
	head, err := revision.Open(dir.Name(), "HEAD")
	if errors.Is(err, revision.ErrNoRepository) {
		return out
	}
	committed := output{"the last commit", "commit " + Output + "/ and secrets/", layer.Stack{}, nil}
	if err == nil {
		committed.files = layer.Below(head, Output)
	}
	if err != nil && !errors.Is(err, revision.ErrUnknown) && !errors.Is(err, fs.ErrNotExist) {
		committed.err = err
	}
	return append(out, committed)
}

// without are the nodes whose files are not those of the present step, as far as it is about them.
func without(rendered fs.FS, p plan.Plan, of plan.Rotating, present issue.Result) []string {
	concerned := p.MadeOf(of)
	var out []string
	for _, n := range p.Nodes {
		for _, m := range n.Material {
			if !concerned[m.Source] {
				continue
			}
			want, _ := present.Source(m.Source)
			have, err := bounded.ReadFile(rendered, n.Cluster.Name+"/"+stored(m), bounded.File)
			if err != nil || !bytes.Equal(have, want) {
				out = append(out, n.Cluster.Name)
				break
			}
		}
	}
	return out
}
