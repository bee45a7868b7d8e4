package issue

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/adopt"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/proof/testtool"
)

// far is an authority whose key is not in the repository.
type far struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func newFar(t testing.TB, name string) far {
	t.Helper()
	key := newKey(t)
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: today().Add(-time.Hour), NotAfter: today().Add(87600 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return far{parsed(t, der), key}
}

func newKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func parsed(t testing.TB, der []byte) *x509.Certificate {
	t.Helper()
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// sign makes what the template says, as the plan's apiserver where it says nothing.
func (a far) sign(t testing.TB, public crypto.PublicKey, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	template := x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "apiserver m1"},
		NotBefore: today().Add(-5 * time.Minute), NotAfter: today().Add(43800*time.Hour - 5*time.Minute),
		DNSNames: []string{"kubernetes.default", "m1"}, IPAddresses: []net.IP{net.ParseIP("10.0.0.1"), net.ParseIP("2001:db8::1")},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(&template)
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, a.cert, public, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return parsed(t, der)
}

// offer is what is found in files of that name: name.crt, name.key.
func offered(name string, cert *x509.Certificate, key crypto.Signer) adopt.Found {
	out := adopt.Found{Certificates: []adopt.Certificate{{Certificate: cert, File: name + ".crt"}}}
	if key != nil {
		out.Keys = []adopt.Key{{Signer: key, File: name + ".key"}}
	}
	return out
}

func both(a, b adopt.Found) adopt.Found {
	return adopt.Found{Certificates: slices.Concat(a.Certificates, b.Certificates), Keys: slices.Concat(a.Keys, b.Keys)}
}

// take imports, and writes what the imported says.
func (w *world) take(t testing.TB, found adopt.Found) (ImportResult, diag.List) {
	t.Helper()
	imported, list := Import(w.plan, w.inputs(t), found, "")
	w.apply(imported.Write, imported.Remove)
	return imported, list
}

func (w *world) ask(t testing.TB) CSRResult {
	t.Helper()
	asked, list := Request(w.plan, w.inputs(t))
	if list.HasErrors() {
		t.Fatal(describe(list))
	}
	w.apply(asked.Write, nil)
	return asked
}

func (w *world) apply(write []Content, remove []string) {
	for _, name := range remove {
		delete(w.files, name)
	}
	for _, f := range write {
		w.files[f.Path] = &fstest.MapFile{Data: f.Data}
	}
}

// TestAdopted has one certificate each of another tool, and says whether it is taken, and whether the next build keeps it.
func TestAdopted(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*x509.Certificate)
		// unused is the reason against it; differs is what is told of one that is taken.
		unused, differs string
	}{
		"as harender makes it":   {nil, "", ""},
		"further usages":         {func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageKeyEncipherment }, "", "usage keyEncipherment removed"},
		"a shorter life":         {func(c *x509.Certificate) { c.NotAfter = today().Add(8760*time.Hour - 5*time.Minute) }, "", "validity is 8760h, not 43800h"},
		"about to end":           {func(c *x509.Certificate) { c.NotAfter = today().Add(719 * time.Hour) }, "inside the renewal window", ""},
		"ended":                  {func(c *x509.Certificate) { c.NotAfter = today().Add(-time.Minute) }, "it expired", ""},
		"a name less":            {func(c *x509.Certificate) { c.DNSNames = c.DNSNames[:1] }, "SAN m1 added", ""},
		"a name more":            {func(c *x509.Certificate) { c.DNSNames = append(c.DNSNames, "old") }, "SAN old removed", ""},
		"for clients":            {func(c *x509.Certificate) { c.ExtKeyUsage = c.ExtKeyUsage[1:] }, "usage serverAuth added", ""},
		"for everything":         {func(c *x509.Certificate) { c.ExtKeyUsage = nil }, "usage clientAuth added", ""},
		"another's name":         {func(c *x509.Certificate) { c.Subject.CommonName = "x" }, "common name is x, not apiserver m1", ""},
		"in a group":             {func(c *x509.Certificate) { c.Subject.Organization = []string{"system:masters"} }, "subject is O=system:masters", ""},
		"outlives its authority": {func(c *x509.Certificate) { c.NotAfter = today().Add(90000 * time.Hour) }, "it outlives its authority", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w, ca, key := newWorld(t), newFar(t, "c kubernetes CA"), newKey(t)
			found := both(offered("ca", ca.cert, ca.key), offered("x", ca.sign(t, key.Public(), c.change), key))
			imported, list := w.take(t, found)
			if list.HasErrors() || len(imported.Taken) != 2 {
				t.Fatal(describe(list), asJSON(t, imported.Taken))
			}
			got := imported.Taken[1]
			why := strings.Join(got.Why, "; ")
			if c.unused != "" && (got.Action != Unused || got.ID != apiserver || !strings.Contains(why, c.unused)) {
				t.Errorf("%s %s: %s", got.Action, got.ID, why)
			}
			if c.unused == "" && (got.Action != Imported || got.ID != apiserver || why != c.differs) {
				t.Errorf("%s %s: %s", got.Action, got.ID, why)
			}
			want := map[bool]Action{true: Kept, false: Issued}[c.unused == ""]
			if e := w.build(t).event(t, apiserver); e.Action != want {
				t.Errorf("the build: %s, %v", e.Action, e.Why)
			}
			if e := w.build(t).event(t, apiserver); e.Action != Kept {
				t.Errorf("the build after it: %s, %v", e.Action, e.Why)
			}
		})
	}
}

