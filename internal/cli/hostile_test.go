package cli_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/harender/harender/internal/diag"
)

// acts would colour a terminal, turn text round, hide and forge a line.
const acts = "\x1b[31m\u202e\u200b\u2028\rforged"

// acting is acts within double quotes of YAML and JSON.
const acting = `\u001b[31m\u202e\u200b\u2028\rforged`

// readers are the commands that print something of what they read. FILE is what was planted.
const readers = `check DIR
check DIR -o json
build DIR --locked
build DIR -o json
certs list DIR
certs list DIR -o json
certs list DIR -o prometheus
certs pins DIR --open
certs csr DIR
certs import FILE -C DIR
certs import DIR/secrets -C DIR -o json
secrets access DIR
secrets access DIR -o json
secrets access DIR --stolen m1
secrets access DIR --recipient forged
secrets retired DIR
verify DIR
verify DIR --open
verify DIR -o json
verify DIR --node m1 --root DIR/rendered/m1
diff DIR
diff DIR -o markdown
diff DIR -o sarif
diff DIR -o json
diff DIR -o ansible
explain m1 kube-scheduler -C DIR
explain m1 kube-scheduler -C DIR -o json
graph DIR
graph DIR -o mermaid
report DIR
restore DIR --snapshot testdata/etcd.db
restore DIR --snapshot FILE
versions DIR
textconv FILE
kubeconfig forged DIR
payload DIR --format dir --out DIR/out
`

// planted is foreign text in one file of a repository.
type planted struct {
	file  string
	plant func(t *testing.T, file string)
}

// plants are by what they are in.
func plants() map[string]planted {
	replaced := func(old, replacement string) func(*testing.T, string) {
		return func(t *testing.T, file string) {
			t.Helper()
			at := regexp.MustCompile(old).FindStringIndex(mustRead(t, file))
			if at == nil {
				t.Fatalf("%s has no %s", file, old)
			}
			text := mustRead(t, file)
			write(t, file, text[:at[0]]+replacement+text[at[1]:])
		}
	}
	is := func(text string) func(*testing.T, string) {
		return func(t *testing.T, file string) {
			t.Helper()
			write(t, file, text)
		}
	}
	const sealed = "secrets/nodes/w1/kubelet-client.key.sops"
	return map[string]planted{
		"a path of .sops.yaml":       {".sops.yaml", replaced(`creation_rules:\n`, "creation_rules:\n  - path_regex: \"^secrets/"+acting+"$\"\n    age: age1forged\n")},
		"a recipient of .sops.yaml":  {".sops.yaml", replaced(`age: age1`, "pgp: \""+acting+"\"\n    age: age1")},
		"a key of .sops.yaml":        {".sops.yaml", replaced(`creation_rules:`, "\""+acting+"\": 1\ncreation_rules:")},
		"raw bytes of .sops.yaml":    {".sops.yaml", replaced(`creation_rules:`, "# "+acts+"\ncreation_rules:")},
		"a recipient":                {sealed, replaced(`"recipient": "age1`, `"recipient": "age1`+acting)},
		"a label":                    {sealed, replaced(`nodes/w1/kubelet-client"`, `nodes/w1/kubelet-client`+acting+`"`)},
		"a time":                     {sealed, replaced(`"lastmodified": "`, `"lastmodified": "`+acting)},
		"a ciphertext":               {sealed, replaced(`"data": "ENC`, `"data": "`+acting)},
		"no JSON":                    {sealed, is(acts)},
		"a sealed file's name":       {"secrets/nodes/w1/" + acts + ".key.sops", is("{}")},
		"a node's name":              {"secrets/nodes/" + acts + "/x.crt", is("x")},
		"a file of the output":       {"rendered/m1/etc/" + acts, is("x")},
		"an overlay's name":          {"overlays/" + acts + "/kustomization.yaml", is("{}")},
		"a certificate":              {"secrets/nodes/w1/kubelet-client.crt", hostileCertificate},
		"a file of the output's own": {"rendered/m1/etc/kubernetes/kubelet.env", is("NODE_NAME=" + acts + "\n")},
		"a manifest":                 {"rendered/m1/etc/kubernetes/manifests/kube-scheduler.yaml", replaced(`- --`, `- "--x=`+acting+"\"\n    - --")},
		"an index":                   {"rendered/m1.index.json", replaced(`"sealed"`, `"`+acting+`": 1, "sealed"`)},
		"a pool of an index":         {"rendered/m1.index.json", replaced(`"kubernetes": "`, `"pool": "`+acting+`", "kubernetes": "`)},
		"a key of the spec":          {"cluster.yaml", replaced(`  nodes:`, "  \""+acting+"\": 1\n  nodes:")},
		"a name of the spec":         {"cluster.yaml", replaced(`name: w1`, "name: \""+acting+"\"")},
		"a flag of the spec":         {"cluster.yaml", replaced(`  nodes:`, "  extraArgs: {kube-scheduler: {profiling: \""+acting+"\"}}\n  nodes:")},
		"a recipe":                   {"secrets/csr/apiserver.json", is(`{"` + acting + `": {"algo": "` + acting + `"}}`)},
		"sums":                       {"secrets/SHA256SUMS", replaced(`  `, "  "+acts)},
		"a flag of a mixin": {"overlays/own/overlay.libsonnet", func(t *testing.T, file string) {
			t.Helper()
			write(t, file, `{ kubeScheduler+: { flags+:: { 'kube-api-qps': '`+acting+`' } } }`)
			change(t, filepath.Join(filepath.Dir(file), "../.."), "cluster.yaml", "  nodes:", "  overlays: [own]\n  nodes:")
		}},
		"a trace of a mixin": {"overlays/own/overlay.libsonnet", func(t *testing.T, file string) {
			t.Helper()
			write(t, file, `{ kubeScheduler+: { flags+:: { v: error '`+acting+`' } } }`)
			change(t, filepath.Join(filepath.Dir(file), "../.."), "cluster.yaml", "  nodes:", "  overlays: [own]\n  nodes:")
		}},
	}
}

