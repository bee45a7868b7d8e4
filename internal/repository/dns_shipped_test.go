package repository_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/diff"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/compile"
)

// TestDNSAsShipped holds the DNS servers, their autoscaler and the cache on every node to the manifests that are in the source
// of Kubernetes: images, arguments, ports, probes and configuration. What differs on purpose stands in the cases.
func TestDNSAsShipped(t *testing.T) {
	ours := dnsCluster(t, "kube-dns")
	kubeDNS := shipped(t, "dns/kube-dns/kube-dns.yaml.base")
	t.Run("kube-dns", func(t *testing.T) {
		want := object[appsv1.Deployment](t, kubeDNS, "Deployment", "kube-dns").Spec.Template.Spec.Containers
		want[1].Args = append(want[1].Args, "--dns-forward-max=1000")
		got, _ := addon[appsv1.Deployment](t, ours, "deployment-kube-dns.yaml")
		sameContainers(t, got.Spec.Template.Spec.Containers, want)
	})
	local := shipped(t, "dns/nodelocaldns/nodelocaldns.yaml")
	t.Run("node-local-dns", func(t *testing.T) {
		want := object[appsv1.DaemonSet](t, local, "DaemonSet", "node-local-dns").Spec.Template.Spec.Containers
		want[0].LivenessProbe.HTTPGet.Scheme = "HTTP"
		want[0].Resources.Requests[corev1.ResourceMemory] = resource.MustParse("32Mi")
		got, _ := addon[appsv1.DaemonSet](t, ours, "daemonset-node-local-dns.yaml")
		sameContainers(t, got.Spec.Template.Spec.Containers, want)

		config := object[corev1.ConfigMap](t, local, "ConfigMap", "node-local-dns").Data["Corefile"]
		config = strings.Replace(config, "__PILLAR__UPSTREAM__SERVERS__", "__PILLAR__UPSTREAM__SERVERS__ { max_concurrent 1000 }", 1)
		m, _ := addon[corev1.ConfigMap](t, ours, "configmap-node-local-dns.yaml")
		sameWords(t, m.Data["Corefile"], config)
	})
	t.Run("autoscaler", func(t *testing.T) {
		want := object[appsv1.Deployment](t, shipped(t, "dns-horizontal-autoscaler/dns-horizontal-autoscaler.yaml"), "Deployment", "kube-dns-autoscaler")
		got, _ := addon[appsv1.Deployment](t, ours, "deployment-dns-autoscaler.yaml")
		m, _ := addon[corev1.ConfigMap](t, ours, "configmap-dns-autoscaler.yaml")
		sameAutoscaler(t, got.Spec.Template.Spec.Containers[0], m.Data["linear"], want.Spec.Template.Spec.Containers[0])
	})
	t.Run("coredns", func(t *testing.T) {
		core := shipped(t, "dns/coredns/coredns.yaml.base")
		ours := dnsCluster(t, "CoreDNS")
		want := object[appsv1.Deployment](t, core, "Deployment", "coredns").Spec.Template.Spec.Containers
		got, _ := addon[appsv1.Deployment](t, ours, "deployment-coredns.yaml")
		sameContainers(t, got.Spec.Template.Spec.Containers, want)
		m, _ := addon[corev1.ConfigMap](t, ours, "configmap-coredns.yaml")
		sameWords(t, m.Data["Corefile"], object[corev1.ConfigMap](t, core, "ConfigMap", "coredns").Data["Corefile"])
	})
}

func dnsCluster(t *testing.T, kind string) compile.Compiled {
	t.Helper()
	spec := string(read(t, filepath.Join(clusters, "stacked/cluster.yaml")))
	spec = strings.Replace(spec, "spec:\n", "spec:\n  kubeProxy: {mode: iptables}\n  dns: {kind: "+kind+", autoscaler: {}, nodeLocalCache: {}}\n", 1)
	return compileRepository(t, fstest.MapFS{"cluster.yaml": {Data: []byte(spec)}})
}

