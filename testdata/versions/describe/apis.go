package describe

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/version"
	"sigs.k8s.io/yaml"
)

// Scheme knows the versions of some kinds of configuration file.
type Scheme struct {
	*runtime.Scheme
	Kinds []string
}

// APIs are the versions in which the schemes take their kinds, stable before beta before alpha, the newer before the older.
// That is how schemes order the versions that they are given an order for.
func APIs(schemes ...Scheme) map[string][]string {
	out := map[string][]string{}
	for _, s := range schemes {
		versions := s.PrioritizedVersionsAllGroups()
		slices.SortFunc(versions, func(a, b schema.GroupVersion) int {
			return cmp.Or(version.CompareKubeAwareVersionStrings(b.Version, a.Version), cmp.Compare(a.Group, b.Group))
		})
		for _, gv := range versions {
			known := s.KnownTypes(gv)
			for _, kind := range s.Kinds {
				if _, ok := known[kind]; ok && gv.Version != runtime.APIVersionInternal && !slices.Contains(out[kind], gv.String()) {
					out[kind] = append(out[kind], gv.String())
				}
			}
		}
	}
	return out
}

// Decode is strict: no field that the kind does not have, none twice. It takes the first scheme that has the kind in that
// version.
func Decode(data []byte, schemes ...Scheme) (runtime.Object, error) {
	text, err := yaml.YAMLToJSON(data)
	if err != nil {
		return nil, err
	}
	gvk, err := json.SimpleMetaFactory{}.Interpret(text)
	if err != nil {
		return nil, err
	}
	for _, s := range schemes {
		if slices.Contains(s.Kinds, gvk.Kind) && s.Recognizes(*gvk) {
			return runtime.Decode(serializer.NewCodecFactory(s.Scheme, serializer.EnableStrict).UniversalDecoder(), data)
		}
	}
	return nil, fmt.Errorf("no %s is known", gvk)
}
