package repository

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/durable"
)

// Set changes fields of the spec in the repository at root, if what comes out is a spec that a build would take.
func Set(ctx context.Context, root string, env Environment, changes []spec.Change) ([]spec.Applied, diag.List, error) {
	dir, list := open(root)
	if list.HasErrors() {
		return nil, list, nil
	}
	unlock, err := tree.Lock(ctx, root)
	if err != nil {
		return nil, closeRoot(dir), err
	}
	done, list := set(dir, env, changes)
	return done, append(list, closeRoot(dir)...), unlock()
}

func set(dir *os.Root, env Environment, changes []spec.Change) ([]spec.Applied, diag.List) {
	info, d := editable(dir)
	if d != nil {
		return nil, diag.List{*d}
	}
	source, err := bounded.ReadFile(dir.FS(), spec.YAMLFile, spec.MaxSize)
	if err != nil {
		return nil, diag.List{unchangeable(err)}
	}
	edited, done, list := spec.Edit(source, changes)
	if list.HasErrors() || string(edited) == string(source) {
		return done, list
	}
	files := layer.Stack{inMemory(map[string][]byte{spec.YAMLFile: edited}), dir.FS()}
	env.Budget.Spend(func() {
		_, _, found := compile.Resolve(files, env.Builtin, env.watchEvaluator(render.Here)(nil).Evaluate)
		list = append(list, found...)
	})
	if list = list.Errors(); len(list) > 0 { // What check and build warn of is left to them.
		return nil, list
	}
	if err := durable.Replace(filepath.Join(dir.Name(), spec.YAMLFile), edited, info.Mode().Perm()); err != nil {
		return nil, diag.List{unchangeable(err)}
	}
	return done, nil
}

// editable refuses a spec that is no plain YAML.
func editable(dir *os.Root) (fs.FileInfo, *diag.Diagnostic) {
	for _, name := range spec.Files() {
		if _, err := dir.Lstat(name); err != nil || name == spec.YAMLFile {
			continue
		}
		return nil, &diag.Diagnostic{
			Summary: "set changes " + spec.YAMLFile + ", and this repository has " + name, Pos: diag.Pos{File: name},
			Hint: "change " + name + " by hand; jsonnet can import a file of data for what programs change",
		}
	}
	info, err := dir.Lstat(spec.YAMLFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &diag.Diagnostic{
			Summary: "there is no " + spec.YAMLFile,
			Hint:    "harender init makes a repository; otherwise name the directory that holds one",
		}
	case err != nil:
		d := unchangeable(err)
		return nil, &d
	case !info.Mode().IsRegular():
		d := unchangeable(errors.New("it is no plain file"))
		return nil, &d
	}
	return info, nil
}

func unchangeable(err error) diag.Diagnostic {
	return diag.Diagnostic{
		Summary: "cannot change " + spec.YAMLFile, Detail: diag.Cause(err).Error(), Pos: diag.Pos{File: spec.YAMLFile},
		Hint: "make it a plain file, in a directory that you may write to",
	}
}
