package explain

import (
	"encoding/json"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/deliver/tree"
)

// Configured is a field of the configuration file that a program is given; without a field, the file may still say it by
// another name.
type Configured struct {
	// File on the machine, the field in it, and its value as JSON.
	File  string          `json:"file"`
	Field string          `json:"field,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
}

// configured finds the field that stands for a flag which is not set: max-pods is maxPods in the kubelet's configuration.
func configured(files []tree.File, all []Setting, unset Setting) *Configured {
	at := slices.IndexFunc(all, func(s Setting) bool { return s.Program == unset.Program && s.Flag == "config" && len(s.Values) == 1 })
	if at < 0 {
		return nil
	}
	name := all[at].Values[0]
	i := slices.IndexFunc(files, func(f tree.File) bool { return "/"+f.Path == name })
	if i < 0 {
		return nil
	}
	var fields map[string]json.RawMessage
	if err := yaml.Unmarshal(files[i].Content.Bytes(), &fields); err != nil {
		return nil // The check of the file has told.
	}
	for field, value := range fields {
		if strings.EqualFold(field, strings.ReplaceAll(unset.Flag, "-", "")) {
			return &Configured{name, field, value}
		}
	}
	return &Configured{File: name}
}
