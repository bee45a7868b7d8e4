package repository

import (
	"io/fs"
	"sync/atomic"

	"github.com/harender/harender/internal/compile/jsonnet"
	"github.com/harender/harender/internal/diag"
)

func (env Environment) watch(doing string, done, of int) {
	if env.Watch != nil {
		env.Watch(doing, done, of)
	}
}

// watched counts what is evaluated: how many stacks of layers a cluster has shows only on the way.
func (env Environment) watched(eval jsonnet.Evaluator) jsonnet.Evaluator {
	var done atomic.Int64
	return func(fsys fs.FS, name, src string, args map[string]string) ([]byte, diag.List) {
		env.watch("rendering", int(done.Add(1)), 0)
		return eval(fsys, name, src, args)
	}
}
