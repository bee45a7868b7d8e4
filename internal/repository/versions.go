package repository

import (
	"io/fs"
	"os"
	"testing/fstest"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/diag"
)

// Versions are those that there is data for, in the repository at root and in the program.
func Versions(root string, env Environment) ([]release.Summary, diag.List, error) {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return nil, nil, err
	}
	all, list := release.Summaries(layer.Stack{dir.FS(), env.Builtin})
	return all, list, dir.Close()
}

// BuiltinVersions are those that the program has data for. What is wrong with the data, the check of a spec says.
func BuiltinVersions(env Environment) []release.Summary {
	all, _ := release.Summaries(env.Builtin)
	return all
}

// NewestVersion is what a spec without a version gets.
func NewestVersion(env Environment) string {
	known, _ := release.Known(layer.Stack{env.Builtin}) // Without any, the spec's own check says so.
	return known.Newest()
}

// TryOut compiles the files of a repository that is not written yet.
func TryOut(files map[string][]byte, env Environment) diag.List {
	_, list := compile.Compile(inMemory(files), env.Builtin, render.Here)
	return list
}

// inMemory are files that are not written yet.
func inMemory(files map[string][]byte) fs.FS {
	mem := fstest.MapFS{}
	for name, content := range files {
		mem[name] = &fstest.MapFile{Data: content, Mode: 0o644}
	}
	return mem
}
