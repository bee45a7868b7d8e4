package repository

import (
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/explain"
	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/diag"
)

// Explain compiles the repository at root and tells which layers set the flags of what runs on a node: a static pod or a
// unit, by its name; flag is that of one, or empty for all. It writes nothing, and needs no key.
func Explain(root string, env Environment, node, runs, flag string) ([]explain.Setting, diag.List) {
	dir, list := open(root)
	if list.HasErrors() {
		return nil, list
	}
	var settings []explain.Setting
	list = withSandbox(dir, env, func(start render.Starter) diag.List {
		c, list := compile.Compile(dir.FS(), env.Builtin, start)
		if list.HasErrors() {
			return list
		}
		var found diag.List
		source := explain.Source{Document: c.Document, Plan: c.Plan, Own: dir.FS(), Layers: c.Layers, Engines: start(c.Layers)}
		settings, found = explain.Flags(source, node, runs, flag)
		return append(list, c.Complete(found)...)
	})
	return settings, append(list, closeRoot(dir)...)
}
