package issue

import (
	"bytes"
	"crypto/x509"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/keys/sums"
	"github.com/harender/harender/internal/proof/testtool"
)

func TestFirstAndSecondBuild(t *testing.T) {
	w := newWorld(t)
	first := w.build(t)
	if want := (Counts{Issued: 11}); first.Counts != want {
		t.Errorf("first build: %+v, want %+v", first.Counts, want)
	}
	want := []string{
		etcdCA + ".crt", etcdCA + ".key.sops", encryption + ".yaml.sops", kubernetesCA + ".crt", kubernetesCA + ".key.sops",
		serviceKey + ".key.sops", serviceKey + ".pub",
		"nodes/m1/apiserver.crt", "nodes/m1/apiserver.key.sops", "nodes/m1/encryption.source", "nodes/m1/encryption.yaml.sops",
		"nodes/m1/etcd-peer.crt", "nodes/m1/etcd-peer.key.sops", "nodes/m1/etcd-server.crt", "nodes/m1/etcd-server.key.sops",
		"nodes/m1/kubelet-client.crt", "nodes/m1/kubelet-client.key.sops", "nodes/m1/service-account.key.sops",
		"nodes/m1/service-account.source", "nodes/w1/kubelet-client.crt", "nodes/w1/kubelet-client.key.sops", sums.Pins,
	}
	slices.Sort(want)
	if have := slices.Sorted(maps.Keys(first.Files)); !slices.Equal(have, want) {
		t.Errorf("files %v", have)
	}
	if have := slices.Sorted(slices.Values(first.Write)); !slices.Equal(have, want) {
		t.Errorf("to write %v", have)
	}
	for _, locked := range []bool{false, true} {
		w.locked, w.sealed, w.noKey = locked, true, true
		w.now = w.now.Add(time.Hour)
		again := w.build(t)
		if again.Counts != (Counts{Kept: 11}) || len(again.Write) > 0 {
			t.Errorf("locked %v: %+v, writes %v", locked, again.Counts, again.Write)
		}
		if !maps.EqualFunc(first.Files, again.Files, bytes.Equal) {
			t.Errorf("locked %v: files changed", locked)
		}
		if again.NextExpiry.Time.IsZero() || again.NextExpiry != first.NextExpiry {
			t.Errorf("next expiry %+v, was %+v", again.NextExpiry, first.NextExpiry)
		}
	}
}

// TestCertificates checks what was signed against the plan and the authority.
func TestCertificates(t *testing.T) {
	w := newWorld(t)
	w.build(t)
	for _, c := range w.plan.Certificates {
		cert := w.certificate(t, c.ID)
		ca := w.certificate(t, c.Authority)
		roots := x509.NewCertPool()
		roots.AddCert(ca)
		usage := x509.ExtKeyUsageClientAuth
		if c.Profile != "client" {
			usage = x509.ExtKeyUsageServerAuth
		}
		for _, host := range append(c.Hosts, "") {
			if _, err := cert.Verify(x509.VerifyOptions{Roots: roots, DNSName: host, CurrentTime: w.now, KeyUsages: []x509.ExtKeyUsage{usage}}); err != nil {
				t.Errorf("%s for %q: %v", c.ID, host, err)
			}
		}
		if cert.Subject.CommonName != c.CommonName || !slices.Equal(cert.Subject.Organization, c.Organization) {
			t.Errorf("%s: subject %s", c.ID, cert.Subject)
		}
		if !cert.NotBefore.Equal(w.now.Add(-5*time.Minute)) || cert.NotAfter.Sub(cert.NotBefore) != 43800*time.Hour {
			t.Errorf("%s: from %s to %s", c.ID, cert.NotBefore, cert.NotAfter)
		}
		if !bytes.Equal(cert.AuthorityKeyId, ca.SubjectKeyId) || len(cert.SubjectKeyId) == 0 || cert.SerialNumber.BitLen() < 64 {
			t.Errorf("%s: key ids or serial number", c.ID)
		}
		if cert.KeyUsage != x509.KeyUsageDigitalSignature {
			t.Errorf("%s: key usage %b", c.ID, cert.KeyUsage)
		}
	}
	for _, a := range w.plan.Authorities {
		ca := w.certificate(t, a.ID)
		if !ca.IsCA || !ca.MaxPathLenZero || ca.MaxPathLen != 0 || ca.Subject.CommonName != a.CommonName || ca.NotAfter.Sub(ca.NotBefore) != a.Validity {
			t.Errorf("%s: %+v", a.ID, ca.Subject)
		}
	}
}

func (w *world) certificate(t testing.TB, id string) *x509.Certificate {
	t.Helper()
	cert, err := pki.ParseCertificate(w.files[id+".crt"].Data)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return cert
}

