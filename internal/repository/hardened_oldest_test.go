package repository_test

import (
	"path/filepath"
	"testing"
	"testing/fstest"

	"sigs.k8s.io/yaml"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/render"
)

// TestHardenedOldest: with the overlay, Kubernetes 1.9 admits by what it has of it, and configures that in the form of then.
func TestHardenedOldest(t *testing.T) {
	spec := replaced(t, read(t, filepath.Join(clusters, "kubernetes-1-9/cluster.yaml")), "spec:\n", "spec:\n  loadBalancer: {interface: eth0}\n  overlays: [hardened]\n")
	c, list := compile.Compile(fstest.MapFS{"cluster.yaml": {Data: spec}}, harender.Assets, render.Here)
	if len(list) > 0 {
		t.Fatal(printed(t, list))
	}
	m := newMachine(t, c, c.Plan.Nodes[0])
	const want = "NamespaceLifecycle,LimitRanger,ServiceAccount,PersistentVolumeLabel,DefaultStorageClass,DefaultTolerationSeconds," +
		"NodeRestriction,AlwaysPullImages,EventRateLimit,MutatingAdmissionWebhook,ValidatingAdmissionWebhook,ResourceQuota"
	if got := m.flags("kube-apiserver")["admission-control"]; got != want {
		t.Errorf("admission %s, want %s", got, want)
	}
	if m.flags("kubelet")["protect-kernel-defaults"] != "true" {
		t.Error("the kubelet does not protect the kernel's defaults")
	}
	var config struct{ APIVersion string }
	if err := yaml.Unmarshal(m.files["srv/kubernetes/admission.yaml"].content, &config); err != nil || config.APIVersion != "apiserver.k8s.io/v1alpha1" {
		t.Errorf("admission.yaml is of %s (%v)", config.APIVersion, err)
	}
	checkTypes(t, c)
	checkReferences(t, c)
	checkBenchmark(t, c)
}
