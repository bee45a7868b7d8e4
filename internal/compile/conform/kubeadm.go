package conform

import (
	"encoding/json"
	"io/fs"
	"maps"
	"slices"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// checkKubeadm finds flags that the spec leaves out and kubeadm sets all the same.
func checkKubeadm(p plan.Plan, s spec.Spec, layers fs.FS) diag.List {
	if !p.Cluster.Kubeadm {
		return nil
	}
	const name = "lib/kubeadm/flags.json"
	var set map[string][]string
	data, err := fs.ReadFile(layers, name)
	if err == nil {
		err = json.Unmarshal(data, &set)
	}
	if err != nil {
		return diag.List{{
			Summary: "cannot read which flags kubeadm sets", Detail: err.Error(), Pos: diag.Pos{File: name},
			Hint: "mend the file after the built-in one, or remove it",
		}}
	}
	var list diag.List
	for _, l := range levels(s) {
		for _, component := range slices.Sorted(maps.Keys(set)) {
			for _, flag := range set[component] {
				if values, ok := l.Args[component][flag]; ok && len(values) == 0 {
					list = append(list, diag.Diagnostic{
						Field:   string(l.Field.Key(component).Key(flag)),
						Summary: "kubeadm sets --" + flag + " of " + component + " itself, and nothing can keep it from that",
						Hint:    "remove the line, or give the flag another value",
					})
				}
			}
		}
	}
	return list
}

// levels are all of the spec.
func levels(s spec.Spec) []cluster.Level {
	out := []cluster.Level{cluster.TopLevel(s)}
	for _, name := range slices.Sorted(maps.Keys(s.Roles)) {
		out = append(out, cluster.NewLevel(diag.Path("spec").Key("roles").Key(name), s.Roles[name].ExtraArgs))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Pools)) {
		out = append(out, cluster.NewLevel(diag.Path("spec").Key("pools").Key(name), s.Pools[name].ExtraArgs))
	}
	for i, n := range s.Nodes {
		out = append(out, cluster.NewLevel(diag.Path("spec").Key("nodes").Index(i), n.ExtraArgs))
	}
	return out
}
