package render

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/diag"
)

const kustomization = "kustomization.yaml"

// Shape implements [Engines]: it lays the partial objects over the bases and the whole ones, then the components over the
// result. All layers are in memory, and were inspected: kustomize itself would fetch what a URL names.
func (h *here) Shape(p Parts) ([]Object, diag.List) {
	h.runs++
	dir := "/run/" + strconv.Itoa(h.runs)
	if err := h.write(dir, p); err != nil {
		return nil, diag.List{{
			Summary: "cannot prepare kustomize", Detail: err.Error(), Hint: "mend what the mixins compute: each object is a mapping",
		}}
	}
	shaped, err := h.run(dir + "/overlaid")
	if err != nil {
		return nil, diag.List{refused(err)}
	}
	return written(shaped)
}

// written are the objects as texts.
func written(shaped resmap.ResMap) ([]Object, diag.List) {
	var list diag.List
	out := make([]Object, 0, shaped.Size())
	for _, r := range shaped.Resources() {
		text, err := asYAML(r)
		if err != nil {
			list = append(list, diag.Diagnostic{
				Summary: "cannot write " + r.GetKind() + " " + diag.Quote(r.GetName()), Detail: err.Error(), Hint: "mend it in the overlays that shape it",
			})
			continue
		}
		out = append(out, Object{Kind: r.GetKind(), Name: r.GetName(), Namespace: r.GetNamespace(), Text: text})
	}
	return out, list
}

// write makes two kustomizations, since Components act before the patches of the kustomization that names them.
func (h *here) write(dir string, p Parts) error {
	resources, err := h.writeObjects(dir+"/computed", "resource", p.Whole)
	if err != nil {
		return err
	}
	names, err := h.writeObjects(dir+"/computed", "", p.Partial)
	if err != nil {
		return err
	}
	patches := make([]map[string]string, 0, len(names))
	for _, file := range names {
		patches = append(patches, map[string]string{"path": file})
	}
	lower := map[string]any{"resources": append(prefixed("../../../", p.Bases), resources...), "patches": patches}
	upper := map[string]any{"resources": []string{"../computed"}, "components": prefixed("../../../", p.Components)}
	for sub, content := range map[string]any{"computed": lower, "overlaid": upper} {
		text, err := yaml.Marshal(content)
		if err != nil {
			return fmt.Errorf("%s: %w", sub, err)
		}
		if err := h.files.WriteFile(dir+"/"+sub+"/"+kustomization, text); err != nil {
			return fmt.Errorf("%s: %w", sub, err)
		}
	}
	return nil
}

// writeObjects gives the names of the files, in the order of the objects' own names.
func (h *here) writeObjects(dir, prefix string, objects map[string]json.RawMessage) ([]string, error) {
	var files []string
	for i, name := range slices.Sorted(maps.Keys(objects)) {
		text, err := toYAML(objects[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		// A mixin or the spec chose the name: it must not become a path, nor what kustomize takes for a URL.
		file := prefix + strconv.Itoa(i) + ".yaml"
		if err := h.files.WriteFile(dir+"/"+file, text); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		files = append(files, file)
	}
	return files, nil
}

func prefixed(prefix string, names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = prefix + n
	}
	return out
}

// run keeps a panic of kustomize on odd input from ending the program.
func (h *here) run(dir string) (out resmap.ResMap, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("kustomize failed: %v", fault)
		}
	}()
	return krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(h.files, dir)
}

// folder matches a folder of the layers in the words of kustomize, which names folders within folders, the last last.
var folder = regexp.MustCompile(`path '/(base|overlays)(/[^']+)'(?:: )?`)

// refused words an error of kustomize by its last part, and without the folders that only this program knows.
func refused(err error) diag.Diagnostic {
	text := strings.ReplaceAll(err.Error(), `\`, "")
	d := diag.Diagnostic{
		Summary: "kustomize refuses the layers",
		Hint:    "mend that kustomization: every patch must fit the object that it names, and every resource needs a name of its own",
	}
	if all := folder.FindAllStringSubmatchIndex(text, -1); len(all) > 0 {
		m := all[len(all)-1]
		d.Pos.File = text[m[2]:m[3]] + text[m[4]:m[5]] + "/" + kustomization
		if m[1] < len(text) && !strings.HasPrefix(text[m[1]:], " ") {
			text = text[m[1]:]
		}
	}
	text, _, _ = strings.Cut(text, "': must build at directory")
	d.Detail = strings.Trim(wrapping.ReplaceAllString(runFolder.ReplaceAllString(text, "the computed layer"), ""), `"`)
	switch {
	case strings.Contains(text, "expected kind 'Component'"):
		d.Hint = "begin an overlay's kustomization with apiVersion: kustomize.config.k8s.io/v1alpha1 and kind: Component"
	case !noMatch.MatchString(text):
	case runFolder.MatchString(text):
		d.Hint = "a mixin extends the pods that there are; a Component adds one, as a resource"
	default:
		d.Hint = "give the patch a target (target: {kind: Pod, name: kube-apiserver}), so that nodes without that pod are passed over, or list the overlay under the role or pool that has it"
	}
	return d
}

var (
	// wrapping is what kustomize puts before the words that tell something.
	wrapping  = regexp.MustCompile(`(accumulating (components|resources): |accumulateDirectory: "|accumulation err='|loader.New ")`)
	noMatch   = regexp.MustCompile(`no matches for Id|failed to find unique target`)
	runFolder = regexp.MustCompile(`'?/run/\d+/\w+'?`)
)
