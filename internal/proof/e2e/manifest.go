//go:build e2e

package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// podImages lists the images that the static pods below a host's root name.
func podImages(root string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(root, "etc/kubernetes/manifests/*"))
	if err != nil {
		return nil, err
	}
	var all []string
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		images, err := imagesIn(string(text))
		if err != nil {
			return nil, err
		}
		all = append(all, images...)
	}
	return all, nil
}

// imagesIn lists the images that YAML documents name, sorted, none twice.
func imagesIn(documents string) ([]string, error) {
	found := map[string]bool{}
	for _, text := range strings.Split("\n"+documents, "\n---\n") {
		var document any
		if err := yaml.Unmarshal([]byte(text), &document); err != nil {
			return nil, err
		}
		collectImages(document, found)
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// collectImages walks a document. Kubernetes has no other field called image than a container's.
func collectImages(value any, found map[string]bool) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			collectImages(item, found)
		}
	case map[string]any:
		for key, item := range v {
			if name, ok := item.(string); ok && key == "image" {
				found[name] = true
				continue
			}
			collectImages(item, found)
		}
	}
}
