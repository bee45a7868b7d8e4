package flags

import (
	"io/fs"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/plan"
	"github.com/harender/harender/internal/release"
	"github.com/harender/harender/internal/spec"
	"github.com/harender/harender/internal/tree"
)

// CheckAddons holds components that run as objects of the cluster, such as kube-proxy as a DaemonSet, to the flags of the
// cluster's version. Of these the spec's own extraArgs are the one level.
func CheckAddons(p plan.Plan, s spec.Spec, addons []tree.File, layers fs.FS) diag.List {
	if !p.Cluster.ProxyDaemonSet {
		return nil // Nothing else among them has flags that are known.
	}
	known, list := release.ReadFlags(layers, p.Cluster.Version.Series())
	if known == nil {
		return nil // The nodes' flags are not known either, and it is said of them.
	}
	for _, f := range addons {
		for _, wrong := range judgePrograms(known, workloadPrograms(f.Content.Bytes()), nil) {
			wrong.layer = lastUse(layers, p.Cluster.Overlays, wrong.component, wrong.argument.name)
			field := ""
			if values, ok := s.ExtraArgs[wrong.component][wrong.argument.name]; ok && slices.Contains(values, wrong.argument.value) {
				field = string(diag.Path("spec.extraArgs").Key(wrong.component).Key(wrong.argument.name))
			}
			if d, ok := place(wrong, tree.Addons+"/"+f.Path, field); ok {
				list = append(list, d)
			}
		}
	}
	return list
}

// workloadPrograms are those of a workload's pods. Other objects have none.
func workloadPrograms(object []byte) []program {
	var o struct {
		Spec struct{ Template map[string]any }
	}
	if !strings.Contains(string(object), "\n  template:\n") || yaml.Unmarshal(object, &o) != nil {
		return nil
	}
	template, err := yaml.Marshal(o.Spec.Template)
	if err != nil {
		return nil
	}
	out, err := podPrograms(template)
	if err != nil {
		return nil
	}
	return out
}
