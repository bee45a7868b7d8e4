package repository

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/keys/vault"
	"github.com/harender/harender/internal/proof/testtool"
)

// forger has the repository and stock sops, and no key: they seal to the recipients that each file names.
type forger struct {
	*memoryRepository
	sops string
	// labels: they label what they seal as harender does.
	labels bool
	// public is what the label says of a private key, if anything.
	public string
}

// seal makes a file of that name, which opens for those who can open the one that is there.
func (f forger) seal(name string, plain []byte) []byte {
	f.t.Helper()
	id, recipients, err := vault.Read(f.secrets[name].Data)
	if err != nil {
		f.t.Fatal(err)
	}
	args := []string{"encrypt", "--input-type", "binary", "--output-type", "binary", "--age", strings.Join(recipients, ","), "/dev/stdin"}
	if f.labels {
		args[2], args[4] = "json", "json"
		if plain, err = json.Marshal(struct {
			Data       string   `json:"data"`
			ID         string   `json:"id_unencrypted"`
			Public     string   `json:"public_key_unencrypted,omitempty"`
			Recipients []string `json:"recipients_unencrypted"`
		}{string(plain), id, f.public, recipients}); err != nil {
			f.t.Fatal(err)
		}
	}
	cmd := exec.Command(f.sops, args...) // #nosec G204 -- built by this test
	cmd.Dir, cmd.Env, cmd.Stdin = f.t.TempDir(), []string{"HOME=/nonexistent"}, bytes.NewReader(plain)
	out, err := cmd.Output()
	if err != nil {
		f.t.Fatalf("sops: %v", err)
	}
	if label, _, err := vault.Read(out); err != nil || f.labels != (label == id) {
		f.t.Fatalf("stock sops made a file labelled %q of %s: %v", label, id, err)
	}
	return out
}

