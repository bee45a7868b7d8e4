package rollout_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/harender/harender/internal/change/rollout"
)

// wellNode has programs that say what a cluster of 1.35.4 says that is well.
func wellNode() map[string]string {
	return map[string]string{
		"curl":    "",
		"openssl": "",
		"kubectl": `case $* in */version) echo '{"gitVersion": "v1.35.4"}' ;; */metrics) echo up 1 ;; esac`,
		"etcdctl": `case $* in
*"member list") printf '%s\n' "1, started, m1, u, u, false" "2, started, m2, u, u, false" "3, started, m3, u, u, false" ;;
*"endpoint status") printf '%s\n' "u, 1, 3.5.26" "u, 2, 3.5.27" "u, 3, 3.6.1" ;;
*"snapshot save "*) for f; do :; done; echo saved >>"$f" ;;
esac`,
		"etcdutl": `for f; do :; done; test -s "$f"`,
	}
}

// TestPreconditions runs what an upgrade begins with: it succeeds where all is well, a second time and half way, too; and of what is
// not well, one command fails and says why.
func TestPreconditions(t *testing.T) {
	for name, c := range map[string]struct {
		program, does string
		says          string
	}{
		"all is well":                {},
		"half way":                   {"kubectl", `case $* in *10.0.0.1*/version) echo '{"gitVersion": "v1.36.3"}' ;; */version) echo '{"gitVersion": "v1.35.4"}' ;; esac`, ""},
		"another release":            {"kubectl", `case $* in *10.0.0.2*/version) echo '{"gitVersion": "v1.34.4"}' ;; */version) echo '{"gitVersion": "v1.35.4"}' ;; esac`, "m2 runs"},
		"an apiserver that is away":  {"kubectl", `echo refused >&2; exit 1`, "refused"},
		"an API that goes":           {"kubectl", `case $* in */version) echo '"v1.35.4"' ;; *10.0.0.3*) echo 'apiserver_requested_deprecated_apis{group="x",removed_release="1.36"} 1' ;; esac`, `group="x"`},
		"an API that goes later":     {"kubectl", `case $* in */version) echo '"v1.35.4"' ;; *) echo 'apiserver_requested_deprecated_apis{group="x",removed_release="1.40"} 1' ;; esac`, ""},
		"a member that is ill":       {"curl", `case $* in *:2379/health*) echo ill >&2; exit 22 ;; esac`, "ill"},
		"a certificate that ends":    {"openssl", `case $* in *server.pem) exit 1 ;; esac`, "server.pem ends soon"},
		"no program to look at them": {"openssl", "exit 127", "or cannot be read"},
		"an alarm":                   {"etcdctl", strings.Replace(wellNode()["etcdctl"], "case $* in", "case $* in\n*'alarm list') echo NOSPACE ;;", 1), "NOSPACE"},
		"etcd is away":               {"etcdctl", "echo gone >&2; exit 1", "gone"},
		"a learner":                  {"etcdctl", strings.Replace(wellNode()["etcdctl"], "m3, u, u, false", "m3, u, u, true", 1), "m3 true"},
		"a zombie":                   {"etcdctl", strings.Replace(wellNode()["etcdctl"], `"1, started`, `"9, started, m9, u, u, false" "1, started`, 1), "m9 false"},
		"an old member":              {"etcdctl", strings.Replace(wellNode()["etcdctl"], "3.5.27", "3.5.9", 1), "found: 3.5.9"},
		"a snapshot of nothing":      {"etcdutl", "echo torn >&2; exit 1", "torn"},
	} {
		t.Run(name, func(t *testing.T) {
			n := newStubs(t, c.program, c.does)
			for range 2 {
				if failed, said := n.follow(t); failed != (c.says != "") || !strings.Contains(said, c.says) {
					t.Errorf("failed: %t, and said %q, want %q", failed, said, c.says)
				}
			}
		})
	}
}

// stubs is a folder of programs in place of a node's, and of its files.
type stubs struct{ dir string }

func newStubs(t *testing.T, program, does string) stubs {
	t.Helper()
	all := wellNode()
	if program != "" {
		all[program] = does
	}
	s := stubs{t.TempDir()}
	for name, text := range all {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil { // #nosec G306 -- a program
			t.Fatal(err)
		}
	}
	return s
}

// ninetyDays is how long the certificate lasts.
func ninetyDays(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now(), NotAfter: time.Now().AddDate(0, 0, 90)}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// plannedUpgrade has certificates, and another minor of etcd.
func plannedUpgrade(t *testing.T) rollout.Plan {
	t.Helper()
	w := upgraded()
	w.facts.EtcdAtLeast = "3.5.26"
	cert := ninetyDays(t)
	for _, n := range both {
		for _, path := range []string{"etc/kubernetes/pki/etcd/server.pem", "etc/kubernetes/pki/kubelet/client.crt"} {
			if f, there := w.old.Directories[n].Files[path]; there {
				f.Content = cert
				w.old.Directories[n].Files[path], w.now.Directories[n].Files[path] = f, f
			}
		}
	}
	_, plan := w.make()
	return plan
}

// follow runs the first step up to the first command that fails.
func (s stubs) follow(t *testing.T) (failed bool, said string) {
	t.Helper()
	for _, c := range plannedUpgrade(t).Steps[0].Before {
		run := strings.ReplaceAll(c.Run, "/var/lib/etcd-before", s.dir+"/etcd-before")
		cmd := exec.Command("sh", "-c", run) // #nosec G204 -- a command of the plan
		cmd.Env = append(os.Environ(), "PATH="+s.dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			return true, string(out)
		}
	}
	return false, ""
}

// TestSnapshotKept: one from before is not replaced on the way, and an old one is.
func TestSnapshotKept(t *testing.T) {
	s := newStubs(t, "", "")
	file := filepath.Join(s.dir, "etcd-before-1.36.3.db")
	size := func() int64 {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	s.follow(t)
	first := size()
	s.follow(t)
	if size() != first {
		t.Error("a second run takes another snapshot")
	}
	old := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(file, old, old); err != nil {
		t.Fatal(err)
	}
	s.follow(t)
	if size() == first {
		t.Error("an old snapshot passes for one from before")
	}
}

// TestPreconditionsEnd: every command that asks something over the network has a time-out of its own.
func TestPreconditionsEnd(t *testing.T) {
	for _, c := range plannedUpgrade(t).Steps[0].Before {
		for program, ends := range map[string]string{"curl ": "--max-time", "kubectl ": "--request-timeout", "etcdctl ": "--command-timeout"} {
			if strings.Contains(c.Run, program) && !strings.Contains(c.Run, ends) {
				t.Errorf("no %s in %s", ends, c.Run)
			}
		}
	}
	if got := fmt.Sprint(plannedUpgrade(t).Steps[3].Before); !strings.Contains(got, "-checkend 604800 -in $c") {
		t.Errorf("workers: %s", got)
	}
}
