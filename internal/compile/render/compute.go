package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/diag"
)

// computed is what the jsonnet library and the mixins add up to.
type computed struct {
	// Pods are partial static pods, by name, laid over base/.
	Pods map[string]json.RawMessage `json:"pods"`
	// Files that all nodes of the group share, by path from the node's root: each a fileSpec.
	Files map[string]json.RawMessage `json:"files"`
	// NodeFiles are further files, by node.
	NodeFiles map[string]map[string]json.RawMessage `json:"nodeFiles"`
	// Addons are partial cluster objects, by any name, laid over those of base/addons/.
	Addons map[string]json.RawMessage `json:"addons"`
	// Resources are whole cluster objects, by any name, that no base has.
	Resources map[string]json.RawMessage `json:"resources"`
	// Cloud are files for the cloud, where there are no nodes.
	Cloud map[string]json.RawMessage `json:"cloud"`
	// Unknown are the fields that the mixins set and nothing reads.
	Unknown []string `json:"unknown"`
	// Replaced is what a mixin replaces where it was to extend it; then there is nothing else.
	Replaced []replacement `json:"replaced"`
}

// fileSpec is a file: text, an object that becomes YAML, or objects that become its documents.
type fileSpec struct {
	Text     *string           `json:"text"`
	Object   json.RawMessage   `json:"object"`
	Objects  []json.RawMessage `json:"objects"`
	Mode     string            `json:"mode"`
	Restarts []string          `json:"restarts"`
}

const mixin = "overlay.libsonnet"

// compute evaluates the library with the mixins of the group's overlays, the later over the earlier.
func compute(layers fs.FS, engines Engines, g group) (computed, diag.List) {
	in, err := json.Marshal(g.input)
	if err != nil {
		return computed{}, diag.List{{Summary: "cannot hand the spec to jsonnet", Detail: err.Error()}}
	}
	src, list := snippet(layers, g.mixins)
	if list.HasErrors() {
		return computed{}, list
	}
	out, found := engines.Evaluate(layers, "", src, map[string]string{"input": string(in)})
	if list = append(list, found...); list.HasErrors() {
		return computed{}, list
	}
	var result computed
	if err := json.Unmarshal(out, &result); err != nil {
		return computed{}, diag.List{{
			Summary: "the layers add up to something that is not what a node takes",
			Detail:  bounded.JSONWords(err),
			Hint:    "pods, files, nodeFiles and addons are objects; a mixin extends them with +: and docs/layers.md says what is in them",
		}}
	}
	for _, name := range result.Unknown {
		list = append(list, diag.Diagnostic{
			Summary: "a mixin sets " + diag.Quote(name) + ", which nothing reads", Pos: lastUse(layers, name, g.mixins),
			Hint: "mend the name (docs/layers.md lists the components and their fields), or make it a local",
		})
	}
	for _, r := range result.Replaced {
		list = append(list, r.finding(layers, g.mixins))
	}
	return result, list
}

// snippet imports the library and the mixins, and reads what they add up to.
func snippet(layers fs.FS, overlays []string) (string, diag.List) {
	var b strings.Builder
	var list diag.List
	b.WriteString("local mixin(name, value) = if std.isObject(value) then value " +
		"else error 'overlays/' + name + '/" + mixin + " is not an object: write { ... }';\n")
	b.WriteString("function(input) (import 'lib/output.libsonnet')((import 'lib/main.libsonnet') + { input:: input }, {}")
	for _, name := range overlays {
		has, err := overlayHas(layers, name, mixin)
		switch {
		case err != nil:
			list = append(list, diag.Diagnostic{Summary: fmt.Sprintf("cannot read overlay %s", name), Detail: err.Error()})
		case has:
			b.WriteString(" + mixin('" + name + "', import 'overlays/" + name + "/" + mixin + "')")
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
