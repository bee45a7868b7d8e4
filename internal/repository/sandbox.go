package repository

import (
	"io/fs"
	"os"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/compile/sandbox"
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// compileRepository runs the pure half of the program, with its engines in their sandbox.
func compileRepository(dir *os.Root, env Environment) (compile.Compiled, diag.List) {
	return compileBy(dir, env, compile.Compile)
}

func compileBy(dir *os.Root, env Environment, by func(user, builtin fs.FS, start render.Starter) (compile.Compiled, diag.List)) (c compile.Compiled, list diag.List) {
	list = withSandbox(dir, env, func(start render.Starter) (found diag.List) {
		c, found = by(dir.FS(), env.Builtin, start)
		return found
	})
	return c, list
}

// resolveSpec reads the spec of a repository, with its jsonnet in a sandbox: there is none to start for plain data.
func resolveSpec(dir *os.Root, env Environment) (doc spec.Document, c cluster.Cluster, list diag.List) {
	if _, err := dir.Stat("cluster.jsonnet"); err != nil {
		env.Budget.Spend(func() {
			doc, c, list = compile.Resolve(dir.FS(), env.Builtin, env.watchEvaluator(render.Here)(nil).Evaluate)
		})
		return doc, c, list
	}
	list = withSandbox(dir, env, func(start render.Starter) (found diag.List) {
		doc, c, found = compile.Resolve(dir.FS(), env.Builtin, start(nil).Evaluate)
		return found
	})
	return doc, c, list
}

// settled is the cluster for commands that are about keys and not about the spec. What check and build warn of in the spec is
// left to them: it would stand beside every list of certificates.
func settled(dir *os.Root, env Environment) (spec.Document, cluster.Cluster, diag.List) {
	doc, c, list := resolveSpec(dir, env)
	return doc, c, list.Errors()
}

// withSandbox hands out engines for as long as run takes.
func withSandbox(dir *os.Root, env Environment, run func(render.Starter) diag.List) diag.List {
	if env.Sandbox == nil {
		return run(env.watchEvaluator(render.Here))
	}
	child, err := sandbox.Start(env.Sandbox(dir.Name()), env.Budget)
	if err != nil {
		return diag.List{{Summary: "cannot evaluate the layers", Detail: err.Error(), Hint: "see whether the system lets a program start itself"}}
	}
	list := run(env.watchEvaluator(func(fs.FS) render.Engines { return child }))
	if err := child.Close(); err != nil && !list.HasErrors() {
		list = append(list, diag.Diagnostic{
			Summary: "cannot evaluate the layers", Detail: err.Error(), Hint: "run it again; if that does not help, it is a fault of harender",
		})
	}
	return list
}
