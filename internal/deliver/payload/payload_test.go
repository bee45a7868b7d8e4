package payload_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	harender "github.com/harender/harender"
	"github.com/harender/harender/internal/deliver/payload"
	"github.com/harender/harender/internal/keys/secret"
)

// file is a file of root's in the clear.
func file(path, content string) payload.File {
	return payload.File{Path: path, Mode: 0o644, Owner: "root", Group: "root", Content: secret.NewPlain([]byte(content))}
}

// sealed is a sealed file, whose sops metadata say that much.
func sealed(path, metadata string) payload.File {
	f := file(path, `{"data": "ENC[AES256_GCM,]", "sops": {`+metadata+`}}`)
	f.Sealed, f.Mode, f.SHA256 = true, 0o600, strings.Repeat("0", 64)
	return f
}

func made(t *testing.T, r payload.Request, files ...payload.File) string {
	t.Helper()
	m, list, err := payload.Make([]payload.Node{{Name: "m1.example", Index: []byte("{}\n"), Files: files}}, r)
	if err != nil || len(list) > 0 || len(m.Files) == 0 {
		t.Fatalf("%v %v, %d files", err, list, len(m.Files))
	}
	return string(m.Files[0].Content.Reveal())
}

// TestContents: whatever a file holds, cloud-init's reader gets it back. Its YAML is of another family than the writer's.
func TestContents(t *testing.T) {
	contents := []string{
		"", "\n", "\n\n", "a", "a\n", "a\n\n\n", " a\n", "  a\n b\n", "\ta\n", "a \nb\n", "a\r\nb\r\n", "#cloud-config\n", "---\n...\n", "- a: [\n",
		"ü\n", "\x00\xff", "'\"`$%{{x}}\n", "no", "0644", "key: |\n  text\n\n", strings.Repeat("long ", 400) + "\n", "\u2028", "\ufeffa\n",
	}
	var files []payload.File
	for i, c := range contents {
		files = append(files, file(fmt.Sprintf("etc/%02d", i), c))
	}
	text := made(t, payload.Request{Format: payload.CloudInit}, files...)
	const script = `
import base64, json, sys, yaml
files = yaml.safe_load(sys.stdin.buffer)["write_files"]
print(json.dumps([list(base64.b64decode(f["content"]) if f.get("encoding") else f["content"].encode()) for f in files]))`
	cmd := exec.Command("/usr/bin/python3", "-c", script)
	cmd.Stdin = strings.NewReader(text)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("/usr/bin/python3 with yaml (install Debian's cloud-init): %v\n%s", err, &complaints)
	}
	var got [][]int
	if err := json.Unmarshal(out, &got); err != nil || len(got) != len(contents)+1 {
		t.Fatalf("%d files, %v", len(got), err)
	}
	for i, want := range contents {
		var b []byte
		for _, n := range got[i] {
			b = append(b, byte(n)) // #nosec G115 -- a byte, as Python says it
		}
		if string(b) != want {
			t.Errorf("%q became %q", want, b)
		}
	}
}

// TestHostName: a name with dots stays whole, and a file of an overlay wins.
func TestHostName(t *testing.T) {
	var c struct {
		Hostname, FQDN string
		Prefer         bool  `yaml:"prefer_fqdn_over_hostname"`
		DeleteKeys     *bool `yaml:"ssh_deletekeys"`
	}
	if err := yaml.Unmarshal([]byte(made(t, payload.Request{Format: payload.CloudInit})), &c); err != nil {
		t.Fatal(err)
	}
	if c.Hostname != "m1.example" || c.FQDN != "m1.example" || !c.Prefer || c.DeleteKeys != nil {
		t.Errorf("%+v", c)
	}
	text := made(t, payload.Request{Format: payload.Ignition, IgnitionVersion: "3.3.0"}, file("etc/hostname", "own\n"))
	if n := strings.Count(text, `"/etc/hostname"`); n != 1 || !strings.Contains(text, "b3duCg==") {
		t.Errorf("%d host names: %s", n, text)
	}
}

