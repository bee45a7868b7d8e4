//go:build e2e

package repository_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/deliver/tree"
)

// TestComponentsProxy has the real kube-proxy load the configuration of every golden cluster of its version, check it, and
// write what it made of it. It falls back to a decoder that passes over what it does not know, and says so.
func TestComponentsProxy(t *testing.T) {
	program := filepath.Join(realPrograms(t, "kubernetes"), "kube-proxy")
	load := func(t *testing.T, config []byte) (string, bool) {
		t.Helper()
		cmd := exec.Command(program, "--config="+written(t, "config.yaml", config), "--write-config-to="+filepath.Join(t.TempDir(), "out.yaml")) // #nosec G204 -- a witness of this test
		out, err := cmd.CombinedOutput()
		return string(out), err == nil
	}
	if out, _ := load(t, []byte("apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmod: ipvs\n")); !strings.Contains(out, "strict decoding") {
		t.Fatalf("kube-proxy says nothing of a field that it does not know:\n%s", out)
	}
	version, err := exec.Command(program, "--version").Output() // #nosec G204 -- a witness of this test
	if err != nil {
		t.Fatal(err)
	}
	minor := string(regexp.MustCompile(`\d+\.\d+`).Find(version))
	dirs, err := os.ReadDir(clusters)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		t.Run(d.Name(), func(t *testing.T) {
			c := compileCluster(t, d.Name())
			if c.Plan.Cluster.Version.Series() != minor {
				return // A component of another version would judge it.
			}
			configs := proxyConfigs(t, c)
			if none := c.Plan.Cluster.ProxyMode == "none"; none != (len(configs) == 0) {
				t.Errorf("%d configurations of kube-proxy, and its mode is %q", len(configs), c.Plan.Cluster.ProxyMode)
			}
			for _, config := range configs {
				if out, ok := load(t, config); !ok || strings.Contains(out, "strict decoding") {
					t.Errorf("%s\n%s", out, config)
				}
			}
		})
	}
}

// proxyConfigs are those of static pods, that of the DaemonSet, and those that kubeadm is given.
func proxyConfigs(t *testing.T, c compile.Compiled) [][]byte {
	t.Helper()
	var out [][]byte
	distinct(t, c, "etc/kubernetes/kube-proxy/config.yaml", func(_ *testing.T, _ plan.Node, f tree.File) {
		out = append(out, f.Content.Bytes())
	})
	distinct(t, c, "etc/kubernetes/kubeadm.yaml", func(_ *testing.T, _ plan.Node, f tree.File) {
		for document := range bytes.SplitSeq(f.Content.Bytes(), []byte("---\n")) {
			if bytes.Contains(document, []byte("kind: KubeProxyConfiguration\n")) {
				out = append(out, document)
			}
		}
	})
	for _, f := range c.Rendered.Shared.Addons {
		if f.Path != "configmap-kube-proxy.yaml" {
			continue
		}
		var m corev1.ConfigMap
		if err := yaml.UnmarshalStrict(f.Content.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		out = append(out, bytes.TrimSpace([]byte(m.Data["config.conf"])))
	}
	return out
}