// hostileCertificate has such text in each of its fields.
func hostileCertificate(t *testing.T, file string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: acts, Organization: []string{acts}}, DNSNames: []string{"x\x1b[31mforged"}, NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
}

// TestNothingActsOnTheTerminal: whatever text a stranger put into a repository, no command prints it in a form that a terminal obeys, that
// turns or hides text, or that forges a line's end.
func TestNothingActsOnTheTerminal(t *testing.T) {
	o := newOperator(t)
	base := filepath.Join(t.TempDir(), "base")
	o.must(t, "init", base, "--control-plane", "1", "--workers", "1")
	o.must(t, "build", base)
	told, runs, turn := 0, 0, 0
	all := plants()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p := all[name]
		dir := filepath.Join(t.TempDir(), "r")
		if err := os.CopyFS(dir, os.DirFS(base)); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, p.file)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		p.plant(t, file)
		shown := false
		for i, line := range strings.Split(strings.TrimSpace(readers), "\n") {
			// One in five, others in each repository, and those that say the most in all.
			if often := regexp.MustCompile(`^(check DIR|verify DIR|report DIR|textconv FILE)$`); (i+turn)%5 > 0 && !often.MatchString(line) {
				continue
			}
			args := strings.Fields(line)
			for i := range args {
				args[i] = strings.NewReplacer("DIR", dir, "FILE", file).Replace(args[i])
			}
			_, stdout, stderr := o.run(args...)
			runs++
			for _, text := range []string{stdout, stderr} {
				text = strings.ReplaceAll(text, "\t", "") // Harmless, and a part of Prometheus' format and of many files.
				if diag.Escape(text) != text {
					t.Errorf("%s: %s prints %q", name, line, around(text))
				}
				shown = shown || strings.Contains(text, "forged")
			}
		}
		turn++
		if shown {
			told++
		}
	}
	t.Logf("%d runs with text in %d places, of which %d were shown", runs, len(all), told)
	if told < 15 {
		t.Errorf("the text of %d places was shown: the others prove nothing", told)
	}
}

// around is the part of a text at the first character that acts.
func around(text string) string {
	for i, r := range text {
		if diag.Escape(string(r)) != string(r) {
			return text[max(0, i-80):min(len(text), i+80)]
		}
	}
	return ""
}
