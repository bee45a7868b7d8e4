package repository_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/jsonnet"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/deliver/tree"
)

// run fails the test with what the tool says, or with how to get the tool.
func run(t *testing.T, debian, name string, args ...string) string {
	t.Helper()
	tool, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("this test needs %s: apt-get install %s", name, debian)
	}
	out, err := exec.Command(tool, args...).CombinedOutput() // #nosec G204 -- a test names the tool
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// written puts text into a file of a folder for this test alone.
func written(t *testing.T, name string, text []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// replaced fails where there is nothing to replace, so that a copy for a test never differs by accident.
func replaced(t *testing.T, text []byte, old, replacement string) []byte {
	t.Helper()
	if !bytes.Contains(text, []byte(old)) {
		t.Fatalf("nothing says %s in\n%s", old, text)
	}
	return bytes.ReplaceAll(text, []byte(old), []byte(replacement))
}

// checkHAProxy: haproxy loads the CA when it checks a configuration, and the rendered path is a node's. The copy names a
// CA made here; nothing else differs.
func checkHAProxy(t *testing.T, c compile.Compiled) {
	ca := written(t, "ca.crt", certificate(t))
	distinct(t, c, "etc/haproxy/haproxy.cfg", func(t *testing.T, _ plan.Node, f tree.File) {
		text := replaced(t, f.Content.Bytes(), "/etc/kubernetes/pki/ca.crt", ca)
		out := run(t, "haproxy", "haproxy", "-c", "-f", written(t, "haproxy.cfg", text))
		if strings.Contains(out, "WARNING") {
			t.Error(out)
		}
	})
}

// certificate is some CA, self-signed.
func certificate(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// checkKeepalived: keepalived wants the interface and the script to exist, so the copy names those that this machine has.
func checkKeepalived(t *testing.T, c compile.Compiled) {
	own := "interface " + someInterface(t) + "\n"
	distinct(t, c, "etc/keepalived/keepalived.conf", func(t *testing.T, n plan.Node, f tree.File) {
		text := replaced(t, f.Content.Bytes(), "interface "+n.Cluster.Interface+"\n", own)
		if script := newMachine(t, c, n).files["etc/keepalived/check-apiservers"]; script.content != nil {
			text = replaced(t, text, "/etc/keepalived/check-apiservers", executable(t, script.content))
		}
		out := run(t, "keepalived", "keepalived", "--config-test", "--log-console", "--use-file="+written(t, "keepalived.conf", text))
		if out != "" {
			t.Error(out)
		}
	})
}

// executable is a script in a folder that nobody else can write to, as keepalived demands.
func executable(t *testing.T, text []byte) string {
	t.Helper()
	file := written(t, "script", text)
	if err := os.Chmod(file, 0o700); err != nil { // #nosec G302 -- a script is there to be run
		t.Fatal(err)
	}
	return file
}

func someInterface(t *testing.T) string {
	t.Helper()
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if i.Flags&net.FlagLoopback == 0 {
			return i.Name
		}
	}
	t.Fatal("this test needs a network interface beside loopback: ip link add veth0 type veth")
	return ""
}

// packaged is the unit that the kubelet's package brings, in short.
const packaged = `[Unit]
Description=kubelet
[Service]
ExecStart=/usr/bin/kubelet
Restart=always
[Install]
WantedBy=multi-user.target
`

// checkUnit lets systemd judge the drop-in over the package's unit. The program is not installed here, so the copies name
// one that is.
func checkUnit(t *testing.T, c compile.Compiled) {
	distinct(t, c, "etc/systemd/system/kubelet.service.d/20-harender.conf", func(t *testing.T, n plan.Node, f tree.File) {
		unit := written(t, "kubelet.service", replaced(t, []byte(packaged), "/usr/bin/kubelet", "/bin/true"))
		dropIn := filepath.Join(unit+".d", filepath.Base(f.Path))
		if err := os.Mkdir(filepath.Dir(dropIn), 0o700); err != nil {
			t.Fatal(err)
		}
		text := f.Content.Bytes()
		if !n.Kubeadm {
			text = replaced(t, text, "/usr/bin/kubelet", "/bin/true")
		}
		if err := os.WriteFile(dropIn, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if out := run(t, "systemd", "systemd-analyze", "verify", "--man=no", unit); out != "" {
			t.Error(out)
		}
	})
}

// checkTmpfiles lets systemd make the folders, below a root of the test's own.
func checkTmpfiles(t *testing.T, c compile.Compiled) {
	distinct(t, c, "etc/tmpfiles.d/*.conf", func(t *testing.T, _ plan.Node, f tree.File) {
		root := filepath.Dir(filepath.Dir(written(t, "etc/passwd", []byte("root:x:0:0::/:/bin/sh\n"))))
		if err := os.WriteFile(filepath.Join(root, "etc/group"), []byte("root:x:0:\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, "systemd", "systemd-tmpfiles", "--create", "--root="+root, written(t, "copy.conf", f.Content.Bytes()))
		dir := strings.Fields(string(f.Content.Bytes()))[1]
		info, err := os.Stat(filepath.Join(root, dir))
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v %v", dir, info, err)
		}
	})
}

// TestWords: systemd would part words at blanks, and take % and \ for something else.
func TestWords(t *testing.T) {
	for value, want := range map[string]string{
		"plain":        "--x=plain",
		"${NODE_IP}":   "--x=${NODE_IP}",
		"${OTHER}":     "--x=$${OTHER}",
		"a b":          `"--x=a b"`,
		"it's":         `"--x=it's"`,
		`say "a"`:      `"--x=say \"a\""`,
		`C:\x`:         `"--x=C:\\x"`,
		"100%":         "--x=100%%",
		"two\nlines\t": `"--x=two\nlines\t"`,
	} {
		args := map[string]string{"value": strconv.Quote(value)}
		out, list := jsonnet.Evaluate(harender.Assets, "", "function(value) (import 'lib/flags.libsonnet').words({ x: value }, ['NODE_IP'])", args)
		if len(list) > 0 {
			t.Fatal(printed(t, list))
		}
		var got string
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%q becomes %s, want %s", value, got, want)
		}
	}
}
