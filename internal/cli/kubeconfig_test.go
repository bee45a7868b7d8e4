package cli_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	harender "github.com/harender/harender"
	"github.com/harender/harender/internal/cli"
	"github.com/harender/harender/internal/proof/testtool"
	"github.com/harender/harender/internal/repository"
)

// operator is a person at a terminal, with an age key in a file of the test's own.
type operator struct {
	key   string
	ahead time.Duration
	shown bool
}

func newOperator(t *testing.T) operator {
	return operator{key: filepath.Join(t.TempDir(), "operator.txt")}
}

// run is one command line in this process.
func (o operator) run(args ...string) (code int, stdout, stderr string) {
	var out, messages bytes.Buffer
	code = cli.Run(context.Background(), args, cli.Environment{
		Environment: repository.Environment{
			Builtin: harender.Assets, Rand: rand.Reader, Now: func() time.Time { return time.Now().Add(o.ahead) },
			LookupEnv: func(name string) (string, bool) { return o.key, name == "SOPS_AGE_KEY_FILE" },
		},
		In: strings.NewReader(""), Out: &out, Err: &messages, Shown: o.shown,
	})
	return code, out.String(), messages.String()
}

// must is a command line that succeeds.
func (o operator) must(t *testing.T, args ...string) string {
	t.Helper()
	code, stdout, stderr := o.run(args...)
	if code != 0 {
		t.Fatalf("harender %s: exit code %d\n%s", strings.Join(args, " "), code, stderr)
	}
	return stdout
}

// TestKubeconfig has the real kubectl connect with what the program wrote: it trusts the server, and the server knows it.
func TestKubeconfig(t *testing.T) {
	o, dir := newOperator(t), filepath.Join(t.TempDir(), "c")
	o.must(t, "init", dir, "--control-plane", "1", "--workers", "1")
	o.must(t, "build", dir)
	server := apiserver(t, o, dir)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"kubecfg"}, "kubecfg [system:masters]"},
		{[]string{"kubelet-client", "--node", "w1"}, "system:node:w1 [system:nodes]"},
		{[]string{"system:kube-scheduler"}, "system:kube-scheduler []"},
		{[]string{"anna", "--group", "developers", "--group", "on, call", "--validity", "1h"}, "anna [on, call developers]"},
		{[]string{"Ünï: #\"'\\ x", "--validity", "1h"}, "Ünï: #\"'\\ x []"},
	} {
		file := filepath.Join(t.TempDir(), "user.conf")
		o.must(t, append([]string{"kubeconfig", "--server", server, "--out", file, c.args[0], dir}, c.args[1:]...)...)
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v: %v %v", c.args, info, err)
		}
		if got := kubectl(t, file, "get", "--raw", "/"); got != c.want {
			t.Errorf("%v: the server sees %s, want %s", c.args, got, c.want)
		}
	}
}

// TestKubeconfigOfAnother cluster of the same name and servers opens nothing: neither side trusts the other.
func TestKubeconfigOfAnother(t *testing.T) {
	o, own, other := newOperator(t), filepath.Join(t.TempDir(), "c"), filepath.Join(t.TempDir(), "c")
	for _, dir := range []string{own, other} {
		o.must(t, "init", dir, "--control-plane", "1", "--workers", "0")
		o.must(t, "build", dir)
	}
	file := filepath.Join(t.TempDir(), "user.conf")
	o.must(t, "kubeconfig", "kubecfg", other, "--server", apiserver(t, o, own), "--out", file)
	cmd := exec.Command(filepath.Join(testtool.Set(t, "kubernetes"), "kubectl"), "--kubeconfig", file, "get", "--raw", "/") // #nosec G204 -- kubectl, with the test's file
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "certificate signed by unknown authority") {
		t.Errorf("kubectl: %v\n%s", err, out)
	}
}

// TestKubeconfigShown warns on a terminal alone.
func TestKubeconfigShown(t *testing.T) {
	o, dir := newOperator(t), filepath.Join(t.TempDir(), "c")
	o.must(t, "init", dir, "--control-plane", "1", "--workers", "0")
	o.must(t, "build", dir)
	const warning = "warning: a private key is shown on this terminal\n"
	for _, shown := range []bool{false, true} {
		o.shown = shown
		code, stdout, stderr := o.run("kubeconfig", "anna", dir, "--validity", "1h")
		if code != 0 || strings.Contains(stderr, warning) != shown {
			t.Errorf("shown %v: exit code %d\n%s", shown, code, stderr)
		}
		if _, err := clientcmd.Load([]byte(stdout)); err != nil {
			t.Errorf("shown %v: %v", shown, err)
		}
	}
	_, _, stderr := o.run("kubeconfig", "anna", dir, "--validity", "1h", "--out", filepath.Join(t.TempDir(), "f"))
	if strings.Contains(stderr, warning) {
		t.Errorf("nothing is shown, and yet:\n%s", stderr)
	}
}