// TestAdoptedFile has what an .adopted file may excuse and what it may not.
func TestAdoptedFile(t *testing.T) {
	for name, c := range map[string]struct {
		text func(mark string) string
		why  string
	}{
		"as it was written":     {func(m string) string { return m + "\nvalidity is 8760h, not 43800h\n" }, ""},
		"of another":            {func(m string) string { return strings.Repeat("0", len(m)) + "\nvalidity is 8760h, not 43800h\n" }, "validity is 8760h, not 43800h"},
		"without a difference":  {func(m string) string { return m + "\n" }, "validity is 8760h, not 43800h"},
		"with another":          {func(m string) string { return m + "\nvalidity is 8760h, not 8760h\n" }, "validity is 8760h, not 43800h"},
		"empty":                 {func(string) string { return "" }, "validity is 8760h, not 43800h"},
		"excusing what matters": {func(m string) string { return m + "\nvalidity is 8760h, not 43800h\nSAN old removed\n" }, "SAN old removed"},
	} {
		t.Run(name, func(t *testing.T) {
			w, ca, key := newWorld(t), newFar(t, "c kubernetes CA"), newKey(t)
			cert := ca.sign(t, key.Public(), func(c *x509.Certificate) { c.NotAfter = today().Add(8760*time.Hour - 5*time.Minute) })
			w.take(t, both(offered("ca", ca.cert, ca.key), offered("x", cert, key)))
			if strings.Contains(c.why, "SAN") {
				cert = ca.sign(t, key.Public(), func(c *x509.Certificate) {
					c.NotAfter, c.DNSNames = today().Add(8760*time.Hour-5*time.Minute), append(c.DNSNames, "old")
				})
				w.files[apiserver+".crt"] = &fstest.MapFile{Data: pki.EncodeCertificate(cert)}
			}
			w.files[apiserver+".adopted"] = &fstest.MapFile{Data: []byte(c.text(fingerprint(cert.Raw)))}
			e := w.build(t).event(t, apiserver)
			if got := strings.Join(e.Why, "; "); got != c.why || (e.Action == Kept) != (c.why == "") {
				t.Errorf("%s: %s", e.Action, got)
			}
		})
	}
}

// waiting is a world whose kubernetes authority is elsewhere, with its requests.
func waiting(t testing.TB) (*world, far) {
	t.Helper()
	w, ca := newWorld(t), newFar(t, "c kubernetes CA")
	if _, list := w.take(t, offered("ca", ca.cert, nil)); list.HasErrors() {
		t.Fatal(describe(list))
	}
	if asked := w.ask(t); len(asked.Events) != 3 || len(asked.Requests) != 3 {
		t.Fatal(asJSON(t, asked.Events))
	}
	return w, ca
}

