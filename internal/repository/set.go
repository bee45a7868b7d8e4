package repository

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"testing/fstest"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/durable"
)

// The spec that Set changes, how it is called until it is whole, and how many bytes it may have.
const (
	specFile = "cluster.yaml"
	partFile = ".harender-cluster.yaml"
	maxSpec  = 4 << 20
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
	source, err := bounded.ReadFile(dir.FS(), specFile, maxSpec)
	if err != nil {
		return nil, diag.List{unchangeable(err)}
	}
	edited, done, list := spec.Edit(source, changes)
	if list.HasErrors() || string(edited) == string(source) {
		return done, list
	}
	files := layer.Stack{fstest.MapFS{specFile: &fstest.MapFile{Data: edited, Mode: info.Mode().Perm()}}, dir.FS()}
	env.Budget.Spend(func() {
		_, _, found := compile.Resolve(files, env.Builtin, env.watchEvaluator(render.Here)(nil).Evaluate)
		list = append(list, found...)
	})
	if list = list.Errors(); len(list) > 0 { // What check and build warn of is left to them.
		return nil, list
	}
	if err := replaceSpec(dir, edited, info.Mode().Perm()); err != nil {
		return nil, diag.List{unchangeable(err)}
	}
	return done, nil
}

// editable refuses a spec that is no plain YAML.
func editable(dir *os.Root) (fs.FileInfo, *diag.Diagnostic) {
	for _, name := range spec.Files() {
		if _, err := dir.Lstat(name); err != nil || name == specFile {
			continue
		}
		return nil, &diag.Diagnostic{
			Summary: "set changes " + specFile + ", and this repository has " + name, Pos: diag.Pos{File: name},
			Hint: "change " + name + " by hand; jsonnet can import a file of data for what programs change",
		}
	}
	info, err := dir.Lstat(specFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &diag.Diagnostic{
			Summary: "there is no " + specFile,
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
		Summary: "cannot change " + specFile, Detail: diag.Cause(err).Error(), Pos: diag.Pos{File: specFile},
		Hint: "make it a plain file, in a directory that you may write to",
	}
}

// replaceSpec leaves the old spec or the whole new one, whenever it is stopped. What an earlier one left behind goes.
func replaceSpec(dir *os.Root, content []byte, mode fs.FileMode) error {
	if err := dir.Remove(partFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := dir.OpenFile(partFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = dir.Rename(partFile, specFile)
	}
	if err != nil {
		return errors.Join(err, dir.Remove(partFile))
	}
	return durable.SyncNames(dir.Name())
}