// TestWhoOpensWhat: operators open all, a node opens its own files alone.
func TestWhoOpensWhat(t *testing.T) {
	w := newWorld(t)
	w.build(t)
	count := 0
	for name := range w.files {
		if !strings.HasSuffix(name, ".sops") {
			continue
		}
		count++
		if _, err := w.open(t, name, w.operator); err != nil {
			t.Errorf("the operator: %v", err)
		}
		for node, id := range w.nodes {
			_, err := w.open(t, name, id)
			if own := strings.HasPrefix(name, "nodes/"+node+"/"); own != (err == nil) {
				t.Errorf("%s opens %s: %v", node, name, err)
			}
		}
	}
	if count != 11 {
		t.Errorf("%d sealed files", count)
	}
}

// TestKeysBelong: each sealed key is that of the certificate beside it, and copies equal their source.
func TestKeysBelong(t *testing.T) {
	w := newWorld(t)
	w.build(t)
	for name := range w.files {
		id, ok := strings.CutSuffix(name, ".key.sops")
		if !ok || w.files[id+".crt"] == nil {
			continue
		}
		plain, err := w.open(t, name, w.operator)
		if err != nil {
			t.Fatal(err)
		}
		if err := pki.Match(newPlain(plain), w.certificate(t, id).PublicKey, id); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range w.plan.Copies {
		kind := w.plan.Generated[slices.IndexFunc(w.plan.Generated, func(g plan.Generated) bool { return g.ID == c.Source })].Kind
		one, err1 := w.open(t, c.Source+extension(kind), w.operator)
		two, err2 := w.open(t, c.ID+extension(kind), w.operator)
		if err1 != nil || err2 != nil || !bytes.Equal(one, two) {
			t.Errorf("%s is not %s", c.ID, c.Source)
		}
	}
}

// TestNothingInTheClear looks for key material in all that leaves the package.
func TestNothingInTheClear(t *testing.T) {
	w := newWorld(t)
	res := w.build(t)
	public := asJSON(t, res.Events)
	for _, data := range res.Files {
		public += string(data)
	}
	for name := range res.Files {
		if !strings.HasSuffix(name, ".sops") {
			continue
		}
		plain, err := w.open(t, name, w.operator)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(plain)) {
			line = strings.TrimSpace(line)
			if len(line) >= 30 && !strings.Contains(line, " ") && strings.Contains(public, line) {
				t.Errorf("a line of %s is in the clear", name)
			}
		}
		if strings.Contains(public, "PRIVATE KEY") {
			t.Error("a private key is in the clear")
		}
	}
}

// TestUnique issues many certificates and looks for repetitions.
func TestUnique(t *testing.T) {
	w := newWorld(t)
	template := w.plan.Certificates[4]
	for i := range 300 {
		c := template
		c.ID = "nodes/n" + string(rune('a'+i%26)) + strings.Repeat("x", i/26) + "/kubelet-client"
		w.plan.Certificates = append(w.plan.Certificates, c)
	}
	w.build(t)
	serials, keys := map[string]string{}, map[string]string{}
	for _, c := range w.plan.Certificates {
		cert := w.certificate(t, c.ID)
		for seen, value := range map[*map[string]string]string{&serials: cert.SerialNumber.String(), &keys: string(cert.RawSubjectPublicKeyInfo)} {
			if other, ok := (*seen)[value]; ok {
				t.Errorf("%s and %s share a serial number or a key", c.ID, other)
			}
			(*seen)[value] = c.ID
		}
	}
}

const apiserver = "nodes/m1/apiserver"