// TestHostKeys: cloud-init makes new SSH host keys at first, unless they open the node's files.
func TestHostKeys(t *testing.T) {
	for recipient, want := range map[string]bool{`"age": [{"recipient": "ssh-ed25519 AAAA"}]`: true, `"age": [{"recipient": "age1q"}]`: false} {
		text := made(t, payload.Request{Format: payload.CloudInit}, sealed("k", recipient))
		if strings.Contains(text, "\nssh_deletekeys: false\n") != want {
			t.Errorf("%s: %s", recipient, text)
		}
	}
}

// TestUnsealNetwork: where a key service opens files, the network is there before; and only services wait.
func TestUnsealNetwork(t *testing.T) {
	files := []payload.File{
		file("etc/systemd/system-preset/50-x.preset", "# text\nenable etcd.service\nenable x.timer\nenable var-lib.mount\ndisable y.service\n"),
		file("etc/systemd/system/kubelet.service.d/20-harender.conf", ""),
	}
	for metadata, network := range map[string]bool{`"kms": [{}]`: true, `"hc_vault": [{}]`: true, `"age": [{}]`: false} {
		text := made(t, payload.Request{Format: payload.CloudInit, Memory: network}, append(files, sealed("k", metadata))...)
		for part, want := range map[string]bool{
			"Wants=network-online.target": network, " network-online.target\n": network,
			"Before=etcd.service kubelet.service\n": true, "RequiredBy=etcd.service kubelet.service\n": true,
			"unseal.sh memory\n": network, "unseal.sh disk\n": !network,
		} {
			if strings.Contains(text, part) != want {
				t.Errorf("%s: %q: %v", metadata, part, !want)
			}
		}
	}
}

