package repository_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/proof/testtool"
	"github.com/harender/harender/internal/repository"
	"github.com/harender/harender/internal/repository/scaffold"
)

// fleet is a repository as init makes it.
type fleet struct {
	dir  string
	spec string
	env  repository.Environment
}

func newFleet(t testing.TB, masters, workers int) fleet {
	t.Helper()
	operator := testtool.Age(t)
	made, err := scaffold.Files(scaffold.Options{
		Name: "fleet", ControlPlane: masters, Workers: workers, KubernetesVersion: "1.37.2", LoadBalancer: "keepalived",
		FirstAddress: netip.MustParseAddr("10.0.0.11"), Recipient: operator.Recipient().String(),
	})
	if err != nil {
		t.Fatal(err)
	}
	f := fleet{dir: t.TempDir(), spec: string(made["cluster.yaml"]), env: repository.Environment{
		Builtin: harender.Assets, Now: time.Now, Rand: rand.Reader,
		LookupEnv: func(name string) (string, bool) { return operator.String(), name == "SOPS_AGE_KEY" },
	}}
	for name, content := range made {
		if err := os.WriteFile(filepath.Join(f.dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func (f fleet) build(t testing.TB) repository.Report {
	t.Helper()
	report, list, err := repository.Build(context.Background(), f.dir, f.env, repository.Options{})
	if err != nil || list.HasErrors() {
		t.Fatal(err, list)
	}
	return report
}

// edit gives the node w2 a field.
func (f fleet) edit(t *testing.T, field string) {
	t.Helper()
	const name = "name: w2,"
	spec := replaced(t, []byte(f.spec), name, name+" "+field+",")
	if err := os.WriteFile(filepath.Join(f.dir, "cluster.yaml"), spec, 0o600); err != nil {
		t.Fatal(err)
	}
}

// objects tells the files below secrets/ and rendered/ apart: a file that was written again is another one, even with the
// same bytes.
func (f fleet) objects(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, top := range []string{"secrets", repository.Output} {
		err := fs.WalkDir(os.DirFS(f.dir), top, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			stat, ok := info.Sys().(*syscall.Stat_t)
			if !ok {
				return fmt.Errorf("%s has no inode", name)
			}
			found[name] = fmt.Sprintf("inode %d of %s", stat.Ino, info.ModTime())
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// TestOneNode: what changes for one node touches no file of another, and no more of its own than it must.
func TestOneNode(t *testing.T) {
	for _, c := range []struct {
		name, field string
		touched     []string
	}{
		{"label", "labels: {example.org/rack: a1}", []string{
			"rendered/w2.index.json", "rendered/w2/etc/kubernetes/kubelet.env",
		}},
		{"flag", "extraArgs: {kubelet: {v: 4}}", []string{
			"rendered/w2.index.json", "rendered/w2/etc/systemd/system/kubelet.service.d/20-harender.conf",
		}},
		{"SAN", "publicAddress: 203.0.113.11", []string{
			"rendered/w2.index.json",
			"rendered/w2/etc/kubernetes/pki/kubelet/server.crt", "rendered/w2/etc/kubernetes/pki/kubelet/server.key.sops",
			"secrets/SHA256SUMS",
			"secrets/nodes/w2/kubelet-server.crt", "secrets/nodes/w2/kubelet-server.key.sops",
			"secrets/retired/nodes/w2/kubelet-server.crt", "secrets/retired/nodes/w2/kubelet-server.key.sops",
		}},
		{"nothing", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFleet(t, 3, 3)
			f.build(t)
			before := f.objects(t)
			if c.field != "" {
				f.edit(t, c.field)
			}
			f.build(t)
			if got := touched(before, f.objects(t)); !slices.Equal(got, c.touched) {
				t.Errorf("rewritten or removed:\n%s\nnot:\n%s", strings.Join(got, "\n"), strings.Join(c.touched, "\n"))
			}
		})
	}
}

// touched are the files that are not what they were, without the serial number in the names of retired ones.
func touched(before, after map[string]string) []string {
	var out []string
	for name := range maps.Keys(after) {
		if before[name] != after[name] {
			out = append(out, name)
		}
	}
	for name := range before {
		if _, there := after[name]; !there {
			out = append(out, name)
		}
	}
	for i, name := range out {
		if stem, serial, retired := strings.Cut(filepath.Base(name), "-server-"); retired {
			_, extension, _ := strings.Cut(serial, ".")
			out[i] = filepath.Dir(name) + "/" + stem + "-server." + extension
		}
	}
	slices.Sort(out)
	return out
}

// The benchmarks are for profiles; make bench measures whole processes.

func BenchmarkFirst(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		f := newFleet(b, 5, 1000)
		b.StartTimer()
		f.build(b)
	}
}

func BenchmarkNoChange(b *testing.B) {
	f := newFleet(b, 5, 1000)
	f.build(b)
	for b.Loop() {
		f.build(b)
	}
}