func newKey(t testing.TB) (crypto.Signer, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// forged is a key of the forger's in the place of the one that is there.
func (f forger) forged(name string) map[string][]byte {
	f.t.Helper()
	_, text := newKey(f.t)
	switch {
	case strings.HasSuffix(name, ".yaml.sops"):
		text = slices.Concat(f.plain(name), []byte("# of the forger\n"))
	case strings.HasSuffix(name, ".csv.sops"):
		text = slices.Concat(f.plain(name), []byte("forged,forger,forger,\"system:masters\"\n"))
	case strings.HasSuffix(name, ".token.sops"):
		text = bytes.Repeat([]byte("A"), 43)
	}
	return map[string][]byte{name: f.seal(name, text)}
}

// resigned is an authority of the forger's with all that it signs: nothing is left that does not fit.
func (f forger) resigned(id string) map[string][]byte {
	f.t.Helper()
	key, text := newKey(f.t)
	own := f.certificate(id)
	own.PublicKey = key.Public()
	out := map[string][]byte{id + ".key.sops": f.seal(id+".key.sops", text), id + ".crt": f.sign(own, own, key, key.Public())}
	ca := parsed(f.t, out[id+".crt"])
	for _, c := range f.compiled.Plan.Certificates {
		if c.Authority == id {
			maps.Copy(out, f.leaf(c.ID, ca, key))
		}
	}
	return out
}

// leaf is a certificate like the one that is there, signed by another authority, with its key.
func (f forger) leaf(id string, ca *x509.Certificate, by crypto.Signer) map[string][]byte {
	f.t.Helper()
	key, text := newKey(f.t)
	return map[string][]byte{id + ".crt": f.sign(f.certificate(id), ca, by, key.Public()), id + ".key.sops": f.seal(id+".key.sops", text)}
}

func (f forger) certificate(id string) *x509.Certificate {
	return parsed(f.t, f.secrets[id+".crt"].Data)
}

func parsed(t testing.TB, text []byte) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(text)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func (f forger) sign(like, ca *x509.Certificate, key crypto.Signer, public any) []byte {
	f.t.Helper()
	like.SubjectKeyId, like.AuthorityKeyId = nil, nil
	der, err := x509.CreateCertificate(rand.Reader, like, ca, public, key)
	if err != nil {
		f.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// tokenKey is the forger's service account key with its public half, and a copy on each master.
func (f forger) tokenKey() map[string][]byte {
	f.t.Helper()
	key, text := newKey(f.t)
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		f.t.Fatal(err)
	}
	out := f.everywhere("service-account.key.sops", text)
	out["cluster/service-account.pub"] = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return out
}

// everywhere seals a secret of the cluster, and the copy of each master.
func (f forger) everywhere(name string, plain []byte) map[string][]byte {
	f.t.Helper()
	out := map[string][]byte{"cluster/" + name: f.seal("cluster/"+name, plain)}
	for _, node := range []string{"m1", "m2", "m3"} {
		out["nodes/"+node+"/"+name] = f.seal("nodes/"+node+"/"+name, plain)
	}
	return out
}

// token is the forger's in the place of a user's, in the files of all masters too.
func (f forger) token(user string) map[string][]byte {
	f.t.Helper()
	name := "cluster/tokens/" + user + ".token.sops"
	old, forged := f.plain(name), bytes.Repeat([]byte("A"), 43)
	out := map[string][]byte{name: f.seal(name, forged)}
	for _, node := range []string{"m1", "m2", "m3"} {
		list := "nodes/" + node + "/known-tokens.csv.sops"
		out[list] = f.seal(list, bytes.Replace(f.plain(list), old, forged, 1))
	}
	return out
}

// forgery is a change of secrets/, to which everything else was made to fit.
type forgery struct {
	what    string
	changed map[string][]byte
	// keyless: it is found without a key.
	keyless bool
	// pins: it is found by a pin, and without pins not at all.
	pins bool
}

// forgeries are 100, made with stock sops from the public recipients alone.
func (f forger) forgeries() []forgery {
	var out []forgery
	for _, labels := range []bool{true, false} {
		f.labels = labels
		for _, name := range sealed(f.secrets) {
			// A secret whose copies were not made of it, a key that is not its certificate's, a copy that is not of its source.
			out = append(out, forgery{what: name, changed: f.forged(name)})
		}
	}
	f.labels = true
	for _, id := range []string{"cluster/etcd-ca", "cluster/front-proxy-ca", "cluster/kubernetes-ca"} {
		out = append(out, forgery{"all of " + id, f.resigned(id), true, true})
	}
	config := bytes.Replace(f.plain("cluster/encryption.yaml.sops"), []byte("secretbox"), []byte("aesgcm"), 1)
	return append(out,
		forgery{"service account key pair", f.tokenKey(), true, true},
		forgery{"encryption everywhere", f.everywhere("encryption.yaml.sops", config), false, true},
		forgery{"token everywhere", f.token("monitoring"), false, true},
		forgery{"apiserver under another authority", f.stray("nodes/m1/apiserver", plan.KubernetesCA), true, false},
		forgery{"administrator under another authority", f.stray("nodes/m1/kubecfg", plan.KubernetesCA), true, false},
		forgery{"peer under another authority", f.stray("nodes/m2/etcd-peer", plan.EtcdCA), true, false},
	)
}

// stray is a certificate that an authority of the same name signed, with its key.
func (f forger) stray(id, authority string) map[string][]byte {
	f.t.Helper()
	key, _ := newKey(f.t)
	ca := f.certificate(authority)
	ca.PublicKey = key.Public()
	return f.leaf(id, ca, key)
}

// TestForgeries: anyone who seals to the public recipients is found, with a key or without.
func TestForgeries(t *testing.T) {
	t.Parallel()
	f := forger{memoryRepository: newEstate(t), sops: testtool.Build(t, "github.com/getsops/sops/v3/cmd/sops")}
	all := f.forgeries()
	keyless := 0
	for _, forged := range all {
		inSecrets, inOutput := f.consistent(forged.changed)
		closed := f.verify(inSecrets, inOutput, false)
		opened := f.verify(inSecrets, inOutput, true)
		if opened.Same || forged.keyless == closed.Same {
			t.Errorf("%s: without a key %+v, with one %+v", forged.what, closed.Findings, opened.Findings)
		}
		if !closed.Same {
			keyless++
		}
		if forged.pins {
			f.withoutPins(func() {
				unpinned(inSecrets)
				if found := f.verify(inSecrets, inOutput, true); !found.Same {
					t.Errorf("%s is not as consistent as it should be: %+v", forged.what, found.Findings)
				}
			})
		}
	}
	if len(all) < 100 {
		t.Errorf("%d forgeries", len(all))
	}
	t.Log(len(all), "forgeries,", keyless, "found without a key")
}

func (f forger) withoutPins(run func()) {
	pins := f.compiled.Plan.Cluster.Certificates.Pins
	f.compiled.Plan.Cluster.Certificates.Pins = cluster.Pins{}
	run()
	f.compiled.Plan.Cluster.Certificates.Pins = pins
}