// TestAccounts: owners of files alone, by all forms of their line.
func TestAccounts(t *testing.T) {
	lines := "# text\nu a - \"A b\" /home/a /bin/sh\nu b\ng c 5\nu other\nm a c\nu d - - /srv\nu e - \"E\" -\n"
	files := []payload.File{file("etc/sysusers.d/x.conf", lines)}
	for _, owner := range []string{"a", "b", "c", "d", "e"} {
		f := file("x/"+owner, "")
		f.Group = owner
		files = append(files, f)
	}
	var c struct {
		Passwd struct {
			Groups []struct{ Name string }
			Users  []struct{ Name, HomeDir, Shell string }
		}
	}
	if err := json.Unmarshal([]byte(made(t, payload.Request{Format: payload.Ignition, IgnitionVersion: "3.3.0"}, files...)), &c); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(c.Passwd.Groups, c.Passwd.Users)
	const want = "[{a} {b} {c} {d} {e}] [{a /home/a /bin/sh} {b / /usr/sbin/nologin} {d /srv /usr/sbin/nologin} {e / /usr/sbin/nologin}]"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestPlatforms: each bound has a source, and the forms that there are.
func TestPlatforms(t *testing.T) {
	all, err := payload.Platforms(harender.Assets)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"azure": 65535, "digitalocean": 65536, "ec2": 16384, "gce": 262144, "hetzner": 32768, "openstack": 65535, "vmware": 65536}
	got := map[string]int{}
	for name, p := range all {
		got[name] = p.Bytes
		if p.Name != name || len(p.Source) == 0 || slices.ContainsFunc(p.Source, func(s string) bool { return !strings.HasPrefix(s, "https://") }) {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	for text, want := range map[string]string{
		`{"x": {"byte": 1}}`:                   "unknown field",
		`{"x": {"gzip": {"ignition": "zip"}}}`: "x takes no zip of ignition",
		`{"x": {"gzip": {"tar": "gzip"}}}`:     "x takes no gzip of tar",
		`[]`:                                   "cannot unmarshal",
	} {
		_, err := payload.Platforms(fstest.MapFS{payload.PlatformsFile: {Data: []byte(text)}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestBounds: the first form that fits, by the platform's own way to count.
func TestBounds(t *testing.T) {
	files := []payload.File{file("etc/a", strings.Repeat("a line of text\n", 400))} // 6000 bytes
	gz := map[payload.Format]string{payload.CloudInit: "gzip", payload.Ignition: "gzip+base64"}
	for _, c := range []struct {
		name     string
		format   payload.Format
		platform payload.Platform
		compress bool
		file     string
		full     string
	}{
		{"no platform", payload.CloudInit, payload.Platform{}, false, "m1.example.cloud-config", ""},
		{"no platform, compressed", payload.CloudInit, payload.Platform{}, true, "m1.example.cloud-config.gz", ""},
		{"room", payload.CloudInit, payload.Platform{Name: "x", Bytes: 9500, Gzip: gz}, false, "m1.example.cloud-config", ""},
		{"counted in base64", payload.CloudInit, payload.Platform{Name: "x", Bytes: 9500, Base64: true, Gzip: gz}, false, "m1.example.cloud-config.gz", ""},
		{"no gzip there", payload.CloudInit, payload.Platform{Name: "x", Bytes: 2000}, false, "m1.example.cloud-config", "full/m1.example.tar.gz"},
		{"files unpacked by Ignition", payload.Ignition, payload.Platform{Name: "x", Bytes: 1500}, false, "m1.example.ign", ""},
		{"Ignition unpacked by the platform", payload.Ignition, payload.Platform{Name: "x", Bytes: 1500, Gzip: gz}, false, "m1.example.ign.gz.b64", ""},
		{"too little", payload.Ignition, payload.Platform{Name: "x", Bytes: 400}, false, "m1.example.ign", "full/m1.example.ign"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := payload.Request{Format: c.format, IgnitionVersion: "3.3.0", Platform: c.platform, Compress: c.compress, URL: "https://x.example/"}
			m, list, err := payload.Make([]payload.Node{{Name: "m1.example", Files: files}}, r)
			if err != nil || len(list) > 0 {
				t.Fatal(err, list)
			}
			full := ""
			if m.Nodes[0].Full != nil {
				full = m.Nodes[0].Full.File
			}
			if m.Nodes[0].File != c.file || full != c.full || c.platform.Name != "" && m.Nodes[0].Bytes > c.platform.Bytes {
				t.Errorf("%+v %q", m.Nodes[0], full)
			}
		})
	}
	_, list, err := payload.Make([]payload.Node{{Name: "m1", Files: files}}, payload.Request{
		Format: payload.CloudInit, Platform: payload.Platform{Name: "x", Bytes: 100}, URL: "https://x.example/",
	})
	if err != nil || len(list) != 1 {
		t.Errorf("a pointer that is too large itself: %v %v", err, list)
	}
}

// TestNothingPrints: what is opened does not show in a made payload.
func TestNothingPrints(t *testing.T) {
	f := file("k", "private")
	f.Opened = true
	m, _, err := payload.Make([]payload.Node{{Name: "m1", Files: []payload.File{f}}}, payload.Request{Format: payload.Dir})
	if text := fmt.Sprintf("%v %+v %#v", m, m, m); err != nil || strings.Contains(text, "private") || !strings.Contains(text, "REDACTED") {
		t.Errorf("%v %s", err, text)
	}
}

// TestNames leaves out what is no node.
func TestNames(t *testing.T) {
	got, err := payload.Names(fstest.MapFS{"m2.index.json": {}, "m1.index.json": {}, "addons.index.json": {}, "cloud.index.json": {}, "x/y.index.json": {}})
	if err != nil || !reflect.DeepEqual(got, []string{"m1", "m2"}) {
		t.Errorf("%v %v", got, err)
	}
}
