package compile_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	harender "github.com/harender/harender"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/jsonnet"
)

const newest = "lib/versions/1.36.json"

// withVersion is a repository of Kubernetes 1.99.0 whose data are those of 1.36 after a change.
func withVersion(t *testing.T, change func(string) string) fstest.MapFS {
	t.Helper()
	data, err := fs.ReadFile(harender.Assets, newest)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(data), "1.36.3", "1.99.0")
	files := fstest.MapFS{"lib/versions/1.99.json": {Data: []byte(change(text))}}
	spec := repositoryFiles(t)["cluster.yaml"]
	spec = strings.Replace(spec, "  overlays: [x]\n", "  kubernetesVersion: \"1.99.0\"\n", 1)
	files["cluster.yaml"] = &fstest.MapFile{Data: []byte(spec)}
	return files
}

// A new version of Kubernetes is one file of data.
func TestVersionIsData(t *testing.T) {
	repository := withVersion(t, func(s string) string {
		s = strings.Replace(s, "etcd:3.6.8-0", "etcd:3.9.9-0", 1)
		return strings.Replace(s, `"quota-backend-bytes": "8589934592"`, `"quota-backend-bytes": null, "quota": "1"`, 1)
	})
	c, list := compile.Compile(repository, harender.Assets, jsonnet.Evaluate)
	if list.HasErrors() {
		t.Fatal(printed(t, list))
	}
	manifests := map[string]string{}
	for _, f := range c.Rendered.Nodes[c.Plan.Nodes[0].Cluster.Name] {
		manifests[f.Path] = string(f.Content.Bytes())
	}
	for name, want := range map[string]string{
		"etcd": "image: registry.k8s.io/etcd:3.9.9-0", "kube-apiserver": "image: registry.k8s.io/kube-apiserver:v1.99.0",
	} {
		if text := manifests["etc/kubernetes/manifests/"+name+".yaml"]; !strings.Contains(text, want) {
			t.Errorf("%s has no %s", name, want)
		}
	}
	if etcd := manifests["etc/kubernetes/manifests/etcd.yaml"]; strings.Contains(etcd, "quota-backend-bytes") || !strings.Contains(etcd, "--quota=1") {
		t.Error("the flags of etcd are not those of the data")
	}
}

func TestVersionDataRefused(t *testing.T) {
	replace := func(from, to string) func(string) string {
		return func(s string) string { return strings.Replace(s, from, to, 1) }
	}
	for want, change := range map[string]func(string) string{
		"unexpected EOF":                           func(s string) string { return s[:len(s)/2] },
		`unknown field "imagez"`:                   replace(`"images"`, `"imagez"`),
		"images.etcd is not REGISTRY/PATH:TAG":     replace(`"etcd": "registry.k8s.io/etcd`, `"etc": "registry.k8s.io/etcd`),
		"apiVersions.Policy is missing":            replace(`"Policy"`, `"Polizei"`),
		"flags.kubescheduler is no component":      replace(`"kube-scheduler"`, `"kubescheduler"`),
		`default is "1.98.0", which is no release`: replace(`"default": "1.99.0"`, `"default": "1.98.0"`),
	} {
		t.Run(want, func(t *testing.T) {
			_, list := compile.Compile(withVersion(t, change), harender.Assets, jsonnet.Evaluate)
			if text := printed(t, list); !list.HasErrors() || !strings.Contains(text, want) {
				t.Errorf("got\n%s", text)
			}
		})
	}
}
