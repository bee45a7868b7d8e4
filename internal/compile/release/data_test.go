package release_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/proof/testtool"
)

// TestData holds the data of the newest minor to what its programs say. The other minors are for make e2e: their programs
// take minutes each to build.
func TestData(t *testing.T) {
	known, list := release.Known(harender.Assets)
	if list.HasErrors() {
		t.Fatal(list)
	}
	newest, _ := cluster.ParseVersion(known.Newest())
	checkData(t, newest.Series())
}

// TestModules: what is taken from Kubernetes' own modules is taken for every minor that a module was made for.
func TestModules(t *testing.T) {
	minors := modules(t)
	known, _ := release.Known(harender.Assets)
	for minor := range known {
		// Its modules do not build any more: its data are from documents.
		if minor != "1.9" && !slices.Contains(minors, minor) {
			t.Errorf("there is no testdata/versions/%s.mod: testdata/versions/module.sh makes one", minor)
		}
	}
}

// TestLikeNewest: what is written by hand for the newest minor is written for the others too, so that no minor is forgotten.
// The values may differ, and a flag need be set only where the component has it and nothing is said against it.
func TestLikeNewest(t *testing.T) {
	known, _ := release.Known(harender.Assets)
	v, _ := cluster.ParseVersion(known.Newest())
	newest := curated(t, v.Series())
	for _, minor := range modules(t) {
		for one, other := range map[string]string{minor: v.Series(), v.Series(): minor} {
			have := curated(t, other)
			for name := range curated(t, one).keys {
				component, flag, isFlag := strings.Cut(name, " --")
				f, taken := have.flags[component].Flags[flag]
				if !have.keys[name] && (!isFlag || taken && f.Deprecated == "") {
					t.Errorf("%s.json has %s, and %s.json has not", one, name, other)
				}
			}
		}
	}
	if len(newest.keys) < 20 {
		t.Errorf("only %d keys", len(newest.keys))
	}
}

// byHand are the keys of a minor's own file, and the flags that its components have.
type byHand struct {
	keys  map[string]bool
	flags release.Flags
}

func curated(t *testing.T, minor string) byHand {
	t.Helper()
	r, list := release.Read(harender.Assets, minor)
	facts, found := release.ReadFacts(harender.Assets, minor)
	if list = append(list, found...); list.HasErrors() {
		t.Fatal(list)
	}
	out := byHand{map[string]bool{}, facts.Flags}
	for name := range r.Images {
		out.keys["the image "+name] = true
	}
	for kind := range r.APIVersions {
		out.keys["the version of "+kind] = true
	}
	for component, set := range r.Flags {
		for flag := range set {
			out.keys[component+" --"+flag] = true
		}
	}
	return out
}

// modules are the minors that testdata/versions has requirements for.
func modules(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(testtool.Testdata(t), "versions", "*.mod"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		if minor := strings.TrimSuffix(filepath.Base(f), ".mod"); minor != "go" {
			out = append(out, minor)
		}
	}
	return out
}

// checkData makes the data of a minor again, and compares. make versions takes what is new.
func checkData(t *testing.T, minor string) {
	t.Helper()
	programs, module := testtool.Set(t, "versions", minor), filepath.Join(testtool.Testdata(t), "versions")
	made := t.TempDir()
	output(t, module, filepath.Join(programs, "collect"), minor, programs, made)
	output(t, module, filepath.Join(programs, "types"), minor, made)
	for _, name := range []string{"admission.json", "apis.json", "flags.json", "gates.json", "types.json"} {
		have, err := os.ReadFile(filepath.Join("../../../lib/versions", minor, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(made, name)) // #nosec G304 -- made above
		if err != nil {
			t.Fatal(err)
		}
		if d := diff.Diff(minor+"/"+name, have, "made again", want); d != nil {
			t.Errorf("run make versions, and review:\n%s", d)
		}
	}
	checkCurated(t, minor, module, filepath.Join(programs, "kubeadm"))
}

// newerEtcd are images of etcd newer than kubeadm's, of the same minor: from these, the next minor of etcd may be taken
// (lib/versions/steps/etcd.json). The registry has them since kubernetes/k8s.io#9672.
var newerEtcd = map[string]string{"1.33": "registry.k8s.io/etcd:3.5.32-0", "1.36": "registry.k8s.io/etcd:3.6.13-0"}

// checkCurated holds the release, the images and the versions of configuration files that the library takes to those of
// kubeadm and of the module.
func checkCurated(t *testing.T, minor, module, kubeadm string) {
	t.Helper()
	r, list := release.Read(harender.Assets, minor)
	if list.HasErrors() {
		t.Fatal(list)
	}
	if v := output(t, module, "go", "list", "-modfile="+minor+".mod", "-m", "-f", "{{.Version}}", "k8s.io/kubernetes"); v != "v"+r.Default {
		t.Errorf("%s.json is of %s, and the module of %s", minor, r.Default, v)
	}
	var said struct{ Images map[string]string }
	if err := json.Unmarshal([]byte(output(t, module, kubeadm)), &said); err != nil {
		t.Fatal(err)
	}
	if len(said.Images) != 3 {
		t.Errorf("kubeadm names %v", said.Images)
	}
	for name, image := range said.Images {
		if r.Images[name] != image && r.Images[name] != newerEtcd[minor] {
			t.Errorf("%s.json has the image %s, and kubeadm %s", minor, r.Images[name], image)
		}
	}
	checkShipped(t, r, output(t, module, "go", "list", "-modfile="+minor+".mod", "-m", "-f", "{{.Dir}}", "k8s.io/kubernetes"))
}

// checkShipped holds the images of DNS to the manifests in the source of Kubernetes.
func checkShipped(t *testing.T, r release.Release, source string) {
	t.Helper()
	for name, manifest := range map[string]string{
		"dns-autoscaler":   "dns-horizontal-autoscaler/dns-horizontal-autoscaler.yaml",
		"kube-dns":         "dns/kube-dns/kube-dns.yaml.base",
		"kube-dns-dnsmasq": "dns/kube-dns/kube-dns.yaml.base",
		"kube-dns-sidecar": "dns/kube-dns/kube-dns.yaml.base",
		"node-cache":       "dns/nodelocaldns/nodelocaldns.yaml",
	} {
		text, err := os.ReadFile(filepath.Join(source, "cluster/addons", manifest)) // #nosec G304 -- a module
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "image: "+r.Images[name]+"\n") {
			t.Errorf("%s has another image of %s than %q", manifest, name, r.Images[name])
		}
	}
}

func output(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...) // #nosec G204 -- the calls above
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	return strings.TrimSpace(string(out))
}
