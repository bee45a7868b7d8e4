//go:build e2e

package repository_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"sigs.k8s.io/yaml"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/render"
)

// TestKubeadm lets the real kubeadm validate what it is given on every node, and run the phases of init that need no
// kubelet on the first: it takes all files that are there, makes no key, and writes the manifests that it should.
func TestKubeadm(t *testing.T) {
	for name, want := range map[string]map[string]string{
		"kubeadm-stacked": {
			"etcd-servers": "https://127.0.0.1:2379", "event-ttl": "2h", "etcd-certfile": "/etc/kubernetes/pki/apiserver-etcd-client.crt",
		},
		"kubeadm-external-etcd": {
			"etcd-servers": "https://10.6.0.1:2379,https://10.6.0.2:2379,https://10.6.0.3:2379", "etcd-cafile": "/etc/kubernetes/pki/etcd/ca.crt",
			"enable-admission-plugins": "NodeRestriction,AlwaysPullImages,DenyServiceExternalIPs,EventRateLimit",
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKubeadm(t, name, "")
			for node := range k.roots {
				if out := k.run(t, node, "config", "validate"); out != "ok\n" {
					t.Errorf("%s: %s", node, out)
				}
			}
			before := k.digests(t, "m1")
			for _, phase := range []string{"certs", "kubeconfig", "control-plane", "etcd"} {
				out := k.run(t, "m1", append([]string{"init", "phase"}, strings.Fields(map[string]string{"etcd": "etcd local"}[phase] + " " + phase + " all")[:2]...)...)
				if strings.Contains(out, "Generating") || strings.Contains(out, "Writing") || strings.Contains(out, "unexpected") {
					t.Error(out)
				}
			}
			for file, sum := range k.digests(t, "m1") {
				if before[file] != sum && !strings.HasPrefix(file, manifests) {
					t.Errorf("kubeadm wrote %s", file)
				}
			}
			flags := k.manifestFlags(t, "m1", "kube-apiserver")
			for flag, value := range want {
				if flags[flag] != value {
					t.Errorf("--%s is %q, want %q", flag, flags[flag], value)
				}
			}
			if flags := k.manifestFlags(t, "m1", "kube-controller-manager"); flags["cluster-signing-key-file"] != "" {
				t.Errorf("the controller manager would sign with %s", flags["cluster-signing-key-file"])
			}
		})
	}
}

// TestKubeadmEverywhere: the other golden clusters could be brought up by kubeadm too, with whatever addresses, balancer and
// overlays they have.
func TestKubeadmEverywhere(t *testing.T) {
	for _, name := range []string{
		"dedicated-etcd", "dual-stack", "dual-stack-ipv6-first", "external", "hardened", "ipv6", "node-local", "single", "stacked",
	} {
		t.Run(name, func(t *testing.T) {
			k := newKubeadm(t, name, "kubeadm")
			for node := range k.roots {
				if out := k.run(t, node, "config", "validate"); !strings.HasSuffix(out, "ok\n") || strings.Contains(out, "strict") {
					t.Errorf("%s: %s", node, out)
				}
			}
		})
	}
}

// TestKubeadmShapes holds the shape of before to the types of the last release that reads it: the program's own judge has
// them from its source. What it finds is an error, and [shaped] fails.
func TestKubeadmShapes(t *testing.T) {
	const old = "kubeadm.k8s.io/v1beta3"
	for node, documents := range shaped(t, "kubeadm-stacked", "1.36", "InitConfiguration", old) {
		if n := strings.Count(string(documents), "apiVersion: "+old+"\n"); n == 0 {
			t.Errorf("%s has nothing of %s:\n%s", node, old, documents)
		}
	}
}

// TestKubeadmOld holds the shape of 1.9 to the types in its source, since that kubeadm cannot be built any more.
func TestKubeadmOld(t *testing.T) {
	types := structs(t, "v1.9.11", "cmd/kubeadm/app/apis/kubeadm/v1alpha1/types.go")
	seen := map[string]bool{}
	for node, documents := range shaped(t, "kubeadm-external-etcd", "1.37", "MasterConfiguration", "kubeadm.k8s.io/v1alpha1") {
		var document map[string]any
		if err := yaml.Unmarshal(documents, &document); err != nil {
			t.Fatal(err)
		}
		kind := fmt.Sprint(document["kind"])
		seen[kind] = true
		types.check(t, node+": "+kind, kind, document)
	}
	if !seen["MasterConfiguration"] || !seen["NodeConfiguration"] {
		t.Errorf("kinds: %v", seen)
	}
}

// shaped gives kubeadm's configuration of each node of a golden cluster of a minor, in another API version.
func shaped(t *testing.T, name, minor, kind, version string) map[string][]byte {
	t.Helper()
	data, readable := "lib/versions/"+minor+".json", "lib/versions/"+minor+"/apis.json"
	var release map[string]any
	if err := json.Unmarshal(asset(t, data), &release); err != nil {
		t.Fatal(err)
	}
	versions, _ := release["apiVersions"].(map[string]any)
	delete(versions, "InitConfiguration")
	versions[kind] = version
	text, err := json.Marshal(release)
	if err != nil {
		t.Fatal(err)
	}
	var known map[string][]string
	if err := json.Unmarshal(asset(t, readable), &known); err != nil {
		t.Fatal(err)
	}
	known[kind], known["NodeConfiguration"] = []string{version}, []string{version}
	apis, err := json.Marshal(known)
	if err != nil {
		t.Fatal(err)
	}
	spec := bytes.Replace(read(t, filepath.Join(clusters, name, "cluster.yaml")), []byte("spec:\n"), []byte("spec:\n  kubernetesVersion: "+minor+".0\n"), 1)
	c, list := compile.Compile(fstest.MapFS{
		"cluster.yaml": {Data: spec}, data: {Data: text}, readable: {Data: apis},
	}, harender.Assets, render.Here)
	if list.HasErrors() {
		t.Fatal(printed(t, list))
	}
	out := map[string][]byte{}
	for node, files := range c.Rendered.Nodes {
		for _, f := range files {
			if f.Path == "etc/kubernetes/kubeadm.yaml" {
				out[node] = f.Content.Bytes()
			}
		}
	}
	return out
}
