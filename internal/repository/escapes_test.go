package repository_test

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/diag"
)

// canary lies outside the repository; nothing that is said or rendered may show it.
const canary = "c4nary-0utside"

// repositoryFiles make a cluster with the overlay x, whose two files stand for all that a layer may bring.
func repositoryFiles(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{
		"cluster.yaml":                     string(read(t, filepath.Join(refused, "cluster.yaml"))),
		"overlays/x/overlay.libsonnet":     "{}\n",
		"overlays/x/kustomization.yaml":    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [pod.yaml]\n",
		"overlays/x/pod.yaml":              "apiVersion: v1\nkind: Pod\nmetadata:\n  name: agent\n",
		"base/etcd/kustomization.yaml":     "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [pod.yaml]\n",
		"base/etcd/pod.yaml":               "apiVersion: v1\nkind: Pod\nmetadata:\n  name: etcd\n  namespace: kube-system\n",
		"lib/versions/1.36.json":           string(asset(t, "lib/versions/1.36.json")),
		"lib/components/coredns.libsonnet": string(asset(t, "lib/components/coredns.libsonnet")),
	}
}

func asset(t *testing.T, name string) []byte {
	t.Helper()
	data, err := harender.Assets.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func lay(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNoWayOut puts a symbolic link, a pipe or a device in the place of every file and folder that a build reads.
func TestNoWayOut(t *testing.T) {
	outside := t.TempDir()
	secret := filepath.Join(outside, "secret")
	lay(t, outside, map[string]string{"secret": canary, "kustomization.yaml": canary, "overlay.libsonnet": canary, "etcd/pod.yaml": canary})
	inPlaceOf := []string{
		"cluster.yaml", "overlays", "overlays/x", "overlays/x/overlay.libsonnet", "overlays/x/kustomization.yaml", "overlays/x/pod.yaml",
		"base", "base/etcd", "base/etcd/pod.yaml", "lib/versions/1.36.json", "lib/components/coredns.libsonnet",
	}
	for kind, put := range map[string]func(file string) error{
		"link to a file":   func(file string) error { return os.Symlink(secret, file) },
		"link to a folder": func(file string) error { return os.Symlink(outside, file) },
		"relative link":    func(file string) error { return os.Symlink("../../../../../../../../../.."+secret, file) },
		"link to nothing":  func(file string) error { return os.Symlink("/nowhere/at/all", file) },
		"link to a device": func(file string) error { return os.Symlink("/dev/zero", file) },
		"link to stdin":    func(file string) error { return os.Symlink("/proc/self/fd/0", file) },
		"link to itself":   func(file string) error { return os.Symlink(filepath.Base(file), file) },
		"pipe":             func(file string) error { return syscall.Mkfifo(file, 0o600) },
	} {
		for _, name := range inPlaceOf {
			t.Run(kind+"/"+strings.ReplaceAll(name, "/", "."), func(t *testing.T) {
				root := t.TempDir()
				lay(t, root, repositoryFiles(t))
				file := filepath.Join(root, name)
				if err := os.RemoveAll(file); err != nil {
					t.Fatal(err)
				}
				if err := put(file); err != nil {
					t.Fatal(err)
				}
				checkRefused(t, root)
			})
		}
	}
}

// checkRefused: a folder that is not there is no error where the built-in one takes its place.
func checkRefused(t *testing.T, root string) {
	t.Helper()
	c, list := checked(t, root)
	if text := printed(t, list); strings.Contains(text, canary) {
		t.Errorf("the canary is told:\n%s", text)
	}
	for _, files := range c.Rendered.Nodes {
		for _, f := range files {
			if bytes.Contains(f.Content.Bytes(), []byte(canary)) {
				t.Errorf("the canary is in %s", f.Path)
			}
		}
	}
	if !list.HasErrors() {
		t.Error("not refused")
	}
	for _, d := range list {
		if d.Severity == diag.Error && d.Hint == "" {
			t.Errorf("no hint: %s", d.Summary)
		}
	}
}

// TestNoProgramNoNetwork names what kustomize would fetch: nothing is asked, and no git is run.
func TestNoProgramNoNetwork(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	programs := t.TempDir()
	mark := filepath.Join(programs, "mark")
	lay(t, programs, map[string]string{"git": "#!/bin/sh\ntouch " + mark + "\n", "helm": "#!/bin/sh\ntouch " + mark + "\n"})
	for _, name := range []string{"git", "helm"} {
		if err := os.Chmod(filepath.Join(programs, name), 0o700); err != nil { // #nosec G302 -- a program
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", programs+":"+os.Getenv("PATH"))
	for _, reference := range []string{
		server.URL + "/pod.yaml", server.URL + "/pod.yaml?ref=pod.yaml", server.URL + "//pod.yaml?ref=pod.yaml", "git::" + server.URL + "/repo",
		server.URL + "/repo.git//x?ref=pod.yaml", "file://" + programs + "//x?ref=pod.yaml", programs, "key=" + server.URL,
	} {
		for _, field := range []string{"resources: [%]", "components: [%]", "patches: [{path: %}]", "replacements: [{path: %}]", "configMapGenerator: [{name: x, files: [%]}]",
			// kustomize reads fields in any case.
			"patches: [{Path: %}]", "replacements: [{PATH: %}]", "configMapGenerator: [{name: x, Files: [%]}]", "configMapGenerator: [{name: x, env: %}]", "Resources: [%]",
		} {
			root := t.TempDir()
			files := repositoryFiles(t)
			files["overlays/x/kustomization.yaml"] = "kind: Component\n" + strings.ReplaceAll(field, "%", "'"+reference+"'") + "\n"
			lay(t, root, files)
			if _, list := checked(t, root); !list.HasErrors() {
				t.Errorf("%s %s is not refused", field, reference)
			}
		}
	}
	// A mixin names what it computes; the name is no reference.
	for _, name := range []string{server.URL + "/x", "../../../overlays/x/kustomization"} {
		root := t.TempDir()
		files := repositoryFiles(t)
		files["overlays/x/overlay.libsonnet"] = "{ pods+: { '" + name + "': { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'etcd', namespace: 'kube-system' } } } }"
		lay(t, root, files)
		checked(t, root)
	}
	if asked.Load() > 0 {
		t.Errorf("the server was asked %d times", asked.Load())
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("a program was run")
	}
}

// TestSpelledReference: a path in base64 is one path to who looks at it, which is there, and another to kustomize.
func TestSpelledReference(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	url := server.URL + "/x"
	for len(url)%3 != 0 {
		url += "x" // Its base64 has no =, which no path may have.
	}
	spelled := base64.StdEncoding.EncodeToString([]byte(url))
	for _, field := range []string{
		"resources: [%]", "components: [%]", "patches: [{path: %}]", "replacements: [{path: %}]", "configMapGenerator: [{name: x, files: [%]}]",
		"configMapGenerator: [{name: x, envs: [%]}]",
	} {
		for _, tag := range []string{"!!binary ", "!<tag:yaml.org,2002:binary> ", "&a !!binary "} {
			root := t.TempDir()
			files := repositoryFiles(t)
			files["overlays/x/kustomization.yaml"] = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n" + strings.ReplaceAll(field, "%", tag+spelled) + "\n"
			files["overlays/x/"+spelled+"/kustomization.yaml"] = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
			lay(t, root, files)
			if _, list := checked(t, root); !list.HasErrors() {
				t.Errorf("%s with %s is not refused", field, tag)
			}
		}
	}
	if asked.Load() > 0 {
		t.Errorf("the server was asked %d times", asked.Load())
	}
}

// checked opens the repository as the command line does.
func checked(t *testing.T, root string) (compile.Compiled, diag.List) {
	t.Helper()
	dir, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }()
	return compile.Compile(dir.FS(), harender.Assets, render.Here)
}
