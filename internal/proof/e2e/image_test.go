//go:build e2e

package e2e

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readTar gives the contents of a tar file's members, and of a link what it leads to.
func readTar(t *testing.T, r io.Reader) map[string]string {
	t.Helper()
	members := map[string]string{}
	for archive := tar.NewReader(r); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return members
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		members[header.Name] = string(content) + header.Linkname
	}
}

func TestWriteArchive(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("#!"), 0o755); err != nil {
		t.Fatal(err)
	}
	im := image{
		tag:        "example.test/a/b:1",
		entrypoint: []string{"/bin/program"},
		files:      map[string]string{"usr/bin/program": program},
		links:      map[string]string{"bin": "usr/bin"},
		texts:      map[string]string{"etc/passwd": "root"},
	}
	archive := filepath.Join(t.TempDir(), "image.tar")
	if err := im.writeArchive(archive); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	members := readTar(t, f)

	var manifests []struct {
		Config           string
		RepoTags, Layers []string
	}
	if err := json.Unmarshal([]byte(members["manifest.json"]), &manifests); err != nil {
		t.Fatal(err)
	}
	if len(manifests) != 1 || manifests[0].RepoTags[0] != im.tag {
		t.Fatalf("manifest %+v", manifests)
	}
	layer := members[manifests[0].Layers[0]]
	var config struct {
		Config struct{ Entrypoint []string }
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		}
	}
	if err := json.Unmarshal([]byte(members[manifests[0].Config]), &config); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(layer))); config.RootFS.DiffIDs[0] != want {
		t.Errorf("diff id %s, want %s", config.RootFS.DiffIDs[0], want)
	}
	if config.Config.Entrypoint[0] != "/bin/program" {
		t.Errorf("entrypoint %v", config.Config.Entrypoint)
	}

	got := readTar(t, strings.NewReader(layer))
	for name, want := range map[string]string{"usr/bin/program": "#!", "bin": "usr/bin", "etc/passwd": "root", "usr/bin/": "", "tmp/": ""} {
		if content, found := got[name]; !found || content != want {
			t.Errorf("%s is %q (there: %t), want %q", name, content, found, want)
		}
	}
}

func TestImagesIn(t *testing.T) {
	got, err := imagesIn(`
kind: Pod
spec:
  initContainers: [{image: "a:1"}]
  containers: [{image: "b:2"}, {image: "a:1"}]
---
kind: ConfigMap
data: {image.txt: "not one"}
---
`)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != "[a:1 b:2]" {
		t.Errorf("images %v", got)
	}
}

func TestProgramName(t *testing.T) {
	for tag, want := range map[string]string{
		"registry.k8s.io/kube-proxy:v1.37.2":      "kube-proxy",
		"localhost:5000/library/haproxy:3.2":      "haproxy",
		"docker.io/library/haproxy@sha256:0123":   "haproxy",
		"registry.k8s.io/coredns/coredns:v1.14.6": "coredns",
	} {
		if got := programName(tag); got != want {
			t.Errorf("%s: program %s, want %s", tag, got, want)
		}
	}
}
