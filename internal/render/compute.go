package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/jsonnet"
)

// computed is what the jsonnet library and the mixins add up to.
type computed struct {
	// Pods are partial static pods, by name, laid over base/.
	Pods map[string]json.RawMessage `json:"pods"`
	// Files that all nodes of the group share, by path from the node's root.
	Files map[string]fileSpec `json:"files"`
	// NodeFiles are further files, by node.
	NodeFiles map[string]map[string]fileSpec `json:"nodeFiles"`
	// Addons are partial cluster objects, by any name, laid over base/addons/.
	Addons map[string]json.RawMessage `json:"addons"`
	// Unknown are the fields that the mixins set and nothing reads.
	Unknown []string `json:"unknown"`
}

// fileSpec is a file: text, or an object that becomes YAML.
type fileSpec struct {
	Text     *string         `json:"text"`
	Object   json.RawMessage `json:"object"`
	Mode     string          `json:"mode"`
	Restarts []string        `json:"restarts"`
}

// entry is the name under which errors in the generated snippet itself would show.
const entry = "stack.jsonnet"

const mixin = "overlay.libsonnet"

// compute evaluates the library with the mixins of the group's overlays, the later over the earlier.
func compute(layers fs.FS, g group) (computed, diag.List) {
	in, err := json.Marshal(g.input)
	if err != nil {
		return computed{}, diag.List{{Summary: "cannot hand the spec to jsonnet", Detail: err.Error()}}
	}
	src, list := snippet(layers, g.overlays)
	if list.HasErrors() {
		return computed{}, list
	}
	out, list := jsonnet.Evaluate(layers, entry, src, map[string]string{"input": string(in)})
	if list.HasErrors() {
		return computed{}, list
	}
	var result computed
	dec := json.NewDecoder(bytes.NewReader(out))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&result); err != nil {
		return computed{}, diag.List{{
			Summary: "the layers add up to something that is not what a node takes",
			Detail:  err.Error(),
			Hint:    "a mixin extends a component with +: (kubeApiserver+: { flags+:: { ... } }), a file is { text: ..., mode: '0644' } or { object: ... }; see docs/layers.md",
		}}
	}
	for _, name := range result.Unknown {
		list = append(list, unknownField(name, g.overlays))
	}
	return result, list
}

func unknownField(name string, overlays []string) diag.Diagnostic {
	return diag.Diagnostic{
		Summary: "a mixin sets " + diag.Quote(name) + ", which nothing reads",
		Detail:  "The mixins in use are those of " + strings.Join(overlays, ", ") + ".",
		Hint:    "mend the name (docs/layers.md lists the components and their fields), or make it a local",
	}
}

// snippet imports the library and the mixins, and reads what they add up to.
func snippet(layers fs.FS, overlays []string) (string, diag.List) {
	var b strings.Builder
	var list diag.List
	b.WriteString("function(input) (import 'lib/output.libsonnet')((import 'lib/main.libsonnet') + { input:: input }, {}")
	for _, name := range overlays {
		has, err := overlayHas(layers, name, mixin)
		switch {
		case err != nil:
			list = append(list, diag.Diagnostic{Summary: fmt.Sprintf("cannot read overlay %s", name), Detail: err.Error()})
		case has:
			b.WriteString(" + (import 'overlays/" + name + "/" + mixin + "')")
		}
	}
	b.WriteString(")")
	return b.String(), list
}

func overlayHas(layers fs.FS, overlay, file string) (bool, error) {
	_, err := fs.Stat(layers, "overlays/"+overlay+"/"+file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
