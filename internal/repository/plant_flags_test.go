package repository_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sigs.k8s.io/yaml"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/diag"
)

// plantedFlags is what is wrong with the arguments of the components of Kubernetes 1.37, on purpose.
type plantedFlags struct {
	// args by component and flag.
	args map[string]map[string]string
	// wants is the summary of each diagnostic, by the kind of mistake.
	wants map[string][]string
}

func (c plantedFlags) plant(kind, component, flag, value, want string) {
	if c.args[component] == nil {
		c.args[component] = map[string]string{}
	}
	c.args[component][flag] = strings.TrimPrefix(c.args[component][flag]+","+value, ",")
	c.wants[kind] = append(c.wants[kind], want)
}

// plantEach plants from each component's own data: at most so many flags of a kind and a component.
func plantEach(t *testing.T, components ...string) plantedFlags {
	t.Helper()
	const most = 40
	now, before := facts(t, "1.37"), facts(t, "1.32")
	history, list := release.ReadHistory(harender.Assets)
	if list.HasErrors() {
		t.Fatal(list)
	}
	c := plantedFlags{map[string]map[string]string{}, map[string][]string{}}
	for _, component := range components {
		own := now.Flags[component]
		program := component + " " + own.Version
		names := slices.Sorted(maps.Keys(own.Flags))
		for _, name := range names[:most] {
			c.plant("misspelt flag", component, name+"-x", "1", program+" has no flag --"+name+"-x")
		}
		typed := slices.DeleteFunc(names, func(name string) bool { return !isTyped(own.Flags[name].Type) || name == "help" })
		for _, name := range typed[:min(most, len(typed))] {
			c.plant("wrong type", component, name, "wrong!", "--"+name+" of "+component+" takes ")
		}
		for _, name := range removed(own.Flags, before.Flags[component].Flags, history.Flags[component]) {
			c.plant("removed flag", component, name, "1", program+" has no flag --"+name)
		}
		gates, ok := now.Gates[component]
		if _, hasFlag := own.Flags["feature-gates"]; ok && hasFlag {
			c.gates(program, component, gates, before.Gates[component])
		}
	}
	if slices.Contains(components, "kube-apiserver") {
		for _, name := range now.Admission.Plugins {
			c.plant("plugin", "kube-apiserver", "enable-admission-plugins", name+"s", `kube-apiserver 1.37 has no admission plugin "`+name+`s"`)
		}
		for name := range history.Admission {
			c.plant("plugin", "kube-apiserver", "disable-admission-plugins", name, `kube-apiserver 1.37 has no admission plugin "`+name+`"`)
		}
	}
	return c
}

func (c plantedFlags) gates(program, component string, now, before map[string]release.Gate) {
	const most = 20
	locked := 0
	for i, name := range slices.Sorted(maps.Keys(now)) {
		switch g := now[name]; {
		case g.Locked && locked < most:
			locked++
			c.plant("locked gate", component, "feature-gates", fmt.Sprintf("%s=%t", name, !g.Default),
				fmt.Sprintf("the feature gate %s of %s is locked to %t", name, program, g.Default))
		case g.Locked:
		case i < most:
			c.plant("misspelt gate", component, "feature-gates", name+"z=true", program+" has no feature gate "+name+"z")
		case i < 3*most:
			c.plant("gate without bool", component, "feature-gates", name+"=yes", "the feature gate "+name+" of "+component+" takes true or false")
		}
	}
	for _, name := range removed(now, before, nil) {
		c.plant("removed gate", component, "feature-gates", name+"=true", program+" has no feature gate "+name)
	}
}

// removed are the names that an older minor has, or that went earlier, and that are not there now.
func removed[V any](now, before map[string]V, history map[string]release.Change) []string {
	gone := map[string]bool{}
	for name := range before {
		gone[name] = true
	}
	for name, change := range history {
		gone[name] = change.Removed != ""
	}
	maps.DeleteFunc(gone, func(name string, is bool) bool { _, ok := now[name]; return ok || !is })
	return slices.Sorted(maps.Keys(gone))
}

func isTyped(kind string) bool {
	return slices.Contains([]string{
		"bool", "int", "int32", "int64", "uint", "Level", "float32", "float64", "duration", "ip", "ipport", "portRange", "quantity",
		"stringToString", "namedCertKey", "[]v1.Taint", "reserved-memory", "pattern=N,...",
	}, kind)
}

func facts(t *testing.T, minor string) release.Facts {
	t.Helper()
	f, list := release.ReadFacts(harender.Assets, minor)
	if len(list) > 0 {
		t.Fatal(list)
	}
	return f
}

var (
	inPods     = []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"}
	everything = append(slices.Clone(inPods), "kubelet")
)