// TestChanges has one change each, and says exactly what follows from it.
func TestChanges(t *testing.T) {
	rsa := `{"key": {"algo": "rsa", "size": 2048}}`
	for name, c := range map[string]struct {
		change func(t *testing.T, w *world)
		id     string
		action Action
		why    string
		counts Counts
	}{
		"SAN added": {
			func(_ *testing.T, w *world) {
				w.hosts("10.0.0.1", "10.0.0.9", "2001:db8::1", "kubernetes.default", "m1")
			},
			apiserver, Reissued, "SAN 10.0.0.9 added", Counts{Kept: 10, Reissued: 1},
		},
		"SAN removed": {
			func(_ *testing.T, w *world) { w.hosts("10.0.0.1", "m1", "2001:db8::1") },
			apiserver, Reissued, "SAN kubernetes.default removed", Counts{Kept: 10, Reissued: 1},
		},
		"SAN in another spelling": {
			func(_ *testing.T, w *world) {
				w.hosts("m1", "2001:0DB8:0::1", "::ffff:10.0.0.1", "kubernetes.default")
			},
			apiserver, Kept, "", Counts{Kept: 11},
		},
		"common name": {
			func(_ *testing.T, w *world) { w.plan.Certificates[0].CommonName = "other" },
			apiserver, Reissued, "common name is apiserver m1, not other", Counts{Kept: 10, Reissued: 1},
		},
		"group": {
			func(_ *testing.T, w *world) { w.plan.Certificates[1].Organization = []string{"system:masters"} },
			"nodes/m1/kubelet-client", Reissued, "subject is O=system:nodes, not O=system:masters", Counts{Kept: 10, Reissued: 1},
		},
		"name in the recipe": {
			func(_ *testing.T, w *world) {
				w.recipe("csr/apiserver.json", `{"names": [{"C": "CH", "O": "Example"}]}`)
			},
			apiserver, Reissued, "subject is empty, not O=Example,C=CH", Counts{Kept: 10, Reissued: 1},
		},
		"profile": {
			func(_ *testing.T, w *world) { w.plan.Certificates[0].Profile = "client" },
			apiserver, Reissued, "usage serverAuth removed", Counts{Kept: 10, Reissued: 1},
		},
		"key algorithm": {
			func(_ *testing.T, w *world) { w.recipe("csr/apiserver.json", rsa) },
			apiserver, Reissued, "key is ECDSA P-256, not RSA 2048", Counts{Kept: 10, Reissued: 1},
		},
		"validity": {
			func(_ *testing.T, w *world) { w.plan.Certificates[0].Validity = 8760 * time.Hour },
			apiserver, Reissued, "validity is 43800h, not 8760h", Counts{Kept: 10, Reissued: 1},
		},
		"validity, a little": {
			func(_ *testing.T, w *world) { w.plan.Certificates[0].Validity = 43800*time.Hour - time.Minute },
			apiserver, Kept, "", Counts{Kept: 11},
		},
		"authority": {
			func(_ *testing.T, w *world) { w.plan.Certificates[0].Authority = etcdCA },
			apiserver, Reissued, "its authority changed", Counts{Kept: 10, Reissued: 1},
		},
		"another, new authority": {
			func(_ *testing.T, w *world) {
				w.plan.Authorities = append(w.plan.Authorities, plan.Authority{
					ID: "cluster/other-ca", Recipe: "csr/etcd-ca.json", CommonName: "c other CA", Validity: 87600 * time.Hour,
				})
				w.plan.Certificates[0].Authority = "cluster/other-ca"
			},
			apiserver, Reissued, "its authority is new", Counts{Kept: 10, Issued: 1, Reissued: 1},
		},
		"renewal window": {
			func(_ *testing.T, w *world) { w.now = w.now.Add(43800*time.Hour - 719*time.Hour) },
			apiserver, Reissued, "inside the renewal window of 720h", Counts{Kept: 6, Reissued: 5},
		},
		"before the renewal window": {
			func(_ *testing.T, w *world) { w.now = w.now.Add(43800*time.Hour - 721*time.Hour) },
			apiserver, Kept, "", Counts{Kept: 11},
		},
		"expired": {
			func(_ *testing.T, w *world) { w.now = w.now.Add(50000 * time.Hour) },
			apiserver, Reissued, "it expired at 2031-", Counts{Kept: 6, Reissued: 5},
		},
		"clock set back": {
			func(_ *testing.T, w *world) { w.now = w.now.Add(-5 * time.Minute) },
			apiserver, Kept, "", Counts{Kept: 11},
		},
		"certificate lost": {
			func(_ *testing.T, w *world) { w.remove(apiserver + ".crt") },
			apiserver, Reissued, "the certificate is missing", Counts{Kept: 10, Reissued: 1},
		},
		"key lost": {
			func(_ *testing.T, w *world) { w.remove(apiserver + ".key.sops") },
			apiserver, Reissued, "the key is missing", Counts{Kept: 10, Reissued: 1},
		},
		"both lost": {
			func(_ *testing.T, w *world) { w.remove(apiserver+".crt", apiserver+".key.sops") },
			apiserver, Issued, "it does not exist", Counts{Kept: 10, Issued: 1},
		},
		"certificates swapped": {
			func(_ *testing.T, w *world) {
				a, b := apiserver+".crt", "nodes/m1/etcd-peer.crt"
				w.files[a], w.files[b] = w.files[b], w.files[a]
			},
			apiserver, Reissued, "its authority changed", Counts{Kept: 9, Reissued: 2},
		},
		"node's key replaced": {
			func(t *testing.T, w *world) {
				w.plan.Certificates[4].Recipients, w.accept = []string{testtool.Age(t).Recipient().String()}, true
			},
			"nodes/w1/kubelet-client", Reissued, "removed", Counts{Kept: 10, Reissued: 1},
		},
		"node's key added": {
			func(t *testing.T, w *world) {
				w.plan.Certificates[4].Recipients = append(slices.Clone(w.plan.Certificates[4].Recipients), testtool.Age(t).Recipient().String())
				w.accept = true
			},
			"nodes/w1/kubelet-client", Resealed, "added", Counts{Kept: 10, Resealed: 1},
		},
		"operator added and accepted": {
			func(t *testing.T, w *world) {
				w.operators, w.accept = append(w.operators, testtool.Age(t).Recipient().String()), true
			},
			apiserver, Resealed, "added", Counts{Resealed: 11},
		},
		"node's copy for another key": {
			func(t *testing.T, w *world) {
				w.plan.Copies[1].Recipients, w.accept = []string{testtool.Age(t).Recipient().String()}, true
			},
			"nodes/m1/encryption", Resealed, "removed", Counts{Kept: 10, Resealed: 1},
		},
		"copies of another secret": {
			func(_ *testing.T, w *world) {
				w.plan.Generated = append(w.plan.Generated, plan.Generated{ID: "cluster/other", Kind: plan.EncryptionConfig})
				w.plan.Copies[1].ID, w.plan.Copies[1].Source = "nodes/m1/other", "cluster/other"
			},
			"nodes/m1/other", Issued, "it does not exist", Counts{Kept: 10, Issued: 2},
		},
		"source of a copy forgotten": {
			func(_ *testing.T, w *world) { w.remove("nodes/m1/encryption.source") },
			"nodes/m1/encryption", Resealed, "its source is not known", Counts{Kept: 10, Resealed: 1},
		},
		"copy lost": {
			func(_ *testing.T, w *world) { w.remove("nodes/m1/encryption.yaml.sops") },
			"nodes/m1/encryption", Issued, "it does not exist", Counts{Kept: 10, Issued: 1},
		},
		"public key of tokens lost": {
			func(_ *testing.T, w *world) { w.remove(serviceKey + ".pub") },
			serviceKey, Issued, "the public key is missing", Counts{Kept: 10, Issued: 1},
		},
		"new node": {
			func(t *testing.T, w *world) {
				c := w.plan.Certificates[4]
				c.ID, c.Recipients = "nodes/w2/kubelet-client", []string{testtool.Age(t).Recipient().String()}
				w.plan.Certificates = append(w.plan.Certificates, c)
			},
			"nodes/w2/kubelet-client", Issued, "it does not exist", Counts{Kept: 11, Issued: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.build(t)
			before := maps.Clone(w.files)
			c.change(t, w)
			now, opened := w.now, w.accept
			w.locked = true
			if _, problems := w.issue(t); problems.HasErrors() != (c.action != Kept) {
				t.Errorf("locked: %s", describe(problems))
			}
			w.locked = false
			res := w.build(t)
			e := res.event(t, c.id)
			if e.Action != c.action || !strings.Contains(strings.Join(e.Why, "; "), c.why) || c.why == "" && len(e.Why) > 0 {
				t.Errorf("%s %v", e.Action, e.Why)
			}
			if res.Counts != c.counts {
				t.Errorf("%+v, want %+v", res.Counts, c.counts)
			}
			w.kept(t, res, before)
			w.now, w.accept, w.sealed = now, opened, true
			if again := w.build(t); again.Counts.Kept != len(again.Events) || len(again.Write) > 0 {
				t.Errorf("the build after it is not still: %+v %v", again.Counts, again.Events)
			}
		})
	}
}

// kept sees to it that no sealed file or certificate of before is lost, and that what was kept is as it was.
func (w *world) kept(t *testing.T, res Result, before fstest.MapFS) {
	t.Helper()
	for name, old := range before {
		id, _, _ := strings.Cut(name, ".")
		if name == sums.Pins || w.files[name] != nil && bytes.Equal(w.files[name].Data, old.Data) {
			continue
		}
		e := res.event(t, id)
		if e.Action == Kept {
			t.Errorf("%s was kept, and changed", name)
		}
		if e.Action == Reissued {
			found := slices.ContainsFunc(slices.Collect(maps.Values(w.files)), func(f *fstest.MapFile) bool { return bytes.Equal(f.Data, old.Data) })
			if !found && w.files[name] != nil && !strings.Contains(strings.Join(e.Why, ""), "missing") {
				t.Errorf("%s was replaced, and is not in retired/", name)
			}
		}
	}
}

// hosts of the apiserver's certificate.
func (w *world) hosts(hosts ...string) { w.plan.Certificates[0].Hosts = hosts }

func (w *world) remove(names ...string) {
	for _, name := range names {
		delete(w.files, name)
	}
}

func (w *world) write(name, text string) { w.files[name] = &fstest.MapFile{Data: []byte(text)} }
