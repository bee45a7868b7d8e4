package render

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layer"
)

// allowed are the fields of a kustomization that cannot fetch, run a program, read outside the layers, or hold a secret.
var allowed = [...]string{
	"apiVersion", "kind", "metadata", "resources", "components", "patches", "patchesStrategicMerge", "patchesJson6902",
	"images", "labels", "commonLabels", "commonAnnotations", "replacements", "replicas", "namespace", "configMapGenerator",
	"generatorOptions",
}

// plainPath is what a path in a kustomization may look like. URLs, git references and absolute paths do not.
var plainPath = regexp.MustCompile(`^(\.{1,2}/)*[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*/?$|^(\.{1,2}/)*\.{1,2}/?$`)

// loadLayers copies base/ and overlays/ into memory, after a look at every YAML file there.
func loadLayers(layers fs.FS) (filesys.FileSystem, diag.List) {
	mem := filesys.MakeFsInMemory()
	var list diag.List
	for _, root := range []string{"base", "overlays"} {
		err := fs.WalkDir(layers, root, func(name string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) && name == root {
				return nil
			}
			if err != nil || d.IsDir() {
				return err
			}
			content, err := fs.ReadFile(layers, name)
			if err != nil {
				list = append(list, diag.Diagnostic{Summary: "cannot read " + name, Detail: err.Error(), Pos: diag.Pos{File: name}})
				return nil
			}
			list = append(list, inspect(layers, name, content)...)
			return mem.WriteFile("/"+name, content)
		})
		if err != nil {
			list = append(list, diag.Diagnostic{Summary: "cannot read " + root, Detail: err.Error(), Pos: diag.Pos{File: root}})
		}
	}
	return mem, list
}

// inspect refuses what would make kustomize blow up or reach outside.
func inspect(layers fs.FS, name string, content []byte) diag.List {
	base := path.Base(name)
	isKustomization := base == kustomization || base == "kustomization.yml" || base == "Kustomization"
	if ext := path.Ext(name); ext != ".yaml" && ext != ".yml" && !isKustomization {
		return nil
	}
	var list diag.List
	dec := yaml.NewDecoder(strings.NewReader(string(content)))
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if err != nil {
			return append(list, syntax(name, err)...)
		}
		list = append(list, structure(name, &doc)...)
		if isKustomization && len(doc.Content) == 1 {
			list = append(list, fields(layers, name, doc.Content[0])...)
		}
	}
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntax says nothing at the end of the file.
func syntax(name string, err error) diag.List {
	if err.Error() == "EOF" {
		return nil
	}
	d := diag.Diagnostic{Summary: name + " is not YAML", Detail: err.Error(), Pos: diag.Pos{File: name}}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		_, _ = fmt.Sscan(m[1], &d.Pos.Line)
		d.Detail = m[2]
	}
	return diag.List{d}
}

// structure refuses aliases, of which a few hundred bytes take gigabytes to expand, and keys that are given twice.
func structure(name string, n *yaml.Node) diag.List {
	at := diag.Pos{File: name, Line: n.Line, Col: n.Column}
	if n.Kind == yaml.AliasNode {
		return diag.List{{Summary: "YAML aliases are not allowed in a layer", Hint: "write the value out", Pos: at}}
	}
	var list diag.List
	if n.Kind == yaml.MappingNode {
		seen := map[string]bool{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if seen[key.Value] {
				list = append(list, diag.Diagnostic{
					Summary: "key " + diag.Quote(key.Value) + " is given twice", Hint: "remove one",
					Pos: diag.Pos{File: name, Line: key.Line, Col: key.Column},
				})
			}
			seen[key.Value] = true
		}
	}
	for _, c := range n.Content {
		list = append(list, structure(name, c)...)
	}
	return list
}

// fields holds a kustomization to the allowed fields, and its paths to the layers.
func fields(layers fs.FS, name string, root *yaml.Node) diag.List {
	var list diag.List
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if !slices.Contains(allowed[:], key.Value) {
			list = append(list, diag.Diagnostic{
				Summary: "a kustomization of a layer may not have the field " + diag.Quote(key.Value),
				Detail:  "It can fetch, run a program, or read outside the repository, or does not exist.",
				Hint:    "the fields that may be used are " + strings.Join(allowed[:], ", "),
				Pos:     diag.Pos{File: name, Line: key.Line, Col: key.Column},
			})
			continue
		}
		for _, ref := range references(key.Value, value) {
			if d, bad := checkReference(layers, name, ref); bad {
				list = append(list, d)
			}
		}
	}
	return list
}

// references are the nodes of a field that name files or folders.
func references(field string, value *yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	for _, item := range value.Content {
		switch field {
		case "resources", "components":
			out = append(out, item)
		case "patchesStrategicMerge":
			if !strings.Contains(item.Value, "\n") {
				out = append(out, item)
			}
		case "patches", "patchesJson6902", "replacements":
			out = append(out, under(item, "path")...)
		case "configMapGenerator":
			for _, sub := range []string{"files", "envs", "env"} {
				out = append(out, under(item, sub)...)
			}
		}
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

func checkReference(layers fs.FS, name string, ref *yaml.Node) (diag.Diagnostic, bool) {
	d := diag.Diagnostic{Pos: diag.Pos{File: name, Line: ref.Line, Col: ref.Column}}
	target := ref.Value
	if _, file, ok := strings.Cut(target, "="); ok {
		target = file
	}
	if !plainPath.MatchString(target) {
		d.Summary = diag.Quote(target) + " is not a path inside the repository"
		d.Detail = "A build reads no URL, no git repository and nothing outside its own repository."
		d.Hint = "copy the file into the overlay and name it by a relative path"
		return d, true
	}
	resolved, err := layer.Resolve(name, target)
	if err == nil {
		_, err = fs.Stat(layers, resolved)
	}
	if err == nil && !strings.HasPrefix(resolved, "base") && !strings.HasPrefix(resolved, "overlays") {
		err = errors.New("it is neither in base/ nor in overlays/")
	}
	if err != nil {
		d.Summary = "there is no " + diag.Quote(target) + " beside this kustomization"
		d.Detail = err.Error()
		d.Hint = "mend the path, or remove the entry"
		return d, true
	}
	return d, false
}
