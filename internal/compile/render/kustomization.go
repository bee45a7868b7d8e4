package render

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/diag"
)

// allowed are the fields of a kustomization that cannot fetch, run a program, read outside the layers, or hold a secret,
// and that are not deprecated: kustomize would write about these to standard error.
var allowed = [...]string{
	"apiVersion", "kind", "metadata", "resources", "components", "patches", "images", "labels", "commonAnnotations",
	"replacements", "replicas", "namespace", "configMapGenerator", "generatorOptions",
}

// instead names what has taken the place of a deprecated field.
func instead(field string) string {
	switch field {
	case "patchesStrategicMerge", "patchesJson6902":
		return "patches"
	case "commonLabels":
		return "labels"
	case "bases":
		return "resources"
	case "imageTags":
		return "images"
	case "vars":
		return "replacements"
	}
	return diag.Nearest(field, allowed[:])
}

// plainPath is what a path in a kustomization may look like. URLs, git references and absolute paths do not.
var plainPath = regexp.MustCompile(`^(\.{1,2}/)*[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*/?$|^(\.{1,2}/)*\.{1,2}/?$`)

// fields holds a kustomization to the allowed fields, and its paths to the layers.
func fields(layers fs.FS, name string, root *yaml.Node) diag.List {
	var list diag.List
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if !slices.Contains(allowed[:], key.Value) {
			list = append(list, forbidden(name, key, instead(key.Value), allowed[:]))
			continue
		}
		list = append(list, nested(name, key.Value, value)...)
		for _, ref := range references(key.Value, value) {
			if d, bad := checkReference(layers, name, ref); bad {
				list = append(list, d)
			}
		}
		if key.Value == "patches" {
			list = append(list, inline(name, value)...)
		}
	}
	return list
}

func forbidden(name string, key *yaml.Node, near string, known []string) diag.Diagnostic {
	d := diag.Diagnostic{
		Summary: "a kustomization of a layer may not have the field " + diag.Quote(key.Value),
		Detail:  "It can fetch, run a program or read outside the repository, or is deprecated, or does not exist.",
		Hint:    "the fields that may be used are " + strings.Join(known, ", "),
		Pos:     diag.Pos{File: name, Line: key.Line, Col: key.Column},
	}
	if near != "" {
		d.Hint = "did you mean " + near + "?"
	}
	return d
}

// entryFields are the fields of the entries that can name a file. kustomize reads them in any case, and so would take a
// Path that nobody has looked at.
func entryFields(field string) []string {
	switch field {
	case "patches":
		return []string{"path", "patch", "target", "options"}
	case "replacements":
		return []string{"path", "source", "targets"}
	case "configMapGenerator":
		return []string{"name", "namespace", "behavior", "files", "envs", "literals", "options"}
	}
	return nil
}

// nested holds the entries of a field to what was looked at.
func nested(name, field string, value *yaml.Node) diag.List {
	known := entryFields(field)
	if known == nil {
		return nil
	}
	var list diag.List
	for _, item := range value.Content {
		for i := 0; i+1 < len(item.Content); i += 2 {
			if key := item.Content[i]; !slices.Contains(known, key.Value) {
				list = append(list, forbidden(name, key, diag.Nearest(key.Value, known), known))
			}
		}
	}
	return list
}

// inline looks into patches that are written as a text in the kustomization. Their columns are lost with the indentation.
func inline(name string, patches *yaml.Node) diag.List {
	var list diag.List
	for _, item := range patches.Content {
		for _, text := range under(item, "patch") {
			_, found := parse(name, text.Value)
			for i := range found {
				if text.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
					found[i].Pos.Line--
				}
				found[i].Pos.Line, found[i].Pos.Col = found[i].Pos.Line+text.Line, 0
			}
			list = append(list, found...)
		}
	}
	return list
}

// reference is a scalar that names a file or folder.
type reference struct {
	*yaml.Node
	path string
	// text: the file is taken as it is, and not read as YAML.
	text bool
}

// references are those of a field.
func references(field string, value *yaml.Node) []reference {
	var out []reference
	for _, item := range value.Content {
		switch field {
		case "resources", "components":
			out = append(out, reference{Node: item, path: item.Value})
		case "patches", "replacements":
			for _, n := range under(item, "path") {
				out = append(out, reference{Node: n, path: n.Value})
			}
		case "configMapGenerator":
			out = append(out, generatorFiles(item)...)
		}
	}
	return out
}

// generatorFiles may be KEY=PATH. No other path may: a URL has = too.
func generatorFiles(generator *yaml.Node) []reference {
	var out []reference
	for _, n := range under(generator, "files") {
		file := n.Value
		if _, after, ok := strings.Cut(file, "="); ok {
			file = after
		}
		out = append(out, reference{Node: n, path: file, text: true})
	}
	for _, n := range under(generator, "envs") {
		out = append(out, reference{Node: n, path: n.Value, text: true})
	}
	return out
}

// under gives the scalars below a key of a mapping.
func under(mapping *yaml.Node, key string) []*yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value != key {
			continue
		}
		if value := mapping.Content[i+1]; value.Kind == yaml.SequenceNode {
			return value.Content
		}
		return []*yaml.Node{mapping.Content[i+1]}
	}
	return nil
}

func checkReference(layers fs.FS, name string, ref reference) (diag.Diagnostic, bool) {
	d := diag.Diagnostic{Pos: diag.Pos{File: name, Line: ref.Line, Col: ref.Column}}
	resolved, err := layer.Resolve(name, ref.path)
	if err != nil || !plainPath.MatchString(ref.path) || !inLayers(resolved) {
		d.Summary = diag.Quote(ref.path) + " is not a path inside base/ or overlays/"
		d.Detail = "A build reads no URL, no git repository and nothing outside its own repository."
		d.Hint = "copy the file into the overlay and name it by a relative path"
		return d, true
	}
	info, err := fs.Stat(layers, resolved)
	if err != nil {
		d.Summary = "there is no " + diag.Quote(ref.path) + " beside this kustomization"
		d.Hint = "mend the path, or remove the entry"
		return d, true
	}
	if !ref.text && !info.IsDir() && !isYAML(resolved) {
		d.Summary = diag.Quote(ref.path) + " is not called YAML"
		d.Hint = "give the file a name that ends in .yaml"
		return d, true
	}
	return d, false
}

func inLayers(name string) bool {
	top, _, _ := strings.Cut(name, "/")
	return top == "base" || top == "overlays"
}
