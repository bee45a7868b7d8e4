package issue

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/layout"
	"github.com/harender/harender/internal/proof/testtool"
)

// turn makes a step of a rotation, and writes what the result says.
func (w *world) turn(t testing.TB, id string, phase Phase) Result {
	t.Helper()
	w.step = &Step{Of: w.rotating(t, id), Phase: phase}
	defer func() { w.step = nil }()
	return w.build(t)
}

func (w *world) rotating(t testing.TB, id string) plan.Rotating {
	t.Helper()
	all := w.plan.Rotating()
	i := slices.IndexFunc(all, func(r plan.Rotating) bool { return r.ID == id })
	if i < 0 {
		t.Fatalf("%s does not rotate", id)
	}
	return all[i]
}

func (w *world) point(t testing.TB) RotationState {
	t.Helper()
	at, err := StateOf(w.rotating(t, etcdCA), w.files)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func (w *world) cert(t testing.TB, name string) *x509.Certificate {
	t.Helper()
	f, ok := w.files[name+".crt"]
	if !ok {
		t.Fatalf("there is no %s.crt", name)
	}
	cert, err := pki.ParseCertificate(f.Data)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// TestRotateAuthority goes through the phases, and back from each of the first two.
func TestRotateAuthority(t *testing.T) {
	w := newWorld(t)
	first := w.build(t)
	old := w.cert(t, etcdCA)
	leaf := w.cert(t, "nodes/m1/etcd-server")
	bundle := plan.Bundle(etcdCA, ".crt")
	if !bytes.Equal(first.Bundles[bundle], first.Files[etcdCA+".crt"]) {
		t.Error("the bundle of one authority is not its certificate")
	}

	res := w.turn(t, etcdCA, Stage)
	if res.Counts != (Counts{Kept: first.Counts.Issued, Issued: 1}) || w.point(t) != Staged {
		t.Errorf("stage: %+v, %s", res.Counts, w.point(t))
	}
	next := w.cert(t, etcdCA+layout.NextSlot)
	if want := pemOf(old) + pemOf(next); string(res.Bundles[bundle]) != want {
		t.Errorf("staged bundle %s", res.Bundles[bundle])
	}
	if w.now = w.now.Add(time.Hour); w.build(t).Counts.Kept != first.Counts.Issued+1 {
		t.Error("a build in between changes something")
	}

	res = w.turn(t, etcdCA, Promote)
	if res.Counts.Reissued != 2 || w.point(t) != Promoted || !w.cert(t, etcdCA).Equal(next) || !w.cert(t, etcdCA+layout.PreviousSlot).Equal(old) {
		t.Errorf("promote: %+v, %s", res.Counts, w.point(t))
	}
	if want := pemOf(next) + pemOf(old); string(res.Bundles[bundle]) != want {
		t.Errorf("promoted bundle %s", res.Bundles[bundle])
	}
	if err := w.cert(t, "nodes/m1/etcd-server").CheckSignatureFrom(next); err != nil {
		t.Error(err)
	}
	if w.cert(t, "nodes/m1/apiserver").SerialNumber.Cmp(mustCert(t, first.Files["nodes/m1/apiserver.crt"]).SerialNumber) != 0 {
		t.Error("a certificate of another authority was touched")
	}

	res = w.turn(t, etcdCA, Back)
	if res.Counts.Reissued != 2 || w.point(t) != Staged || !w.cert(t, etcdCA).Equal(old) || !w.cert(t, etcdCA+layout.NextSlot).Equal(next) {
		t.Errorf("back from promoted: %+v, %s", res.Counts, w.point(t))
	}
	if err := w.cert(t, "nodes/m1/etcd-server").CheckSignatureFrom(old); err != nil {
		t.Error(err)
	}
	if w.cert(t, "nodes/m1/etcd-server").SerialNumber.Cmp(leaf.SerialNumber) == 0 {
		t.Error("a retired key is used again")
	}

	res = w.turn(t, etcdCA, Back)
	if res.Counts != (Counts{Kept: first.Counts.Issued, Retired: 1}) || w.point(t) != Settled {
		t.Errorf("back from staged: %+v, %s", res.Counts, w.point(t))
	}

	w.turn(t, etcdCA, Stage)
	w.turn(t, etcdCA, Promote)
	last := w.cert(t, etcdCA)
	res = w.turn(t, etcdCA, Retire)
	if res.Counts != (Counts{Kept: first.Counts.Issued, Retired: 1}) || w.point(t) != Settled || !w.cert(t, etcdCA).Equal(last) {
		t.Errorf("retire: %+v, %s", res.Counts, w.point(t))
	}
	if !bytes.Equal(res.Bundles[bundle], w.files[etcdCA+".crt"].Data) {
		t.Error("the old authority is still trusted")
	}
	for _, cert := range []*x509.Certificate{old, next} {
		for _, ext := range []string{".crt", ".key.sops"} {
			if _, ok := w.files[retiredName(etcdCA, cert.SerialNumber, ext)]; !ok {
				t.Errorf("%x%s is not among the retired", cert.SerialNumber, ext)
			}
		}
	}
	for name := range w.files {
		if strings.Contains(name, layout.NextSlot) || strings.Contains(name, layout.PreviousSlot) {
			t.Errorf("%s was left", name)
		}
	}
	if w.sealed = true; w.build(t).Counts.Kept != first.Counts.Issued {
		t.Error("a build after the rotation changes something")
	}
}

// TestRotateServiceAccountKey keeps both public keys accepted, and signs with one.
func TestRotateServiceAccountKey(t *testing.T) {
	w := newWorld(t)
	w.build(t)
	bundle := plan.Bundle(serviceKey, ".pub")
	old := string(w.files[serviceKey+".pub"].Data)
	copyBefore := string(w.files["nodes/m1/service-account.key.sops"].Data)

	staged := w.turn(t, serviceKey, Stage)
	next := string(w.files[serviceKey+".next.pub"].Data)
	if string(staged.Bundles[bundle]) != old+next || string(w.files["nodes/m1/service-account.key.sops"].Data) != copyBefore {
		t.Error("staged: nodes have another key to sign with, or not both to verify with")
	}
	promoted := w.turn(t, serviceKey, Promote)
	if string(promoted.Bundles[bundle]) != next+old || promoted.event(t, "nodes/m1/service-account").Action != Resealed {
		t.Errorf("promoted: %+v", promoted.Events)
	}
	if w.publicOf(t, "nodes/m1/service-account") != next {
		t.Error("promoted: m1 signs with another key")
	}
	retired := w.turn(t, serviceKey, Retire)
	if string(retired.Bundles[bundle]) != next || retired.Counts.Resealed != 0 {
		t.Errorf("retired: %+v", retired.Counts)
	}
}

func (w *world) publicOf(t testing.TB, id string) string {
	t.Helper()
	plain, err := w.open(t, id+".key.sops", w.nodes["m1"])
	if err != nil {
		t.Fatal(err)
	}
	text, err := pki.PublicOf(newPlain(plain))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestRotateEncryptionKey has every master read what any master has written, at every step.
func TestRotateEncryptionKey(t *testing.T) {
	w := newWorld(t)
	w.build(t)
	keys := func() []string {
		t.Helper()
		plain, err := w.open(t, "nodes/m1/encryption.yaml.sops", w.nodes["m1"])
		if err != nil {
			t.Fatal(err)
		}
		c, err := parseEncryption(newPlain(plain))
		if err != nil {
			t.Fatal(err)
		}
		g := c.Resources[0]
		if len(g.Providers) != 2 || g.Providers[0].name() != "secretbox" || g.Providers[1].name() != "identity" || !slices.Equal(g.Resources, []string{"secrets", "configmaps"}) {
			t.Errorf("%s", plain)
		}
		all, err := g.Providers[0].keys()
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, k := range all {
			out = append(out, k.Name)
		}
		return out
	}
	for _, step := range []struct {
		phase Phase
		want  []string
	}{
		{Stage, []string{"key1", "key2"}}, {Promote, []string{"key2", "key1"}}, {Back, []string{"key1", "key2"}},
		{Back, []string{"key1"}}, {Stage, []string{"key1", "key2"}}, {Promote, []string{"key2", "key1"}}, {Retire, []string{"key2"}},
		{Stage, []string{"key2", "key1"}}, {Promote, []string{"key1", "key2"}}, {Retire, []string{"key1"}},
	} {
		if w.turn(t, encryption, step.phase); !slices.Equal(keys(), step.want) {
			t.Errorf("%s: keys %v, not %v", step.phase, keys(), step.want)
		}
	}
}

// TestMisplacedSteps refuses what does not follow, and changes nothing.
func TestMisplacedSteps(t *testing.T) {
	for _, c := range []struct {
		done []Phase
		step Phase
		want string
	}{
		{nil, Promote, "cannot promote etcd: no rotation of it is under way"},
		{nil, Retire, "cannot retire etcd: no rotation"},
		{nil, Back, "cannot take the rotation of etcd back: no rotation"},
		{[]Phase{Stage}, Stage, "cannot stage etcd: its successor is staged"},
		{[]Phase{Stage}, Retire, "cannot retire etcd: its successor is staged"},
		{[]Phase{Stage, Promote}, Stage, "cannot stage etcd: it was promoted"},
		{[]Phase{Stage, Promote}, Promote, "cannot promote etcd: it was promoted"},
	} {
		w := newWorld(t)
		w.build(t)
		for _, p := range c.done {
			w.turn(t, etcdCA, p)
		}
		w.step = &Step{Of: w.rotating(t, etcdCA), Phase: c.step}
		_, problems := w.issue(t)
		if len(problems) != 1 || !strings.Contains(describe(problems), c.want) || problems[0].Hint == "" {
			t.Errorf("%v, %s: %s", c.done, c.step, describe(problems))
		}
	}
	w := newWorld(t)
	w.step = &Step{Of: w.rotating(t, etcdCA), Phase: Stage}
	if _, problems := w.issue(t); !strings.Contains(describe(problems), "there is none to follow") {
		t.Error(describe(problems))
	}
	w.step = nil
	w.build(t)
	w.files[etcdCA+".next.crt"], w.files[etcdCA+".previous.crt"] = w.files[etcdCA+".crt"], w.files[etcdCA+".crt"]
	if _, problems := w.issue(t); !strings.Contains(describe(problems), "both a next and a previous") {
		t.Error(describe(problems))
	}
}

// TestRotateExpired replaces an authority that came to its end.
func TestRotateExpired(t *testing.T) {
	w := newWorld(t)
	w.build(t)
	w.now = w.cert(t, etcdCA).NotAfter.Add(time.Hour)
	if _, problems := w.issue(t); !strings.Contains(describe(problems), "cluster/etcd-ca expired") {
		t.Fatal(describe(problems))
	}
	w.plan.Authorities = w.plan.Authorities[:1]
	w.plan.Certificates = w.plan.Certificates[2:4]
	w.turn(t, etcdCA, Stage)
	w.turn(t, etcdCA, Promote)
	if err := w.cert(t, "nodes/m1/etcd-server").CheckSignatureFrom(w.cert(t, etcdCA)); err != nil {
		t.Error(err)
	}
	w.turn(t, etcdCA, Retire)
}

// TestLostOperator replaces everything after the one operator's key was lost.
func TestLostOperator(t *testing.T) {
	w := newWorld(t)
	w.build(t)
	w.operator = testtool.Age(t)
	w.operators = []string{w.operator.Recipient().String()}
	w.accept = true
	if _, problems := w.issue(t); !problems.HasErrors() {
		t.Fatal("a build opens what it cannot")
	}
	w.keep = true
	before := w.files[kubernetesCA+".key.sops"].Data
	for _, id := range []string{etcdCA, kubernetesCA, serviceKey} {
		for _, phase := range []Phase{Stage, Promote, Retire} {
			w.turn(t, id, phase)
		}
	}
	if bytes.Equal(before, w.files[kubernetesCA+".key.sops"].Data) {
		t.Error("the authority's key is still the lost one")
	}
	// The encryption key is on the masters.
	plain, err := w.open(t, "nodes/m1/encryption.yaml.sops", w.nodes["m1"])
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := w.vault(t).Seal(layout.Secrets+encryption+".yaml.sops", encryption, newPlain(plain), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.files[encryption+".yaml.sops"] = &fstest.MapFile{Data: sealed}
	w.keep = false
	w.build(t)
	for name, f := range w.files {
		if strings.HasSuffix(name, ".sops") && !strings.HasPrefix(name, "retired/") {
			if _, err := w.open(t, name, w.operator); err != nil {
				t.Errorf("%s: %v (%d bytes)", name, err, len(f.Data))
			}
		}
	}
}

// TestRenew issues what was asked for again, and nothing else.
func TestRenew(t *testing.T) {
	for _, c := range []struct {
		renewal  Renewal
		reissued int
	}{
		{Renewal{}, 0},
		{Renewal{Asked: true}, 5},
		{Renewal{Asked: true, Authority: etcdCA}, 2},
		{Renewal{Asked: true, Node: "m1"}, 4},
		{Renewal{Asked: true, Node: "m1", Authority: kubernetesCA}, 2},
		{Renewal{Asked: true, Before: 24 * time.Hour}, 0},
		{Renewal{Asked: true, Before: 876000 * time.Hour}, 5},
	} {
		w := newWorld(t)
		w.build(t)
		w.renew = c.renewal
		if res := w.build(t); res.Counts.Reissued != c.reissued || res.Counts.Resealed+res.Counts.Issued != 0 {
			t.Errorf("%+v: %+v", c.renewal, res.Counts)
		}
	}
}

func pemOf(cert *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
}

func mustCert(t testing.TB, text []byte) *x509.Certificate {
	t.Helper()
	cert, err := pki.ParseCertificate(text)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}
