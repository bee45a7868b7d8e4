package repository

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// Bounds of the search for other clusters.
const (
	maxFolders = 2000
	maxDepth   = 6
)

// findConflicts finds what this cluster and others of the same git repository both claim. One that does not resolve is left out:
// a build of its own says why.
func findConflicts(dir *os.Root, c compile.Compiled, env Environment) diag.List {
	root, err := filepath.Abs(dir.Name())
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		return nil // What is here was read; what is around it cannot be named.
	}
	var list diag.List
	for _, folder := range neighbourRoots(root) {
		name, err := filepath.Rel(root, folder)
		if err != nil {
			name = folder
		}
		doc, other, ok := resolveAt(folder, env)
		if env.Budget.Spent() {
			list = append(list, exhausted(filepath.ToSlash(name)))
			break
		}
		if !ok {
			continue
		}
		for _, found := range cluster.Collide(c.Plan.Cluster, other) {
			pos, _, _ := doc.Locate(string(found.Other))
			pos.File = path.Join(filepath.ToSlash(name), pos.File)
			list = append(list, diag.Diagnostic{
				Severity: found.Severity, Summary: found.Summary, Detail: "The other cluster says so in " + pos.String() + ".",
				Hint: found.Hint, Field: string(found.Own),
			})
		}
	}
	return c.Complete(list)
}

// exhausted says that it is not known what other clusters claim: one of them took all that a command has.
func exhausted(name string) diag.Diagnostic {
	return diag.Diagnostic{
		Summary: "the cluster in " + diag.Quote(name) + " takes more time or memory than one command has for all clusters together",
		Detail:  "What it and the others claim could not be compared with this one.",
		Hint:    "mend it first: harender check -C " + name, Pos: diag.Pos{File: path.Join(name, "cluster.jsonnet")},
	}
}

// resolveAt reads another cluster as a build of it would.
func resolveAt(folder string, env Environment) (spec.Document, cluster.Cluster, bool) {
	dir, list := open(folder)
	if list.HasErrors() {
		return spec.Document{}, cluster.Cluster{}, false
	}
	doc, c, list := resolveSpec(dir, env)
	return doc, c, !append(list, closeRoot(dir)...).HasErrors()
}

// neighbourRoots are the other folders with a spec in the git repository around root, sorted.
func neighbourRoots(root string) []string {
	top := repository(root)
	if top == "" {
		return nil
	}
	var out []string
	folders := 0
	// What cannot be read is passed over: this is no build of it.
	_ = fs.WalkDir(os.DirFS(top), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fs.SkipDir
		case d.IsDir() && name != "." && (passedOver(d.Name()) || strings.Count(name, "/") >= maxDepth || ofItsOwn(filepath.Join(top, name))):
			return fs.SkipDir
		case d.IsDir():
			if folders++; folders > maxFolders {
				return fs.SkipAll
			}
		case slices.Contains(spec.Files(), d.Name()):
			folder := filepath.Join(top, filepath.FromSlash(path.Dir(name)))
			if folder != root && !slices.Contains(out, folder) {
				out = append(out, folder)
			}
		}
		return nil
	})
	return out
}

// ofItsOwn reports whether the folder is another repository, or a work tree of this one.
func ofItsOwn(folder string) bool {
	_, err := os.Lstat(filepath.Join(folder, ".git"))
	return err == nil
}

// passedOver are folders that hold no cluster of the user's: hidden ones, as go does it, and what builds make.
func passedOver(name string) bool {
	return name[0] == '.' || name[0] == '_' || slices.Contains([]string{Output, secrets, "testdata", "vendor", "node_modules"}, name)
}

// repository is the top of the git repository that holds the folder, or empty.
func repository(folder string) string {
	for {
		if _, err := os.Lstat(filepath.Join(folder, ".git")); err == nil {
			return folder
		}
		up := filepath.Dir(folder)
		if up == folder {
			return ""
		}
		folder = up
	}
}