func (w *world) request(t testing.TB, id string) *x509.CertificateRequest {
	t.Helper()
	block, _ := pem.Decode(w.files["pending/"+id+".csr"].Data)
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return csr
}

// TestAnswers has an answer to one request, and changes before it comes.
func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, w *world)
		want   string
	}{
		"nothing":      {func(*testing.T, *world) {}, ""},
		"without keys": {func(_ *testing.T, w *world) { w.noKey = true }, ""},
		"spec changed": {func(_ *testing.T, w *world) { w.hosts("10.0.0.1", "m1") }, "SAN kubernetes.default removed"},
		"key swapped": {func(_ *testing.T, w *world) {
			w.swap("pending/"+apiserver+".key.sops", "pending/nodes/m1/kubelet-client.key.sops")
		}, "is another secret's file"},
		"request forged": {func(_ *testing.T, w *world) {
			w.files["pending/"+apiserver+".csr"].Data = []byte("x")
		}, "pending/nodes/m1/apiserver.csr is damaged"},
		"operator left": {func(t *testing.T, w *world) { w.operators = []string{testtool.Age(t).Recipient().String()} }, "removed"},
	} {
		t.Run(name, func(t *testing.T) {
			w, ca := waiting(t)
			w.accept = true
			answer := ca.sign(t, w.request(t, apiserver).PublicKey, nil)
			key := w.files["pending/"+apiserver+".key.sops"].Data
			c.change(t, w)
			_, list := w.take(t, offered("answer", answer, nil))
			if c.want != "" {
				if !strings.Contains(describe(list), c.want) || w.files[apiserver+".crt"] != nil {
					t.Errorf("got %s", describe(list))
				}
				return
			}
			if list.HasErrors() || string(w.files[apiserver+".key.sops"].Data) != string(key) || w.files["pending/"+apiserver+".csr"] != nil {
				t.Errorf("got %s", describe(list))
			}
		})
	}
}

// TestRequestsFit keeps a request, or makes another, after one change each.
func TestRequestsFit(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, w *world)
		want   Action
	}{
		"nothing":     {func(*testing.T, *world) {}, Pending},
		"a day later": {func(_ *testing.T, w *world) { w.now = w.now.Add(24 * time.Hour) }, Pending},
		"names":       {func(_ *testing.T, w *world) { w.hosts("10.0.0.1", "m1") }, Requested},
		"profile":     {func(_ *testing.T, w *world) { w.plan.Certificates[0].Profile = "client" }, Requested},
		"common name": {func(_ *testing.T, w *world) { w.plan.Certificates[0].CommonName = "x" }, Requested},
		"recipe":      {func(_ *testing.T, w *world) { w.recipe("csr/apiserver.json", `{"key": {"algo": "rsa", "size": 2048}}`) }, Requested},
		"node's key": {func(t *testing.T, w *world) {
			w.plan.Certificates[0].Recipients = []string{testtool.Age(t).Recipient().String()}
		}, Requested},
		"request lost": {func(_ *testing.T, w *world) { w.remove("pending/" + apiserver + ".csr") }, Requested},
		"key lost":     {func(_ *testing.T, w *world) { w.remove("pending/" + apiserver + ".key.sops") }, Requested},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := waiting(t)
			before := len(w.files)
			c.change(t, w)
			asked := w.ask(t)
			got := asked.Events[slices.IndexFunc(asked.Events, func(e Event) bool { return e.ID == apiserver })]
			if got.Action != c.want {
				t.Errorf("%s", got.Action)
			}
			if lost := strings.HasSuffix(name, "lost"); c.want == Requested && !lost && len(w.files) != before+2 {
				t.Errorf("%d files, and %d before: the old pair is not in retired/", len(w.files), before)
			}
			csr := w.request(t, apiserver)
			if rsaKey := pki.IsRSA(csr.PublicKey); rsaKey != (name == "recipe") {
				t.Errorf("an RSA key: %v", rsaKey)
			}
		})
	}
}
