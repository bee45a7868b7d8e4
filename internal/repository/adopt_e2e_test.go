//go:build e2e

package repository_test

import (
	"crypto/rand"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/keys/adopt"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/proof/testtool"
	"github.com/harender/harender/internal/repository"
)

const adoptedSpec = `apiVersion: harender.io/v1alpha1
kind: Cluster
metadata: {name: c}
spec:
  bootstrap: %s
  endpoint: {host: 10.5.0.10}
  loadBalancer: {kind: external}
  networks: {nodes: [10.5.0.0/24]}
  nodes:
    - {name: m1, address: 10.5.0.11, roles: [etcd, control-plane]}
    - {name: m2, address: 10.5.0.12, roles: [etcd, control-plane]}
    - {name: m3, address: 10.5.0.13, roles: [etcd, control-plane]}
    - {name: w1, address: 10.5.0.21, roles: [worker]}
`

const initConfiguration = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
nodeRegistration: {name: m%[1]d}
localAPIEndpoint: {advertiseAddress: 10.5.0.1%[1]d}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.37.2
certificatesDir: %[2]s/m%[1]d/pki
controlPlaneEndpoint: 10.5.0.10:6443
apiServer: {certSANs: [%[3]s]}
`

// TestKubeadmAdopted has the real kubeadm make the PKI of three masters, and wants a build to keep all of it that serves:
// the authorities, the service account key, and the certificates that are listed, of each master.
func TestKubeadmAdopted(t *testing.T) {
	always := []string{"apiserver-kubelet-client", "etcd-server", "front-proxy-client", "kube-controller-manager", "kube-scheduler", "kubelet-client"}
	for name, c := range map[string]struct {
		bootstrap, names string
		kept             []string
		issued           int
	}{
		"static pods":           {"staticPods", "", always, 28},
		"static pods, all SANs": {"staticPods", `localhost, 127.0.0.1, "::1"`, append([]string{"apiserver"}, always...), 25},
		"kubeadm":               {"kubeadm", "", append([]string{"etcd-healthcheck-client", "kubernetes-admin"}, always...), 22},
	} {
		t.Run(name, func(t *testing.T) {
			old := t.TempDir()
			kubeadmPKI(t, old, c.names)
			root, env := adopting(t, fmt.Sprintf(adoptedSpec, c.bootstrap))
			taken, list, err := repository.Import(t.Context(), root, env, offered(t, old), "")
			if err != nil || list.HasErrors() {
				t.Fatal(err, printed(t, list))
			}
			want := []string{"cluster/etcd-ca", "cluster/front-proxy-ca", "cluster/kubernetes-ca", "cluster/service-account"}
			for _, node := range []string{"m1", "m2", "m3"} {
				for _, id := range c.kept {
					want = append(want, "nodes/"+node+"/"+id)
				}
			}
			slices.Sort(want)
			if got := importedIDs(taken); !slices.Equal(got, want) {
				t.Errorf("imported\n%q, not\n%q", got, want)
			}
			report, list, err := repository.Build(t.Context(), root, env, repository.Options{})
			if err != nil || list.HasErrors() {
				t.Fatal(err, printed(t, list))
			}
			if got := report.Counts; got != (issue.Counts{Kept: len(want), Issued: c.issued}) {
				t.Errorf("%+v; %d should be kept and %d issued", got, len(want), c.issued)
			}
			for ca, authority := range map[string]string{"ca": "kubernetes-ca", "etcd/ca": "etcd-ca", "front-proxy-ca": "front-proxy-ca"} {
				verifyAdopted(t, filepath.Join(old, "m1/pki", ca+".crt"), filepath.Join(root, "secrets"), authority)
			}
		})
	}
}

func kubeadmPKI(t *testing.T, old, names string) {
	t.Helper()
	kubeadm := filepath.Join(testtool.Set(t, "kubernetes"), "kubeadm")
	for n := 1; n <= 3; n++ {
		if n > 1 {
			copyShared(t, filepath.Join(old, "m1/pki"), filepath.Join(old, fmt.Sprintf("m%d/pki", n)))
		}
		config := written(t, "kubeadm.yaml", fmt.Appendf(nil, initConfiguration, n, old, names))
		for _, phase := range [][]string{{"certs", "all"}, {"kubeconfig", "all", "--kubeconfig-dir", filepath.Join(old, fmt.Sprintf("m%d", n))}} {
			cmd := exec.Command(kubeadm, append(append([]string{"init", "phase"}, phase...), "--config", config)...) // #nosec G204 -- a witness
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", cmd, err, out)
			}
		}
	}
}

// copyShared copies what all masters have, as kubeadm's --upload-certs does.
func copyShared(t *testing.T, from, to string) {
	t.Helper()
	files := map[string]string{}
	for _, name := range []string{"ca", "etcd/ca", "front-proxy-ca"} {
		for _, extension := range []string{".crt", ".key"} {
			files[name+extension] = string(read(t, filepath.Join(from, name+extension)))
		}
	}
	files["sa.key"], files["sa.pub"] = string(read(t, filepath.Join(from, "sa.key"))), string(read(t, filepath.Join(from, "sa.pub")))
	lay(t, to, files)
}

func adopting(t *testing.T, spec string) (root string, env repository.Environment) {
	t.Helper()
	identity := testtool.Age(t)
	root = t.TempDir()
	lay(t, root, map[string]string{"cluster.yaml": spec, ".sops.yaml": "creation_rules:\n  - age: " + identity.Recipient().String() + "\n"})
	return root, repository.Environment{
		Builtin: harender.Assets, Now: time.Now, Rand: rand.Reader,
		LookupEnv: func(name string) (string, bool) { return identity.String(), name == "SOPS_AGE_KEY" },
	}
}

func offered(t *testing.T, dir string) adopt.Found {
	t.Helper()
	var files []adopt.File
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files = append(files, adopt.File{Name: name, Content: secret.NewPlain(read(t, filepath.Join(dir, name)))})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return adopt.Read(files)
}

func importedIDs(taken []issue.Outcome) []string {
	var out []string
	for _, t := range taken {
		if t.Action == issue.Imported {
			out = append(out, t.ID)
		}
	}
	slices.Sort(out)
	return out
}

// verifyAdopted lets openssl verify every certificate of an authority, adopted or issued, by the authority that kubeadm made.
func verifyAdopted(t *testing.T, ca, secrets, authority string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(secrets, "nodes/*/*.crt"))
	if err != nil {
		t.Fatal(err)
	}
	mine := slices.DeleteFunc(all, func(file string) bool {
		return issuerOf(filepath.Base(file)) != authority
	})
	out := run(t, "openssl", "openssl", append([]string{"verify", "-CAfile", ca}, mine...)...)
	if n := strings.Count(out, ": OK"); n != len(mine) || n == 0 {
		t.Errorf("%s: %d of %d verify\n%s", authority, n, len(mine), out)
	}
}

func issuerOf(name string) string {
	switch {
	case strings.HasPrefix(name, "etcd-"):
		return "etcd-ca"
	case strings.HasPrefix(name, "front-proxy-"):
		return "front-proxy-ca"
	}
	return "kubernetes-ca"
}
