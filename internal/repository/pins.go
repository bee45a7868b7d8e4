package repository

import (
	"context"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/issue"
)

// Pin writes the pins of the authorities and secrets as they are into secrets/ of the repository at root: from then on they
// are the cluster's own. What only a key tells keeps the pins that it has, unless it is to be opened.
func Pin(ctx context.Context, root string, env Environment, opened bool) (diag.List, error) {
	return rewrite(ctx, root, env, func(p plan.Plan, in issue.Inputs) (change, diag.List) {
		files, list := issue.Record(p, in, opened)
		return change{files, nil}, list
	})
}

// Pins gives what the spec of the repository at root could say of its authorities and secrets as they are, by the key
// below [plan.PinsField]. What only a key tells is left out, unless it is to be opened.
func Pins(root string, env Environment, opened bool) (map[string][]string, diag.List) {
	dir, list := open(root)
	if list.HasErrors() {
		return nil, list
	}
	doc, resolved, list := settled(dir, env)
	if list.HasErrors() {
		return nil, append(list, closeRoot(dir)...)
	}
	c := compile.Compiled{Document: doc, Plan: plan.Make(resolved), Layers: layer.Stack{dir.FS(), env.Builtin}}
	in, found := issueInputs(dir, env)
	if list = append(list, found...); list.HasErrors() {
		return nil, append(list, closeRoot(dir)...)
	}
	pins, found := issue.Pins(c.Plan, in, opened)
	return pins, append(append(list, c.Complete(found)...), closeRoot(dir)...)
}
