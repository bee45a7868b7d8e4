package render

import (
	"cmp"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/harender/harender/internal/diag"
)

// aim is what an entry of a Component is meant for: the objects that a selector fits, or those with an image.
type aim struct {
	pos diag.Pos
	// entry of the kustomization: a patch, a replacement or an image.
	entry string
	// fields of the selector, as they are written; an image has its name alone.
	fields map[string]string
	image  string
}

// aimsOf are the aims of the Component in a folder, and of those that it names.
func aimsOf(layers fs.FS, dir string, seen map[string]bool) []aim {
	file := path.Join(dir, kustomization)
	text, err := fs.ReadFile(layers, file)
	if err != nil || seen[dir] {
		return nil // What cannot be read has been told.
	}
	seen[dir] = true
	documents, _ := parse(file, string(text))
	var out []aim
	for _, doc := range documents {
		for _, root := range doc.Content {
			out = append(out, selectors(file, root)...)
		}
	}
	for _, next := range foldersOf(file, text) {
		out = append(out, aimsOf(layers, next, seen)...)
	}
	return out
}

// selectors of one kustomization.
func selectors(file string, root *yaml.Node) []aim {
	var out []aim
	add := func(entry string, nodes []*yaml.Node) {
		for _, n := range nodes {
			if fields := map[string]string{}; n.Decode(&fields) == nil && len(fields) > 0 {
				out = append(out, aim{pos: diag.Pos{File: file, Line: n.Line, Col: n.Column}, entry: entry, fields: fields})
			}
		}
	}
	for _, patch := range under(root, "patches") {
		add("patch", under(patch, "target"))
	}
	for _, replacement := range under(root, "replacements") {
		for _, target := range under(replacement, "targets") {
			add("replacement", under(target, "select"))
		}
	}
	for _, image := range under(root, "images") {
		for _, name := range under(image, "name") {
			out = append(out, aim{pos: diag.Pos{File: file, Line: name.Line, Col: name.Column}, entry: "image", image: name.Value})
		}
	}
	return out
}

// selectable are the fields of a selector that name something, the most telling first.
func selectable() []string {
	return []string{"name", "kind", "namespace", "version", "group", "labelSelector", "annotationSelector"}
}

// hits reports whether the aim is at one of the objects, with a field of the selector left out of account.
func (a aim) hits(objects []target, without string) bool {
	return slices.ContainsFunc(objects, func(t target) bool {
		for _, field := range selectable() {
			if a.fields[field] != "" && field != without && !t.fits(field, a.fields[field]) {
				return false
			}
		}
		return true
	})
}

// hitsImage: kustomize takes the name for a pattern (api/internal/image).
func (a aim) hitsImage(images []string) bool {
	pattern, err := regexp.Compile("^" + a.image + "(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$")
	return err != nil || slices.ContainsFunc(images, pattern.MatchString)
}

// target is an object that a selector may fit.
type target struct {
	fields              map[string]string
	labels, annotations map[string]string
}

// fits as kustomize has it: texts are patterns of the whole (types.SelectorRegex). What it refuses, it has refused.
func (t target) fits(field, value string) bool {
	switch field {
	case "labelSelector":
		return selected(value, t.labels)
	case "annotationSelector":
		return selected(value, t.annotations)
	}
	pattern, err := regexp.Compile("^(?:" + value + ")$")
	return err != nil || pattern.MatchString(t.fields[field])
}

func selected(selector string, values map[string]string) bool {
	s, err := labels.Parse(selector)
	return err != nil || s.Matches(labels.Set(values))
}

// newTarget of an object.
func newTarget(o map[string]any) target {
	text := func(v any) string { s, _ := v.(string); return s }
	texts := func(v any) map[string]string {
		out := map[string]string{}
		values, _ := v.(map[string]any)
		for k, v := range values {
			out[k] = text(v)
		}
		return out
	}
	meta, _ := o["metadata"].(map[string]any)
	group, version, grouped := strings.Cut(text(o["apiVersion"]), "/")
	if !grouped {
		group, version = "", group
	}
	return target{
		fields: map[string]string{
			"name": text(meta["name"]), "namespace": cmp.Or(text(meta["namespace"]), "default"), "kind": text(o["kind"]), "group": group, "version": version,
		},
		labels: texts(meta["labels"]), annotations: texts(meta["annotations"]),
	}
}

// astray words an aim that hits nothing. elsewhere are the objects of the other part of the overlay.
func (a aim) astray(seen, elsewhere sight, whose, other string) diag.Diagnostic {
	d := diag.Diagnostic{Severity: diag.Warning, Pos: a.pos, Detail: "What it is to change stays as it is."}
	if a.entry == "image" {
		d.Summary = "no container of " + whose + " has the image " + diag.Quote(a.image)
		d.Hint = a.imageHint(seen.imageNames(), elsewhere.imageNames(), other)
		return d
	}
	d.Summary = "the target of a " + a.entry + " fits no object of " + whose + ": " + a.words()
	d.Hint = "mend the target, or remove the " + a.entry + "; there are: " + seen.names()
	if a.hits(elsewhere.objects, "") {
		d.Hint = "there is such an object among " + other + ": move the " + a.entry + " there"
	} else if near := a.nearest(seen.objects); near != "" {
		d.Hint = "did you mean " + near + "?"
	}
	return d
}

// imageHint: most have a tag too many, the name of another registry, or none.
func (a aim) imageHint(names, elsewhere []string, other string) string {
	name := untagged(a.image)
	for _, known := range names {
		if known == name || path.Base(known) == path.Base(name) {
			return "did you mean " + known + "?"
		}
	}
	if near := diag.Nearest(name, names); near != "" {
		return "did you mean " + near + "?"
	}
	if slices.Contains(elsewhere, name) {
		return "there is such an image among " + other + ": move the entry there"
	}
	return "mend the name, or remove the entry; there are: " + strings.Join(names, ", ")
}

// words of the selector.
func (a aim) words() string {
	var out []string
	for _, field := range selectable() {
		if a.fields[field] != "" {
			out = append(out, field+" "+diag.Quote(a.fields[field]))
		}
	}
	return strings.Join(out, ", ")
}

// nearest is the field to mend: with another value there, the selector would hit.
func (a aim) nearest(objects []target) string {
	for _, field := range selectable() {
		value := a.fields[field]
		if value == "" || !a.hits(objects, field) {
			continue
		}
		var known []string
		for _, t := range objects {
			if a.hits([]target{t}, field) {
				known = append(known, t.values(field)...)
			}
		}
		slices.Sort(known)
		known = slices.Compact(known)
		if near := diag.Nearest(value, known); near != "" {
			return field + ": " + near
		}
		if len(known) == 1 && len(a.fields) > 1 {
			return field + ": " + known[0]
		}
	}
	return ""
}

// values that would fit in a field of a selector.
func (t target) values(field string) []string {
	pairs := map[string]map[string]string{"labelSelector": t.labels, "annotationSelector": t.annotations}[field]
	if pairs == nil {
		return slices.DeleteFunc([]string{t.fields[field]}, func(s string) bool { return s == "" })
	}
	var out []string
	for _, k := range slices.Sorted(maps.Keys(pairs)) {
		out = append(out, k+"="+pairs[k])
	}
	return out
}