// shipped is a file below cluster/addons of the Kubernetes that the real programs are built from.
func shipped(t *testing.T, name string) []byte {
	t.Helper()
	cmd := exec.Command("go", "mod", "download", "-json", "k8s.io/kubernetes")
	cmd.Dir = "../../testdata/kubernetes"
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	return []byte(strings.NewReplacer(
		"__DNS__DOMAIN__", "cluster.local", "__DNS__SERVER__", "10.96.0.10", "__DNS__MEMORY__LIMIT__", "170Mi",
		"__PILLAR__DNS__DOMAIN__", "cluster.local", "__PILLAR__DNS__SERVER__", "10.96.0.10", "__PILLAR__LOCAL__DNS__", "169.254.20.10",
	).Replace(string(read(t, filepath.Join(module.Dir, "cluster/addons", name)))))
}

// object finds one among the documents of a manifest.
func object[T any](t *testing.T, manifest []byte, kind, name string) T {
	t.Helper()
	var out T
	for text := range bytes.SplitSeq(manifest, []byte("\n---\n")) {
		var head struct {
			Kind     string
			Metadata struct{ Name string }
		}
		if err := yaml.Unmarshal(text, &head); err != nil {
			t.Fatal(err)
		}
		if head.Kind == kind && head.Metadata.Name == name {
			if err := yaml.UnmarshalStrict(text, &out); err != nil {
				t.Fatal(err)
			}
			return out
		}
	}
	t.Fatalf("there is no %s %s", kind, name)
	return out
}

// sameContainers compares what decides how they work.
func sameContainers(t *testing.T, got, want []corev1.Container) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d containers, want %d", len(got), len(want))
	}
	for i := range want {
		if g, w := workings(t, got[i]), workings(t, want[i]); g != w {
			t.Errorf("%s", diff.Diff("shipped", []byte(w), "rendered", []byte(g)))
		}
	}
}

func workings(t *testing.T, c corev1.Container) string {
	t.Helper()
	for _, p := range []*corev1.Probe{c.LivenessProbe, c.ReadinessProbe} {
		if p != nil {
			p.SuccessThreshold = 0 // 1 is the default.
		}
	}
	text, err := yaml.Marshal(corev1.Container{
		Name: c.Name, Image: c.Image, Args: options(c.Args), Ports: c.Ports, Env: c.Env, Resources: c.Resources,
		LivenessProbe: c.LivenessProbe, ReadinessProbe: c.ReadinessProbe,
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// options are arguments whose order and dashes do not matter.
func options(args []string) []string {
	var out []string
	for _, arg := range args {
		if arg == "-k" {
			arg = "--keep-in-foreground"
		}
		out = append(out, strings.TrimLeft(arg, "-"))
	}
	slices.Sort(out)
	return out
}

func sameWords(t *testing.T, got, want string) {
	t.Helper()
	if g, w := strings.Fields(got), strings.Fields(want); !slices.Equal(g, w) {
		t.Errorf("%s", diff.Diff("shipped", []byte(strings.Join(w, "\n")+"\n"), "rendered", []byte(strings.Join(g, "\n")+"\n")))
	}
}

// sameAutoscaler: the parameters are in a ConfigMap of ours, and not made from the arguments.
func sameAutoscaler(t *testing.T, got corev1.Container, linear string, want corev1.Container) {
	t.Helper()
	var args []string
	for _, arg := range want.Command {
		params, ok := strings.CutPrefix(arg, `--default-params={"linear":`)
		if !ok {
			args = append(args, strings.NewReplacer("kube-dns-autoscaler", "dns-autoscaler", "{{.Target}}", "deployment/kube-dns").Replace(arg))
			continue
		}
		sameJSON(t, linear, strings.TrimSuffix(params, "}}")+`,"min":2}`)
	}
	if got.Image != want.Image || !slices.Equal(options(got.Command), options(args)) {
		t.Errorf("%s %q, want %s %q", got.Image, got.Command, want.Image, args)
	}
}

func sameJSON(t *testing.T, got, want string) {
	t.Helper()
	var texts [2]string
	for i, text := range []string{got, want} {
		sorted, err := yaml.JSONToYAML([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(sorted)
	}
	if texts[0] != texts[1] {
		t.Errorf("%s", diff.Diff("shipped", []byte(texts[1]), "rendered", []byte(texts[0])))
	}
}
