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
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/diag"
)

const kustomization = "kustomization.yaml"

// shaper runs kustomize over the base, what jsonnet computed, and the overlays' Components. All layers are in memory,
// and were checked: kustomize itself would fetch what a URL names.
type shaper struct {
	files filesys.FileSystem
	runs  int
}

// shape lays the computed partial objects over the bases and the whole ones, then the components over the result.
func (s *shaper) shape(bases []string, partial, whole map[string]json.RawMessage, components []string) (resmap.ResMap, diag.List) {
	s.runs++
	dir := "/run/" + strconv.Itoa(s.runs)
	if err := s.write(dir, bases, partial, whole, components); err != nil {
		return nil, diag.List{{Summary: "cannot prepare kustomize", Detail: err.Error()}}
	}
	out, err := s.run(dir + "/overlaid")
	if err != nil {
		return nil, diag.List{refused(err)}
	}
	return out, nil
}

// write makes two kustomizations, since Components act before the patches of the kustomization that names them.
func (s *shaper) write(dir string, bases []string, partial, whole map[string]json.RawMessage, components []string) error {
	resources, err := s.writeObjects(dir+"/computed", "resource", whole)
	if err != nil {
		return err
	}
	names, err := s.writeObjects(dir+"/computed", "", partial)
	if err != nil {
		return err
	}
	patches := make([]map[string]string, 0, len(names))
	for _, file := range names {
		patches = append(patches, map[string]string{"path": file})
	}
	lower := map[string]any{"resources": append(prefixed("../../../", bases), resources...), "patches": patches}
	upper := map[string]any{"resources": []string{"../computed"}, "components": prefixed("../../../", components)}
	for sub, content := range map[string]any{"computed": lower, "overlaid": upper} {
		text, err := yaml.Marshal(content)
		if err != nil {
			return fmt.Errorf("%s: %w", sub, err)
		}
		if err := s.files.WriteFile(dir+"/"+sub+"/"+kustomization, text); err != nil {
			return fmt.Errorf("%s: %w", sub, err)
		}
	}
	return nil
}

// writeObjects gives the names of the files, in the order of the objects' own names.
func (s *shaper) writeObjects(dir, prefix string, objects map[string]json.RawMessage) ([]string, error) {
	var files []string
	for i, name := range slices.Sorted(maps.Keys(objects)) {
		text, err := yaml.JSONToYAML(objects[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		// A mixin or the spec chose the name: it must not become a path, nor what kustomize takes for a URL.
		file := prefix + strconv.Itoa(i) + ".yaml"
		if err := s.files.WriteFile(dir+"/"+file, text); err != nil {
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
func (s *shaper) run(dir string) (out resmap.ResMap, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("kustomize failed: %v", fault)
		}
	}()
	return krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(s.files, dir)
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
