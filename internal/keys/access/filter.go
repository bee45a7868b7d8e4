package access

import (
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/layout"
)

// FilesAt are the files at a path from the repository's root: one below secrets/, or the one that lies below rendered/ as a
// node's file.
func FilesAt(p plan.Plan, files []File, path string) []File {
	for _, n := range p.Nodes {
		for _, m := range n.Material {
			if m.Sealed && path == layout.Rendered+"/"+n.Cluster.Name+"/"+m.Path+layout.Sealed {
				path = layout.Secrets + m.Source
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(files), func(f File) bool { return f.Path != path })
}

// HoldersOf are the holders of what opens one of the files, with these files alone.
func HoldersOf(holders []Holder, files []File) []Holder {
	among := func(all []File) []File {
		return slices.DeleteFunc(slices.Clone(all), func(f File) bool {
			return !slices.ContainsFunc(files, func(g File) bool { return g.Path == f.Path })
		})
	}
	var out []Holder
	for _, h := range holders {
		h.Alone, h.Shared, h.Lacks, h.Keeps = among(h.Alone), among(h.Shared), among(h.Lacks), among(h.Keeps)
		if len(h.Alone)+len(h.Shared)+len(h.Lacks) > 0 {
			out = append(out, h)
		}
	}
	return out
}

// FindHolders are the holders whose key is of that name or begins so, or who are the node of that name.
func FindHolders(holders []Holder, name string) []Holder {
	const enough = 8 // characters that tell one key from another
	return slices.DeleteFunc(slices.Clone(holders), func(h Holder) bool {
		return h.Key != name && h.Former != name && !slices.Contains(h.Nodes, name) &&
			(len(name) < enough || !strings.HasPrefix(h.Key, name))
	})
}

// FilesOf are the files that one of the holders opens, or is to open.
func FilesOf(files []File, holders []Holder) []File {
	paths := map[string]bool{}
	for _, h := range holders {
		for _, f := range slices.Concat(h.Alone, h.Shared, h.Lacks) {
			paths[f.Path] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(files), func(f File) bool { return !paths[f.Path] })
}