// TestKubeconfigTime: the certificate of a new user ends when it was said, and never after its authority.
func TestKubeconfigTime(t *testing.T) {
	o, dir := newOperator(t), filepath.Join(t.TempDir(), "c")
	o.must(t, "init", dir, "--control-plane", "1", "--workers", "0")
	o.must(t, "build", dir)
	ca := readCertificate(t, []byte(mustRead(t, filepath.Join(dir, "secrets/cluster/kubernetes-ca.crt"))))
	for _, c := range []struct {
		ahead, validity, want time.Duration
		warned                bool
	}{
		{0, 24 * time.Hour, 24 * time.Hour, false},
		{0, time.Minute, time.Minute, false},
		{0, 100000 * time.Hour, 87600*time.Hour - 5*time.Minute, true},
		{87590 * time.Hour, 24 * time.Hour, 10*time.Hour - 5*time.Minute, true},
	} {
		o.ahead = c.ahead
		now := time.Now().Add(c.ahead)
		code, stdout, stderr := o.run("kubeconfig", "anna", dir, "--validity", c.validity.String())
		if code != 0 || strings.Contains(stderr, "warning: the certificate of \"anna\" ends at ") != c.warned {
			t.Fatalf("%v: exit code %d\n%s", c, code, stderr)
		}
		config, err := clientcmd.Load([]byte(stdout))
		if err != nil {
			t.Fatal(err)
		}
		cert := readCertificate(t, config.AuthInfos["anna"].ClientCertificateData)
		if left := cert.NotAfter.Sub(now); (left - c.want).Abs() > time.Minute/2 {
			t.Errorf("%v: it ends in %v", c, left)
		}
		if back := now.Sub(cert.NotBefore); (back - 5*time.Minute).Abs() > time.Minute/2 {
			t.Errorf("%v: it began %v ago", c, back)
		}
		if cert.NotAfter.After(ca.NotAfter) {
			t.Errorf("%v: it ends at %s, after its authority", c, cert.NotAfter)
		}
	}
	o.ahead = 87600 * time.Hour
	if code, stdout, stderr := o.run("kubeconfig", "anna", dir, "--group", "g"); code != 1 || stdout != "" || !strings.Contains(stderr, "error: cluster/kubernetes-ca expired at ") {
		t.Errorf("an authority that has ended signs: exit code %d\n%s%s", code, stdout, stderr)
	}
	if code, stdout, stderr := o.run("kubeconfig", "kubecfg", dir); code != 1 || stdout != "" || !strings.Contains(stderr, "error: nodes/m1/kubecfg expired at ") {
		t.Errorf("a certificate that has ended is handed out: exit code %d\n%s%s", code, stdout, stderr)
	}
}

// apiserver stands in for one: it shows the certificate of m1, demands one of the cluster's clients, and answers with the
// user and the groups that it reads there.
func apiserver(t *testing.T, o operator, dir string) (url string) {
	t.Helper()
	cert := mustRead(t, filepath.Join(dir, "rendered/m1/srv/kubernetes/server.cert"))
	sops := exec.Command(testtool.Build(t, "github.com/getsops/sops/v3/cmd/sops"), "decrypt", "--input-type", "binary", "--output-type", "binary",
		filepath.Join(dir, "rendered/m1/srv/kubernetes/server.key.sops")) // #nosec G204 -- stock sops, with the test's file
	sops.Env = append(os.Environ(), "SOPS_AGE_KEY_FILE="+o.key)
	key, err := sops.Output()
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair([]byte(cert), key)
	if err != nil {
		t.Fatal(err)
	}
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM([]byte(mustRead(t, filepath.Join(dir, "rendered/m1/srv/kubernetes/ca.crt"))))
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &httptest.Server{Listener: listener, Config: &http.Server{
		ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			subject := r.TLS.PeerCertificates[0].Subject
			_, _ = fmt.Fprintf(w, "%s %v", subject.CommonName, subject.Organization)
		}),
	}}
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

func kubectl(t *testing.T, kubeconfig string, args ...string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(testtool.Set(t, "kubernetes"), "kubectl"), append([]string{"--kubeconfig", kubeconfig}, args...)...) // #nosec G204 -- kubectl, with the test's file
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, &stderr)
	}
	return string(out)
}

func readCertificate(t *testing.T, text []byte) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(text)
	if block == nil {
		t.Fatalf("no PEM: %s", text)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func mustRead(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
