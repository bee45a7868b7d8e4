// Package compile is the pure half of the pipeline: spec, cluster, plan, render, conform. It is a function of the
// repository's files alone, without a key, a clock, randomness or a system call. Each stage is a function of the previous
// stage's value; a stage with errors is the last.
package compile

import (
	"io/fs"
	"slices"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/conform"
	"github.com/harender/harender/internal/compile/jsonnet"
	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/compile/members"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

// Compiled is what the repository's files alone determine: it needs no key, no clock and no randomness.
type Compiled struct {
	// Document is the spec as it was read.
	Document spec.Document
	Plan     plan.Plan
	Rendered render.Output
	// Layers are the user's files over the built-in ones.
	Layers layer.Stack
	// Shadowed are the built-in files that the user's own hide.
	Shadowed []string
}

// Compile reads a repository and renders it with the engines that start gives. Warnings stand beside a whole result; after an error it must not be used.
func Compile(user, builtin fs.FS, start render.Starter) (Compiled, diag.List) {
	return compile(user, builtin, layer.Below(layer.Stack{user}, layout.Rendered), start)
}

// Rebuild is Compile for machines that begin again, whatever the output says of members of etcd.
func Rebuild(user, builtin fs.FS, start render.Starter) (Compiled, diag.List) {
	return compile(user, builtin, layer.Stack{}, start)
}

func compile(user, builtin, output fs.FS, start render.Starter) (Compiled, diag.List) {
	c := Compiled{Layers: Layers(user, builtin)}
	engines := start(c.Layers)
	doc, resolved, list := Resolve(user, builtin, engines.Evaluate)
	c.Document = doc
	if list.HasErrors() {
		return c, append(list, c.apart(list, true)...)
	}
	list = append(list, cluster.Guesses(doc.Cluster.Spec, resolved)...)
	resolved, found := members.Begin(resolved, doc.Cluster.Spec.Etcd.InitialClusterState, output)
	list = append(list, found...)
	c.Plan = plan.Make(resolved)
	rendered, found := render.Render(c.Plan, c.Layers, engines)
	c.Rendered = rendered
	if list = append(list, found...); !list.HasErrors() {
		list = append(list, c.judged()...)
	} else {
		list = append(list, c.apart(list, false)...)
	}
	list = c.Complete(list)
	if list.HasErrors() {
		return c, list
	}
	return c, append(list, c.shadowed(layer.Stack{user, builtin})...)
}

// judged is what the components would not take of what was rendered.
func (c Compiled) judged() diag.List {
	judges, list := conform.NewJudges(c.Plan, c.Document.Cluster.Spec, c.Layers)
	if list.HasErrors() {
		return list
	}
	list = append(list, judges.CheckFiles(c.Rendered.Nodes, c.Rendered.Shared.Addons)...)
	return append(list, beside(judges.CheckNodes(c.Rendered.Nodes, c.Rendered.Shared.Addons), list)...)
}

// beside leaves out findings about what is an error already: one mistake is one finding.
func beside(found, told diag.List) diag.List {
	type place struct {
		field string
		pos   diag.Pos
	}
	wrong := map[place]bool{}
	for _, d := range told {
		if d.Severity == diag.Error && (d.Field != "" || d.Pos.Line > 0) {
			wrong[place{d.Field, d.Pos}] = true
		}
	}
	return slices.DeleteFunc(found, func(d diag.Diagnostic) bool { return wrong[place{d.Field, d.Pos}] })
}

// Layers are the sources of a repository over the built-in ones.
func Layers(user, builtin fs.FS) layer.Stack {
	return layer.Stack{layer.Sources(user, spec.Files()...), builtin}
}

// apart finds what is wrong with parts of a spec that depend on no other, where errors keep the rest from being looked at.
// overlays: nobody has looked for them.
func (c Compiled) apart(told diag.List, overlays bool) diag.List {
	var list diag.List
	known, found := release.Known(c.Layers)
	if found.HasErrors() {
		return nil // It has been told.
	}
	s := c.Document.Cluster.Spec
	if overlays {
		list = append(list, render.CheckOverlays(s, c.Layers)...)
	}
	list = append(list, conform.CheckArgs(s, known, c.Layers)...)
	// An element that is wrong already says enough.
	list = slices.DeleteFunc(list, func(d diag.Diagnostic) bool {
		return slices.ContainsFunc(told, func(have diag.Diagnostic) bool { return have.Field == d.Field })
	})
	return c.Complete(list)
}

// Resolve reads the spec of a repository, and fills in what it leaves open.
func Resolve(user, builtin fs.FS, eval jsonnet.Evaluator) (spec.Document, cluster.Cluster, diag.List) {
	layers := Layers(user, builtin)
	if list := layer.CheckFolders(user); list.HasErrors() {
		return spec.Document{}, cluster.Cluster{}, list
	}
	doc, list := spec.Read(layer.Sources(user, spec.Files()...), func(fsys fs.FS, name string) ([]byte, diag.List) {
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, diag.List{{Summary: "cannot read " + name, Detail: err.Error(), Hint: "make it a plain file that you may read"}}
		}
		return eval(layers, name, string(src), nil)
	})
	if list.HasErrors() {
		return doc, cluster.Cluster{}, list
	}
	known, found := release.Known(layers)
	if list = append(list, found...); list.HasErrors() {
		return doc, cluster.Cluster{}, Complete(layers, doc, list)
	}
	resolved, found := cluster.New(doc.Cluster, known)
	return doc, resolved, Complete(layers, doc, append(list, found...))
}

// Complete gives findings their places and the lines that stand there.
func (c Compiled) Complete(list diag.List) diag.List { return Complete(c.Layers, c.Document, list) }

// Complete gives findings about a spec their places, and the lines of the layers that stand there.
func Complete(layers fs.FS, doc spec.Document, list diag.List) diag.List {
	return excerpts(layers, doc.Complete(list))
}

// shadowed fills in Shadowed.
func (c *Compiled) shadowed(whole layer.Stack) diag.List {
	names, err := whole.Shadowed()
	if err != nil {
		return diag.List{{Summary: "cannot compare the repository with the built-in layers", Detail: err.Error()}}
	}
	c.Shadowed = names
	return nil
}

// excerpts adds the source line to findings that have a place in a layer.
func excerpts(layers fs.FS, list diag.List) diag.List {
	for i, d := range list {
		if d.Excerpt != "" || d.Pos.Line == 0 || d.Confidential {
			continue
		}
		src, err := fs.ReadFile(layers, d.Pos.File)
		if err != nil {
			continue
		}
		list[i].Excerpt, list[i].Caret = diag.Excerpt(diag.Lines(src), d.Pos)
	}
	return list
}
