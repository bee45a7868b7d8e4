package repository

import (
	"os"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/jsonnet"
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// compiled runs the pure half of the program, with jsonnet in its sandbox.
func compiled(dir *os.Root, env Environment) (c compile.Compiled, list diag.List) {
	list = sandboxed(dir, env, func(eval jsonnet.Evaluator) (found diag.List) {
		c, found = compile.Compile(dir.FS(), env.Builtin, eval)
		return found
	})
	return c, list
}

// resolved reads the spec of a repository, with its jsonnet in a sandbox: there is none to start for plain data.
func resolved(dir *os.Root, env Environment) (doc spec.Document, c cluster.Cluster, list diag.List) {
	if _, err := dir.Stat("cluster.jsonnet"); err != nil {
		env.Sandbox = nil
	}
	list = sandboxed(dir, env, func(eval jsonnet.Evaluator) (found diag.List) {
		doc, c, found = compile.Resolve(dir.FS(), env.Builtin, eval)
		return found
	})
	return doc, c, list
}

// sandboxed hands out an evaluator for as long as run takes.
func sandboxed(dir *os.Root, env Environment, run func(jsonnet.Evaluator) diag.List) diag.List {
	if env.Sandbox == nil {
		return run(env.watched(jsonnet.Evaluate))
	}
	sandbox, err := jsonnet.Start(env.Sandbox(dir.Name()))
	if err != nil {
		return diag.List{{Summary: "cannot evaluate jsonnet", Detail: err.Error()}}
	}
	list := run(env.watched(sandbox.Evaluate))
	if err := sandbox.Close(); err != nil && !list.HasErrors() {
		list = append(list, diag.Diagnostic{Summary: "cannot evaluate jsonnet", Detail: err.Error()})
	}
	return list
}
