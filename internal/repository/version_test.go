package repository_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	harender "github.com/harender/harender"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/render"
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

// A new version of Kubernetes is data alone: those of docs/versions.md, as they stand there, make one.
func TestVersionIsData(t *testing.T) {
	found := examples(string(read(t, "../../docs/versions.md")))
	if len(found) != 1 || len(found[0].files) != 5 {
		t.Fatalf("the guide has %d examples", len(found))
	}
	base := strings.Replace(repositoryFiles(t)["cluster.yaml"], "  overlays: [x]\n", "", 1)
	version := func(extra ...string) fstest.MapFS {
		files := fstest.MapFS{"cluster.yaml": {Data: merged(t, base, slices.Concat(found[0].spec, extra))}}
		for name, text := range found[0].files {
			files[name] = &fstest.MapFile{Data: []byte(text)}
		}
		return files
	}
	c := compileRepository(t, version())
	manifests := map[string]string{}
	for _, f := range c.Rendered.Nodes[c.Plan.Nodes[0].Cluster.Name] {
		manifests[f.Path] = string(f.Content.Bytes())
	}
	for name, want := range map[string][]string{
		"etcd":           {"image: registry.k8s.io/etcd:3.9.9-0", "--client-cert-auth=true"},
		"kube-apiserver": {"image: registry.k8s.io/kube-apiserver:v1.99.0", "--authorization-mode=Node,RBAC"},
	} {
		for _, text := range want {
			if !strings.Contains(manifests["etc/kubernetes/manifests/"+name+".yaml"], text) {
				t.Errorf("%s has no %s", name, text)
			}
		}
	}
	if strings.Contains(manifests["etc/kubernetes/manifests/etcd.yaml"], "watch-progress-notify-interval") {
		t.Error("etcd has a flag of another version")
	}
	for extra, want := range map[string]string{
		"kube-scheduler: {prot: 1}":                         "kube-scheduler 1.99 has no flag --prot",
		"kube-scheduler: {port: 1}":                         "--port of kube-scheduler 1.99 is deprecated",
		"kube-scheduler: {leader-elect-lease-duration: 10}": "--leader-elect-lease-duration of kube-scheduler takes a duration",
	} {
		_, list := compile.Compile(version("spec: {extraArgs: {"+extra+"}}"), harender.Assets, render.Here)
		if text := printed(t, list); !strings.Contains(text, want) {
			t.Errorf("%s: got\n%s", extra, text)
		}
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
			_, list := compile.Compile(withVersion(t, change), harender.Assets, render.Here)
			if text := printed(t, list); !list.HasErrors() || !strings.Contains(text, want) {
				t.Errorf("got\n%s", text)
			}
		})
	}
}
