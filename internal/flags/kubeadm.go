package flags

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"slices"

	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/plan"
	"github.com/harender/harender/internal/spec"
)

// kubeadmFile is kubeadm's configuration of a node.
const kubeadmFile = "etc/kubernetes/kubeadm.yaml"

// extraArgs are flags as a list of names and values or, before kubeadm.k8s.io/v1beta4, as a mapping.
type extraArgs []string

// UnmarshalJSON takes both forms.
func (a *extraArgs) UnmarshalJSON(data []byte) error {
	var list []struct{ Name, Value string }
	var mapping map[string]string
	if json.Unmarshal(data, &list) != nil {
		if err := json.Unmarshal(data, &mapping); err != nil {
			return err
		}
	}
	for _, arg := range list {
		*a = append(*a, "--"+arg.Name+"="+arg.Value)
	}
	for _, name := range slices.Sorted(maps.Keys(mapping)) {
		*a = append(*a, "--"+name+"="+mapping[name])
	}
	return nil
}

// kubeadmPrograms are those that kubeadm gives flags to.
func kubeadmPrograms(documents []byte) ([]program, error) {
	type component struct{ ExtraArgs extraArgs }
	var out []program
	for document := range bytes.SplitSeq(documents, []byte("---\n")) {
		var d struct {
			APIServer, ControllerManager, Scheduler                            component
			APIServerExtraArgs, ControllerManagerExtraArgs, SchedulerExtraArgs extraArgs
			Etcd                                                               struct{ Local component }
			NodeRegistration                                                   struct{ KubeletExtraArgs extraArgs }
		}
		if err := yaml.Unmarshal(document, &d); err != nil {
			return nil, err
		}
		out = append(out,
			program{name: "kube-apiserver", argv: slices.Concat(d.APIServer.ExtraArgs, d.APIServerExtraArgs)},
			program{name: "kube-controller-manager", argv: slices.Concat(d.ControllerManager.ExtraArgs, d.ControllerManagerExtraArgs)},
			program{name: "kube-scheduler", argv: slices.Concat(d.Scheduler.ExtraArgs, d.SchedulerExtraArgs)},
			program{name: "etcd", argv: d.Etcd.Local.ExtraArgs},
			program{name: "kubelet", argv: d.NodeRegistration.KubeletExtraArgs})
	}
	return out, nil
}

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
				if values, ok := l.args[component][flag]; ok && len(values) == 0 {
					list = append(list, diag.Diagnostic{
						Field:   string(l.at.Key("extraArgs").Key(component).Key(flag)),
						Summary: "kubeadm sets --" + flag + " of " + component + " itself, and nothing can keep it from that",
						Hint:    "remove the line, or give the flag another value",
					})
				}
			}
		}
	}
	return list
}

// level is a place of the spec that has flags.
type level struct {
	at   diag.Path
	args spec.ExtraArgs
}

func levels(s spec.Spec) []level {
	const root = diag.Path("spec")
	out := []level{{root, s.ExtraArgs}}
	for _, name := range slices.Sorted(maps.Keys(s.Roles)) {
		out = append(out, level{root.Key("roles").Key(name), s.Roles[name].ExtraArgs})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Pools)) {
		out = append(out, level{root.Key("pools").Key(name), s.Pools[name].ExtraArgs})
	}
	for i, n := range s.Nodes {
		out = append(out, level{root.Key("nodes").Index(i), n.ExtraArgs})
	}
	return out
}
