package bench_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/proof/bench/floor"
	"github.com/harender/harender/internal/proof/bench/work"
	"github.com/harender/harender/internal/proof/testtool"
	"github.com/harender/harender/internal/repository"
	"github.com/harender/harender/internal/repository/scaffold"
)

// built is a repository of three masters and two workers after a first build, and its operator's recipient.
func built(t *testing.T) (dir, recipient string) {
	t.Helper()
	operator := testtool.Age(t)
	dir, recipient = t.TempDir(), operator.Recipient().String()
	files, err := scaffold.Files(scaffold.Options{
		Name: "bench", ControlPlane: 3, Workers: 2, KubernetesVersion: "1.37.2", LoadBalancer: "keepalived",
		FirstAddress: netip.MustParseAddr("10.0.0.11"), Recipient: recipient,
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := repository.Environment{
		Builtin: harender.Assets, Now: time.Now, Rand: rand.Reader,
		LookupEnv: func(name string) (string, bool) { return operator.String(), name == "SOPS_AGE_KEY" },
	}
	if _, list, err := repository.Build(context.Background(), dir, env, repository.Options{}); err != nil || list.HasErrors() {
		t.Fatal(err, list)
	}
	return dir, recipient
}

// contents are the files below dir by path, and the directories with a slash at the end.
func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			found[name+"/"] = nil
			return nil
		}
		found[name], err = os.ReadFile(filepath.Join(dir, name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// slack is how much signatures and serial numbers make two certificates of one kind differ in PEM, in bytes.
const slack = 16

// TestFloor: the floor makes the same directories and files as the build, of the same sizes, and its certificates hold.
func TestFloor(t *testing.T) {
	repository, _ := built(t)
	l, err := work.Survey(repository)
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "list")
	if err := work.Write(list, l); err != nil {
		t.Fatal(err)
	}
	if l, err = work.Read(list); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := (&floor.Maker{Dir: dir, Now: time.Now(), Rand: rand.Reader}).Do(l); err != nil {
		t.Fatal(err)
	}
	got, want := contents(t, dir), contents(t, repository)
	for name, content := range want {
		made, there := got[name]
		switch {
		case !strings.Contains(name, "/"): // what init wrote
		case !there:
			t.Errorf("the floor lacks %s", name)
		case len(made)-len(content) > slack || len(content)-len(made) > slack:
			t.Errorf("%s has %d bytes, not %d", name, len(made), len(content))
		}
	}
	for name := range got {
		if _, there := want[name]; !there {
			t.Errorf("the build has no %s", name)
		}
	}
	verify(t, got)
}

// verify checks one certificate of each authority.
func verify(t *testing.T, files map[string][]byte) {
	t.Helper()
	for leaf, authority := range map[string]string{
		"kubelet-server": "kubernetes-ca", "etcd-peer": "etcd-ca", "front-proxy-client": "front-proxy-ca",
	} {
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(files["secrets/cluster/"+authority+".crt"]) {
			t.Fatalf("%s is no certificate", authority)
		}
		block, _ := pem.Decode(files["secrets/nodes/m1/"+leaf+".crt"])
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cert.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
			t.Errorf("%s: %v", leaf, err)
		}
	}
}

// TestGlue: the script gives a node the same files as the build, so that the one is a measure of the other.
func TestGlue(t *testing.T) {
	dir, recipient := built(t)
	out := t.TempDir()
	glue(t, recipient, "cluster", out)
	for _, node := range [][]string{{"master", "m2", "10.0.0.12"}, {"worker", "w1", "10.0.0.14"}} {
		glue(t, recipient, node[0], out, node[1], node[2])
		got := contents(t, filepath.Join(out, "rendered", node[1]))
		want := contents(t, filepath.Join(dir, repository.Output, node[1]))
		for name, content := range want {
			if made, there := got[name]; !there || !equivalent(name, made, content) {
				t.Errorf("%s: %s is %q, not %q", node[1], name, made, content)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: %d files and directories, not %d", node[1], len(got), len(want))
		}
	}
}

func glue(t *testing.T, recipient string, args ...string) {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	masters, err := json.Marshal([]map[string]string{
		{"name": "m1", "address": "10.0.0.11"}, {"name": "m2", "address": "10.0.0.12"}, {"name": "m3", "address": "10.0.0.13"},
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("glue/glue.sh", args...)
	cmd.Env = append(os.Environ(), "PATH="+tools(t)+":"+os.Getenv("PATH"), "LAYERS="+root, "MASTERS="+string(masters), "RECIPIENT="+recipient)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("glue.sh %s: %v\n%s", strings.Join(args, " "), err, said)
	}
}

// tools is the folder of jsonnet, kustomize, cfssl and sops.
func tools(t *testing.T) string {
	t.Helper()
	cmd := exec.Command("../../../testdata/realbin.sh", "tools")
	cmd.Stderr = os.Stderr
	dir, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(dir))
}

// equivalent compares what is not random: text byte by byte, or what it says as YAML.
func equivalent(name string, a, b []byte) bool {
	if slices.Contains([]string{".crt", ".cert", ".pem", ".pub", ".sops"}, path.Ext(name)) || bytes.Equal(a, b) {
		return true
	}
	var x, y any
	return yaml.Unmarshal(a, &x) == nil && yaml.Unmarshal(b, &y) == nil && x != nil && reflect.DeepEqual(x, y)
}
