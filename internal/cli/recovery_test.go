package cli_test

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/harender/harender/internal/proof/testtool"
)

// TestRecovery goes through docs/recovery.md block by block. After each, every certificate of every node is verified by what every
// node trusts, as it is and as it was before the block: a delivery reaches nodes one after the other.
func TestRecovery(t *testing.T) {
	work := t.TempDir()
	sops := testtool.Build(t, "github.com/getsops/sops/v3/cmd/sops")
	dir := filepath.Join(work, "prod")
	var before fleetTree
	total := 0
	all := blocks(t, "docs/recovery.md")
	for i, b := range all {
		if b.info != "sh" {
			continue
		}
		cmd := exec.Command("bash", "-euo", "pipefail", "-c", b.text) // #nosec G204 -- of the document
		cmd.Dir = work
		if i > 0 {
			cmd.Dir = dir
		}
		cmd.Env = []string{"PATH=" + filepath.Dir(sops) + ":" + os.Getenv("PATH"), "HOME=" + work, "SOPS_AGE_KEY_FILE=" + filepath.Join(work, "operator.txt")}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("line %d: %v\n%s", b.line, err, out)
		}
		now := readFleet(t, dir)
		for name, pair := range map[string][2]fleetTree{"now": {now, now}, "old nodes": {before, now}, "new nodes": {now, before}} {
			checked, faults := pair[0].verify(t, pair[1])
			for _, fault := range faults {
				t.Errorf("line %d: %s: %s", b.line, name, fault)
			}
			if before != nil && checked < 150 {
				t.Errorf("line %d: %s verify %d certificates", b.line, name, checked)
			}
			total += checked
		}
		before = now
	}
	t.Logf("%d certificates verified", total)
	opens(t, dir, sops, filepath.Join(work, "operator.txt"), 53)
	opens(t, dir, sops, filepath.Join(work, "lost.txt"), 0)
}

// fleetTree has the public files of each node.
type fleetTree map[string]map[string][]byte

func readFleet(t *testing.T, dir string) fleetTree {
	t.Helper()
	out := fleetTree{}
	rendered := os.DirFS(filepath.Join(dir, "rendered"))
	err := fs.WalkDir(rendered, ".", func(name string, d fs.DirEntry, err error) error {
		node, file, below := strings.Cut(name, "/")
		if err != nil || d.IsDir() || !below {
			return err
		}
		if out[node] == nil {
			out[node] = map[string][]byte{}
		}
		out[node][file], err = fs.ReadFile(rendered, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// verify has each node of this tree verify each certificate of each node of the other.
func (f fleetTree) verify(t *testing.T, other fleetTree) (checked int, faults []string) {
	t.Helper()
	for who, trusting := range f {
		for whose, files := range other {
			for name, text := range files {
				bundle := trusting[bundleOf(name)]
				if bundle == nil || !bytes.Contains(text, []byte("CERTIFICATE")) {
					continue
				}
				roots := x509.NewCertPool()
				roots.AppendCertsFromPEM(bundle)
				checked++
				if _, err := readCertificate(t, text).Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
					faults = append(faults, fmt.Sprintf("%s does not trust %s of %s: %v", who, name, whose, err))
				}
			}
		}
	}
	return checked, faults
}

// bundleOf is by what a certificate is verified; nothing for what is no leaf.
func bundleOf(name string) string {
	switch base := filepath.Base(name); {
	case strings.HasPrefix(base, "ca."), strings.HasSuffix(base, "-ca.crt"):
		return ""
	case strings.HasPrefix(name, "etc/kubernetes/pki/etcd/"):
		return "etc/kubernetes/pki/etcd/ca.pem"
	case base == "front-proxy-client.crt":
		return "srv/kubernetes/front-proxy-ca.crt"
	case strings.HasSuffix(name, ".crt"), strings.HasSuffix(name, ".cert"):
		return "etc/kubernetes/pki/ca.crt"
	}
	return ""
}

// opens counts the sealed files in use that stock sops opens with the key, and wants that many.
func opens(t *testing.T, dir, sops, key string, want int) {
	t.Helper()
	var closed []string
	opened := 0
	err := filepath.WalkDir(filepath.Join(dir, "secrets"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".sops") || strings.Contains(name, "/retired/") {
			return err
		}
		cmd := exec.Command(sops, "decrypt", "--input-type", "binary", "--output-type", "binary", name) // #nosec G204 -- stock sops, with the test's file
		cmd.Env = []string{"SOPS_AGE_KEY_FILE=" + key, "HOME=" + filepath.Dir(key)}
		if plain, err := cmd.Output(); err == nil && len(plain) > 0 {
			opened++
		} else {
			closed = append(closed, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if opened != want || want > 0 && len(closed) > 0 {
		t.Errorf("%s opens %d files, not %d; it does not open %q", filepath.Base(key), opened, want, closed)
	}
}

// TestReplacedAtOnce is the control: authorities that are replaced in one step cut nodes off from each other.
func TestReplacedAtOnce(t *testing.T) {
	o, dir := newOperator(t), filepath.Join(t.TempDir(), "c")
	o.must(t, "init", dir, "--control-plane", "1", "--workers", "1")
	o.must(t, "build", dir)
	before := readFleet(t, dir)
	must(t, os.RemoveAll(filepath.Join(dir, "secrets")))
	must(t, os.RemoveAll(filepath.Join(dir, "rendered")))
	o.must(t, "build", dir)
	now := readFleet(t, dir)
	if checked, faults := now.verify(t, before); checked == 0 || len(faults) != checked {
		t.Errorf("%d of %d certificates are not trusted", len(faults), checked)
	}
	if checked, faults := now.verify(t, now); checked == 0 || len(faults) != 0 {
		t.Errorf("%d of %d certificates are not trusted: %q", len(faults), checked, faults)
	}
}
