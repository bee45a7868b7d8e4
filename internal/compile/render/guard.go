package render

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/yamlcheck"
)

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
				list = append(list, unreadable(name, err))
				return nil
			}
			list = append(list, inspect(layers, name, content)...)
			return mem.WriteFile("/"+name, content)
		})
		if err != nil {
			list = append(list, unreadable(root, err))
		}
	}
	return mem, list
}

func unreadable(name string, err error) diag.Diagnostic {
	if e, ok := errors.AsType[*layer.TextError](err); ok {
		return diag.Diagnostic{
			Summary: "the file " + e.What, Pos: e.Pos, Detail: e.Detail, Hint: e.Hint,
		}
	}
	return diag.Diagnostic{
		Summary: "cannot read " + name + ": " + diag.Cause(err).Error(), Hint: "a layer has plain files and folders alone; move this one out of it",
		Pos: diag.Pos{File: name},
	}
}

// inspect refuses what would make kustomize blow up or reach outside. What it looks at is what a kustomization may name.
func inspect(layers fs.FS, name string, content []byte) diag.List {
	base := path.Base(name)
	if base == "kustomization.yml" || base == "Kustomization" {
		return diag.List{{Summary: "a kustomization here is called " + kustomization, Hint: "rename " + name, Pos: diag.Pos{File: name}}}
	}
	if !isYAML(name) {
		return nil
	}
	documents, list := parse(name, string(content))
	for _, doc := range documents {
		if base == kustomization && len(doc.Content) == 1 {
			list = append(list, fields(layers, name, doc.Content[0])...)
		}
	}
	return list
}

// isYAML goes by the name: kustomize itself would read any file as YAML. JSON is YAML too.
func isYAML(name string) bool {
	ext := path.Ext(name)
	return ext == ".yaml" || ext == ".yml" || ext == ".json"
}

// parse reads the documents of a text, and refuses structures that YAML has and a layer must not have.
func parse(name, text string) ([]*yaml.Node, diag.List) {
	var documents []*yaml.Node
	var list diag.List
	dec := yaml.NewDecoder(strings.NewReader(text))
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return documents, list
		}
		if err != nil {
			return documents, append(list, syntax(name, err))
		}
		documents = append(documents, &doc)
		list = append(list, structure(name, &doc)...)
		for _, a := range yamlcheck.Find([]byte(text), &doc) {
			list = append(list, diag.Diagnostic{Summary: a.Summary, Hint: a.Hint, Pos: diag.Pos{File: name, Line: a.Line, Col: a.Col}})
		}
	}
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntax words an error of the parser, which names no line where it means the first.
func syntax(name string, err error) diag.Diagnostic {
	d := diag.Diagnostic{
		Summary: name + " is not YAML", Detail: err.Error(), Hint: "mend the file; a text with special characters needs quotes",
		Pos: diag.Pos{File: name, Line: 1},
	}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		d.Detail = m[2]
		if line, err := strconv.Atoi(m[1]); err == nil {
			d.Pos.Line = line
		}
	}
	return d
}

// structure refuses aliases, of which a few hundred bytes take gigabytes to expand, tags and merge keys, behind which stands
// something else than what is looked at, and keys that are given twice. Of the aliases it tells the first.
func structure(name string, n *yaml.Node) diag.List {
	var list diag.List
	if alias := firstAlias(n); alias != nil {
		list = diag.List{{
			Summary: "YAML aliases are not allowed in a layer", Hint: "write the value out",
			Pos: diag.Pos{File: name, Line: alias.Line, Col: alias.Column},
		}}
	}
	return slices.Concat(list, changed(name, n), doubles(name, n))
}

func firstAlias(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n
	}
	for _, c := range n.Content {
		if alias := firstAlias(c); alias != nil {
			return alias
		}
	}
	return nil
}

// changed finds what kustomize takes for something else than what stands there, or writes otherwise than it read it.
func changed(name string, n *yaml.Node) (list diag.List) {
	if summary, hint := changedNode(n); summary != "" {
		list = diag.List{{Summary: summary, Hint: hint, Pos: diag.Pos{File: name, Line: n.Line, Col: n.Column}}}
	}
	for i, c := range n.Content {
		list = append(list, changed(name, c)...)
		if n.Style&yaml.FlowStyle != 0 && n.Kind == yaml.MappingNode && i%2 == 1 && c.ShortTag() == "!!null" && c.Value == "" {
			key := n.Content[i-1]
			list = append(list, diag.Diagnostic{
				Summary: diag.Quote(key.Value) + " has no value", Detail: "Between braces, that becomes an empty text.", Hint: `write null or "" after it`,
				Pos: diag.Pos{File: name, Line: key.Line, Col: key.Column},
			})
		}
	}
	return list
}

func changedNode(n *yaml.Node) (summary, hint string) {
	switch {
	case n.Style&yaml.TaggedStyle != 0:
		return "the YAML tag " + diag.Quote(n.ShortTag()) + " is not allowed in a layer", "remove it; a string that looks like a number goes in quotes"
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!merge":
		return "the YAML merge key << is not allowed in a layer", "write the keys out"
	case n.Kind == yaml.DocumentNode && n.FootComment != "" && strings.HasSuffix(lastBlock(n), "\n\n"):
		return "a comment follows a text that keeps its last line breaks, and adds one to them", "put the comment before the text"
	}
	return "", ""
}

// lastBlock is the block of text that a document ends with.
func lastBlock(n *yaml.Node) string {
	for len(n.Content) > 0 {
		n = n.Content[len(n.Content)-1]
	}
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		return ""
	}
	return n.Value
}

func doubles(name string, n *yaml.Node) diag.List {
	var list diag.List
	seen := map[string]bool{}
	for i, c := range n.Content {
		list = append(list, doubles(name, c)...)
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			continue
		}
		if seen[c.Value] {
			list = append(list, diag.Diagnostic{
				Summary: "key " + diag.Quote(c.Value) + " is given twice", Hint: "remove one",
				Pos: diag.Pos{File: name, Line: c.Line, Col: c.Column},
			})
		}
		seen[c.Value] = true
	}
	return list
}
