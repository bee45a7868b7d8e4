package sums

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckedBySha256sum lets coreutils check a list, and find the file that was changed.
func TestCheckedBySha256sum(t *testing.T) {
	program, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Fatal("sha256sum is needed: install coreutils")
	}
	dir := t.TempDir()
	list := Sums{}
	for name, text := range map[string]string{"cluster/etcd-ca.crt": "one", "nodes/m1/a b.key.sops": "two", "retired/x.crt": ""} {
		list[name] = Of([]byte(text))
		write(t, filepath.Join(dir, name), text)
	}
	write(t, filepath.Join(dir, Name), string(list.Encode()))
	check := func() (string, error) {
		cmd := exec.Command(program, "--check", "--strict", "--quiet", Name) // #nosec G204 -- looked up above
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := check(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	write(t, filepath.Join(dir, "cluster/etcd-ca.crt"), "another")
	if out, err := check(); err == nil || !strings.Contains(out, "cluster/etcd-ca.crt: FAILED") {
		t.Errorf("%v\n%s", err, out)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestParse(t *testing.T) {
	want := Sums{"a.crt": Of(nil), "b/c.key.sops": Of([]byte("x"))}
	got, err := Parse(want.Encode())
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	line := Of(nil) + "  a.crt\n"
	for name, text := range map[string]string{
		"conflict": "<<<<<<< HEAD\n" + line, "short": line[1:], "binary mode": strings.Replace(line, "  ", " *", 1), "twice": line + line,
		"unsorted": strings.Replace(line, "a.crt", "b.crt", 1) + line, "no newline": strings.TrimSpace(line), "upper case": strings.ToUpper(line[:64]) + line[64:],
		"not ours": strings.Replace(line, "a.crt", "csr/a.crt", 1), "carriage return": strings.Replace(line, "\n", "\r\n", 1),
	} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestOurs(t *testing.T) {
	for name, want := range map[string]bool{
		"cluster/etcd-ca.crt": true, "cluster/service-account.pub": true, "nodes/m1/x.key.sops": true, "nodes/m1/x.source": true,
		"retired/nodes/m1/x-1f.crt": true, "ca-config.json": false, "csr/apiserver.json": false, "csr/x.crt": false, Name: false, "README.md": false,
	} {
		if Ours(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}
