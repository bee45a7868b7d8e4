package repository

import (
	"io/fs"
	"sync/atomic"

	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/diag"
)

func (env Environment) watch(doing string, done, of int) {
	if env.Watch != nil {
		env.Watch(doing, done, of)
	}
}

// watchEvaluator counts what is evaluated: how many stacks of layers a cluster has shows only on the way.
func (env Environment) watchEvaluator(start render.Starter) render.Starter {
	return func(layers fs.FS) render.Engines { return &watcher{Engines: start(layers), watch: env.watch} }
}

type watcher struct {
	render.Engines
	watch func(doing string, done, of int)
	done  atomic.Int64
}

// Evaluate implements [render.Engines].
func (w *watcher) Evaluate(fsys fs.FS, name, src string, args map[string]string) ([]byte, diag.List) {
	w.watch("rendering", int(w.done.Add(1)), 0)
	return w.Engines.Evaluate(fsys, name, src, args)
}