// TestPlantedFlags plants mistakes in each layer that can have any, and compiles: each has to be found, and put down to where it
// was planted.
func TestPlantedFlags(t *testing.T) {
	const least = 200
	for _, layer := range []struct {
		name  string
		crop  plantedFlags
		files func(*testing.T, plantedFlags) fstest.MapFS
		from  string
	}{
		{"spec", plantEach(t, everything...), inSpec("spec: {extraArgs: %s}"), "spec.extraArgs."},
		{"role", plantEach(t, everything[1:]...), inSpec("spec: {roles: {control-plane: {extraArgs: %s}}}"), "spec.roles.control-plane.extraArgs."},
		{"pool", plantEach(t, "kube-proxy", "kubelet"), inPool, "spec.pools.gpu.extraArgs."},
		{"node", plantEach(t, everything...), inNode, "spec.nodes[2].extraArgs."},
		{"mixin", plantEach(t, everything...), inMixin, "overlays/x/overlay.libsonnet"},
		{"patch", plantEach(t, inPods...), inPatch, "overlays/x/kustomization.yaml"},
	} {
		t.Run(layer.name, func(t *testing.T) {
			_, list := compile.Compile(layer.files(t, layer.crop), harender.Assets, render.Here)
			planted := 0
			var counts []string
			for _, kind := range slices.Sorted(maps.Keys(layer.crop.wants)) {
				wants := layer.crop.wants[kind]
				for _, want := range wants {
					if !found(list, want, layer.from) {
						t.Errorf("not found in %s: %s", layer.from, want)
					}
				}
				planted += len(wants)
				counts = append(counts, fmt.Sprintf("%s %d", kind, len(wants)))
			}
			if planted < least {
				t.Errorf("only %d were planted", planted)
			}
			t.Logf("%d planted: %s", planted, strings.Join(counts, ", "))
		})
	}
}

func found(list diag.List, want, from string) bool {
	return slices.ContainsFunc(list, func(d diag.Diagnostic) bool {
		return d.Severity == diag.Error && strings.HasPrefix(d.Summary, want) && (strings.HasPrefix(d.Field, from) || d.Pos.File == from)
	})
}

// planted is the repository of the broken layers with a spec and further files.
func planted(t *testing.T, fragment string, files map[string]string) fstest.MapFS {
	t.Helper()
	base := string(read(t, refused+"/cluster.yaml"))
	if files == nil {
		base = strings.Replace(base, "  overlays: [x]\n", "", 1)
	}
	out := fstest.MapFS{"cluster.yaml": {Data: merged(t, base, []string{fragment})}}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func inSpec(format string) func(*testing.T, plantedFlags) fstest.MapFS {
	return func(t *testing.T, c plantedFlags) fstest.MapFS {
		return planted(t, fmt.Sprintf(format, asJSON(t, c.args)), nil)
	}
}

func inPool(t *testing.T, c plantedFlags) fstest.MapFS {
	return changed(t, func(spec map[string]any, nodes []any) {
		mapping(nodes[3])["pool"] = "gpu"
		spec["pools"] = map[string]any{"gpu": map[string]any{"extraArgs": c.args}}
	})
}

func inNode(t *testing.T, c plantedFlags) fstest.MapFS {
	return changed(t, func(_ map[string]any, nodes []any) { mapping(nodes[2])["extraArgs"] = c.args })
}

// mapping is one of the spec that the tests write.
func mapping(value any) map[string]any {
	m, _ := value.(map[string]any)
	return m
}

// changed is the repository with a change of its spec.
func changed(t *testing.T, change func(spec map[string]any, nodes []any)) fstest.MapFS {
	t.Helper()
	files := planted(t, "{}", nil)
	var doc map[string]any
	if err := yaml.Unmarshal(files["cluster.yaml"].Data, &doc); err != nil {
		t.Fatal(err)
	}
	spec := mapping(doc["spec"])
	nodes, _ := spec["nodes"].([]any)
	change(spec, nodes)
	files["cluster.yaml"].Data = []byte(asJSON(t, doc))
	return files
}

func inMixin(t *testing.T, c plantedFlags) fstest.MapFS {
	names := map[string]string{
		"etcd": "etcd", "kube-apiserver": "kubeApiserver", "kube-controller-manager": "kubeControllerManager",
		"kube-scheduler": "kubeScheduler", "kube-proxy": "kubeProxy", "kubelet": "kubelet",
	}
	var b strings.Builder
	b.WriteString("{\n")
	for component, args := range c.args {
		b.WriteString(names[component] + "+: { flags+:: " + asJSON(t, args) + " },\n")
	}
	return planted(t, "{}", map[string]string{"overlays/x/overlay.libsonnet": b.String() + "}\n"})
}

func inPatch(t *testing.T, c plantedFlags) fstest.MapFS {
	var b strings.Builder
	b.WriteString("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n")
	for component, args := range c.args {
		b.WriteString("- target: {kind: Pod, name: " + component + "}\n  patch: |-\n")
		for flag, value := range args {
			b.WriteString("    - {op: add, path: /spec/containers/0/command/-, value: " + asJSON(t, "--"+flag+"="+value) + "}\n")
		}
	}
	return planted(t, "{}", map[string]string{"overlays/x/kustomization.yaml": b.String()})
}
