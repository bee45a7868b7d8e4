package render

import (
	"encoding/json"
	"fmt"
	"maps"
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

// shape lays the computed partial objects over the bases, then the components over the result.
func (s *shaper) shape(bases []string, partial map[string]json.RawMessage, components []string) (resmap.ResMap, diag.List) {
	s.runs++
	dir := "/run/" + strconv.Itoa(s.runs)
	if err := s.write(dir, bases, partial, components); err != nil {
		return nil, diag.List{{Summary: "cannot prepare kustomize", Detail: err.Error()}}
	}
	out, err := s.run(dir + "/overlaid")
	if err != nil {
		return nil, diag.List{refused(err)}
	}
	return out, nil
}

// write makes two kustomizations, since Components act before the patches of the kustomization that names them.
func (s *shaper) write(dir string, bases []string, partial map[string]json.RawMessage, components []string) error {
	names := slices.Sorted(maps.Keys(partial))
	lower := map[string]any{"resources": prefixed("../../../", bases)}
	patches := make([]map[string]string, 0, len(names))
	for _, name := range names {
		text, err := yaml.JSONToYAML(partial[name])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := s.files.WriteFile(dir+"/computed/"+name+".yaml", text); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		patches = append(patches, map[string]string{"path": name + ".yaml"})
	}
	lower["patches"] = patches
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

// refused words an error of kustomize without the folders that only this program knows.
func refused(err error) diag.Diagnostic {
	text := err.Error()
	d := diag.Diagnostic{Summary: "kustomize refuses the layers", Detail: text,
		Hint: "try the overlay alone: every path in it must exist, and every patch must fit the object it names"}
	if strings.Contains(text, "no matches for Id") || strings.Contains(text, "failed to find unique target") {
		d.Hint = "give the patch a target (target: {kind: Pod, name: kube-apiserver}), so that nodes without that pod are passed over, or list the overlay under the role or pool that has it"
	}
	return d
}
