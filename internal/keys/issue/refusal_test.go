package issue

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/keys/sums"
	"github.com/harender/harender/internal/layout"
	"github.com/harender/harender/internal/proof/testtool"
)

// TestRefusals has one mistake each, in a world that was built before.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, w *world)
		where  string
		want   string
	}{
		"certificate is not PEM":    {func(_ *testing.T, w *world) { w.write(apiserver+".crt", "nonsense") }, "secrets/" + apiserver + ".crt", "it is not PEM"},
		"certificate is empty":      {func(_ *testing.T, w *world) { w.write(apiserver+".crt", "") }, "secrets/" + apiserver + ".crt", "it is not PEM"},
		"two certificates":          {func(_ *testing.T, w *world) { w.twice(apiserver + ".crt") }, "secrets/" + apiserver + ".crt", "something follows"},
		"public key as certificate": {func(_ *testing.T, w *world) { w.files[apiserver+".crt"] = w.files[serviceKey+".pub"] }, "secrets/" + apiserver + ".crt", "a PUBLIC KEY, not a CERTIFICATE"},
		"broken certificate": {func(_ *testing.T, w *world) {
			w.write(apiserver+".crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
		}, "secrets/" + apiserver + ".crt", "does not parse"},
		"key is not sealed": {func(_ *testing.T, w *world) {
			w.write(apiserver+".key.sops", "-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----\n")
		}, "secrets/" + apiserver + ".key.sops", "not a sops file"},
		"key and certificate swapped":   {func(_ *testing.T, w *world) { w.swap(apiserver+".crt", apiserver+".key.sops") }, "secrets/" + apiserver + ".key.sops", "not a sops file"},
		"authority is not PEM":          {func(_ *testing.T, w *world) { w.write(etcdCA+".crt", "nonsense") }, "secrets/" + etcdCA + ".crt", "it is not PEM"},
		"authority's key is not sealed": {func(_ *testing.T, w *world) { w.write(etcdCA+".key.sops", "{}") }, "secrets/" + etcdCA + ".key.sops", "not a sops file"},
		"authority has only a key":      {func(_ *testing.T, w *world) { w.remove(etcdCA + ".crt") }, "secrets/" + etcdCA + ".crt", "has a key, but no certificate"},
		"authority is gone":             {func(_ *testing.T, w *world) { w.remove(kubernetesCA+".crt", kubernetesCA+".key.sops") }, "secrets/" + kubernetesCA + ".crt", "is gone, but certificates name it: nodes/m1/apiserver, nodes/m1/kubelet-client, nodes/w1/kubelet-client"},
		"authority of somebody else": {func(t *testing.T, w *world) {
			other := newWorld(t)
			other.build(t)
			for _, ext := range []string{".crt", ".key.sops"} {
				w.files[kubernetesCA+ext] = other.files[kubernetesCA+ext]
			}
		}, "secrets/" + kubernetesCA + ".crt", "is another authority than the one that signed the certificates here"},
		"node's key added": {func(t *testing.T, w *world) {
			w.plan.Copies[1].Recipients = append(slices.Clone(w.plan.Copies[1].Recipients), testtool.Age(t).Recipient().String())
		}, "", "is new among the recipients: it could open nodes/m1/encryption"},
		"encryption key is gone":        {func(_ *testing.T, w *world) { w.remove(encryption + ".yaml.sops") }, "secrets/" + encryption + ".yaml.sops", "is gone, but nodes have copies of it: nodes/m1/encryption"},
		"token keys are gone":           {func(_ *testing.T, w *world) { w.remove(serviceKey+".key.sops", serviceKey+".pub") }, "secrets/" + serviceKey + ".key.sops", "is gone, but nodes have copies of it: nodes/m1/service-account"},
		"authority is a leaf":           {func(_ *testing.T, w *world) { w.files[etcdCA+".crt"] = w.files[apiserver+".crt"] }, "secrets/" + etcdCA + ".crt", "no authority's certificate"},
		"authority expired":             {func(_ *testing.T, w *world) { w.now = w.now.Add(87600 * time.Hour) }, "secrets/" + etcdCA + ".crt", "expired at 2036"},
		"authority of the future":       {func(_ *testing.T, w *world) { w.now = w.now.Add(-6 * time.Minute) }, "secrets/" + etcdCA + ".crt", "not valid before"},
		"tokens have only a public key": {func(_ *testing.T, w *world) { w.remove(serviceKey + ".key.sops") }, "secrets/" + serviceKey + ".key.sops", "has a public key, but no private key"},
		"public key is not PEM":         {func(_ *testing.T, w *world) { w.write(serviceKey+".pub", "x") }, "secrets/" + serviceKey + ".pub", "it is not PEM"},
		"copy is not sealed":            {func(_ *testing.T, w *world) { w.write("nodes/m1/encryption.yaml.sops", "x") }, "secrets/nodes/m1/encryption.yaml.sops", "not a sops file"},
		"authority's key is elsewhere": {func(t *testing.T, w *world) {
			w.away(t, kubernetesCA)
			w.hosts("new")
			w.plan.Certificates[1].CommonName = "new"
		}, "secrets/" + kubernetesCA + ".key.sops", "2 certificates need its signature"},
		"authority's key is gone": {func(_ *testing.T, w *world) {
			w.sealed = true
			w.remove(kubernetesCA + ".key.sops")
		}, "secrets/" + kubernetesCA + ".key.sops", "the key of cluster/kubernetes-ca is gone"},
		"authority's key is elsewhere and here": {func(t *testing.T, w *world) {
			key := w.files[kubernetesCA+".key.sops"]
			w.away(t, kubernetesCA)
			w.files[kubernetesCA+".key.sops"] = key
		}, "secrets/" + kubernetesCA + ".elsewhere", "said to be elsewhere, and is here"},
		"another authority's key is elsewhere": {func(t *testing.T, w *world) {
			w.away(t, kubernetesCA)
			w.write(kubernetesCA+".elsewhere", "sha256:00\n")
		}, "secrets/" + kubernetesCA + ".elsewhere", "is about another key"},
		"authority's certificate is gone": {func(_ *testing.T, w *world) {
			w.sealed = true
			w.remove(kubernetesCA + ".crt")
		}, "secrets/" + kubernetesCA + ".crt", "has a key, but no certificate"},
		"service account key is gone": {func(_ *testing.T, w *world) {
			w.sealed = true
			w.remove(serviceKey + ".key.sops")
		}, "secrets/" + serviceKey + ".key.sops", "has a public key, but no private key"},
		"both halves of the service account key are gone": {func(_ *testing.T, w *world) {
			w.sealed = true
			w.remove(serviceKey+".key.sops", serviceKey+".pub")
		}, "secrets/" + serviceKey + ".key.sops", "is gone, but nodes have copies of it"},
		"a leaf's halves are of two pairs": {func(t *testing.T, w *world) {
			key := w.files["nodes/m1/etcd-peer.key.sops"]
			w.renew = Renewal{Asked: true}
			w.build(t)
			w.renew, w.sealed = Renewal{}, true
			w.files["nodes/m1/etcd-peer.key.sops"] = key
		}, "secrets/nodes/m1/etcd-peer.key.sops", "are halves of two pairs"},
		"nobody opens the authority's key": {func(_ *testing.T, w *world) {
			w.noKey = true
			w.plan.Certificates[0].CommonName, w.plan.Certificates[1].CommonName = "new", "new"
		}, "secrets/" + kubernetesCA + ".key.sops", "no key at hand opens"},
		"authorities' keys swapped": {func(t *testing.T, w *world) {
			w.forge(t, kubernetesCA, etcdCA+".key.sops")
			w.hosts("new")
		}, "secrets/" + kubernetesCA + ".key.sops", "does not belong"},
		"authorities' files swapped": {func(_ *testing.T, w *world) {
			w.locked, w.sealed = true, true
			w.swap(kubernetesCA+".key.sops", etcdCA+".key.sops")
		}, "secrets/" + kubernetesCA + ".key.sops", `another secret's file: it is labelled "cluster/etcd-ca", not cluster/kubernetes-ca`},
		"a node has another's file": {func(_ *testing.T, w *world) {
			w.locked, w.sealed = true, true
			w.files["nodes/m1/kubelet-client.key.sops"] = w.files["nodes/w1/kubelet-client.key.sops"]
		}, "secrets/nodes/m1/kubelet-client.key.sops", `it is labelled "nodes/w1/kubelet-client", not nodes/m1/kubelet-client`},
		"a copy was put where its source is": {func(_ *testing.T, w *world) {
			w.locked, w.sealed = true, true
			w.files[encryption+".yaml.sops"] = w.files["nodes/m1/encryption.yaml.sops"]
		}, "secrets/" + encryption + ".yaml.sops", `it is labelled "nodes/m1/encryption", not cluster/encryption`},
		"authority's key is another secret": {func(t *testing.T, w *world) {
			w.forge(t, kubernetesCA, encryption+".yaml.sops")
			w.hosts("new")
		}, "secrets/" + kubernetesCA + ".key.sops", "no private key in PEM"},
		"authority's key was changed": {func(_ *testing.T, w *world) {
			text := string(w.files[kubernetesCA+".key.sops"].Data)
			w.write(kubernetesCA+".key.sops", strings.Replace(text, "2026-11-22", "2026-11-21", 1))
			w.hosts("new")
		}, "secrets/" + kubernetesCA + ".key.sops", "authentication code"},
		"leaf's key is another": {func(t *testing.T, w *world) {
			w.forge(t, "nodes/m1/etcd-peer", "nodes/m1/etcd-server.key.sops")
			w.operators, w.accept = append(w.operators, testtool.Age(t).Recipient().String()), true
		}, "secrets/nodes/m1/etcd-peer.key.sops", "does not belong"},
		"token key is another": {func(t *testing.T, w *world) {
			w.forge(t, serviceKey, encryption+".yaml.sops")
			w.remove("nodes/m1/service-account.key.sops")
		}, "secrets/" + serviceKey + ".key.sops", "does not belong"},
		"operator added":    {func(t *testing.T, w *world) { w.operators = append(w.operators, testtool.Age(t).Recipient().String()) }, ".sops.yaml", "is new among the recipients: it could open cluster/etcd-ca, cluster/kubernetes-ca, cluster/service-account, cluster/encryption, nodes/m1/apiserver and 6 more"},
		"operator replaced": {func(t *testing.T, w *world) { w.operators = []string{testtool.Age(t).Recipient().String()} }, ".sops.yaml", "is new among the recipients"},
		"operator added with a new node": {func(t *testing.T, w *world) {
			w.sealed = true
			w.operators = append(w.operators, testtool.Age(t).Recipient().String())
			c := w.plan.Certificates[4]
			c.ID = "nodes/w2/kubelet-client"
			w.plan = plan.Plan{Authorities: w.plan.Authorities[1:], Certificates: []plan.Certificate{c}}
		}, ".sops.yaml", "nodes/w2/kubelet-client"},
		"unknown authority":        {func(_ *testing.T, w *world) { w.plan.Certificates[0].Authority = "cluster/other" }, "", "there is no authority cluster/other"},
		"node's recipient":         {func(_ *testing.T, w *world) { w.plan.Certificates[4].Recipients = []string{"root@w1"} }, "", `"root@w1" is no recipient`},
		"node's plugin":            {func(_ *testing.T, w *world) { w.plan.Certificates[4].Recipients = []string{"age1yubikey1qqq"} }, "", "needs an age plugin"},
		"window as long as a life": {func(_ *testing.T, w *world) { w.plan.Certificates[0].RenewBefore = 43800 * time.Hour }, "", "the renewal window of 43800h0m0s is no shorter"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.build(t)
			c.change(t, w)
			res, problems := w.issue(t)
			i := slices.IndexFunc(problems, func(d diag.Diagnostic) bool {
				return d.Severity == diag.Error && d.Pos.File == c.where && strings.Contains(d.Summary+": "+d.Detail, c.want)
			})
			if i < 0 {
				t.Fatalf("got\n%s", describe(problems))
			}
			if len(problems) > 4 || strings.Contains(describe(problems), "MIGHAgEA") {
				t.Errorf("got\n%s", describe(problems))
			}
			if res.Files != nil || res.Write != nil || res.Events != nil {
				t.Error("there is a result beside the error")
			}
		})
	}
}

// forge puts what the file from holds in the place of the id's key, as an operator could who labels it as what it is not.
func (w *world) forge(t *testing.T, id, from string) {
	t.Helper()
	plain, err := w.open(t, from, w.operator)
	if err != nil {
		t.Fatal(err)
	}
	var node []string
	if name, found := strings.CutPrefix(id, "nodes/"); found {
		node = []string{w.nodes[name[:2]].Recipient().String()}
	}
	sealed, err := w.vault(t).Seal(layout.Secrets+id+".key.sops", id, newPlain(plain), node)
	if err != nil {
		t.Fatal(err)
	}
	w.write(id+".key.sops", string(sealed))
}

// away takes the keys of authorities away, and says that they are elsewhere.
func (w *world) away(t *testing.T, ids ...string) {
	t.Helper()
	for _, id := range ids {
		w.remove(id + ".key.sops")
		w.write(id+".elsewhere", certificate.Pin(w.certificate(t, id).PublicKey)+"\n")
	}
}

func (w *world) swap(a, b string) { w.files[a], w.files[b] = w.files[b], w.files[a] }

func (w *world) twice(name string) {
	text := string(w.files[name].Data)
	w.write(name, text+text)
}

// TestWarnings has findings that do not stop a build.
func TestWarnings(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, w *world)
		want   string
	}{
		"authority's name": {func(_ *testing.T, w *world) { w.plan.Authorities[0].CommonName = "other" }, "common name is c etcd CA, not other"},
		"authority's key":  {func(_ *testing.T, w *world) { w.recipe("csr/etcd-ca.json", `{"key": {"algo": "rsa", "size": 2048}}`) }, "cluster/etcd-ca: key is ECDSA P-256, not RSA 2048"},
		"token key": {func(_ *testing.T, w *world) {
			w.recipe("csr/service-account.json", `{"key": {"algo": "rsa", "size": 2048}}`)
		}, "cluster/service-account: key is ECDSA P-256, not RSA 2048"},
		"one authority for two": {func(t *testing.T, w *world) {
			w.files[etcdCA+".crt"] = w.files[kubernetesCA+".crt"]
			w.forge(t, etcdCA, kubernetesCA+".key.sops")
			w.remove(sums.Pins)
			for _, c := range w.plan.Certificates {
				if c.Authority == etcdCA {
					w.remove(c.ID+".crt", c.ID+".key.sops")
				}
			}
		}, "cluster/etcd-ca and cluster/kubernetes-ca have the same key"},
		"authority ends": {func(_ *testing.T, w *world) { w.now = w.now.Add(87600*time.Hour - 100*time.Hour) }, "expires at 2036"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.build(t)
			c.change(t, w)
			_, problems := w.issue(t)
			if problems.HasErrors() || !strings.Contains(describe(problems), c.want) {
				t.Errorf("got\n%s", describe(problems))
			}
		})
	}
}

// TestOperatorLeaves seals the lasting secrets for those who stay, replaces the leaves, and says what they still know.
func TestOperatorLeaves(t *testing.T) {
	w := newWorld(t)
	leaver := testtool.Age(t)
	w.operators = append(w.operators, leaver.Recipient().String())
	w.build(t)
	w.operators = w.operators[:1]
	const wantDetail = "secrets that stay: cluster/etcd-ca, cluster/kubernetes-ca, cluster/service-account, cluster/encryption, nodes/m1/service-account and 1 more; " +
		"the keys of certificates that were replaced and work until 2031-11-21T07:55:00Z: nodes/m1/apiserver, nodes/m1/kubelet-client, nodes/m1/etcd-server, nodes/m1/etcd-peer, nodes/w1/kubelet-client"
	const wantHint = "if anyone who holds that key is not to be trusted: harender certs rotate-ca etcd, harender certs rotate-ca kubernetes, " +
		"harender certs rotate-key service-account, harender certs rotate-key encryption (to --retire it, also --rewritten), each with --stage, --promote and --retire"
	_, problems := w.issue(t)
	if problems.HasErrors() || len(problems) != 1 || !strings.HasPrefix(problems[0].Summary, leaver.Recipient().String()) || problems[0].Detail != wantDetail || problems[0].Hint != wantHint {
		t.Errorf("got\n%s", describe(problems))
	}
	res := w.build(t)
	if want := (Counts{Reissued: 5, Resealed: 6}); res.Counts != want {
		t.Errorf("%+v", res.Counts)
	}
	for name := range w.files {
		if !strings.HasSuffix(name, ".sops") || strings.HasPrefix(name, "retired/") {
			continue
		}
		if _, err := w.open(t, name, leaver); err == nil {
			t.Errorf("%s still opens for who left", name)
		}
	}
}

// TestMachineReplaced: a machine that gave way to another is no reason to replace every authority; if its key is lost, one command says
// what to replace.
func TestMachineReplaced(t *testing.T) {
	w := newWorld(t)
	w.build(t)
	w.rekeyed("m1", testtool.Age(t).Recipient().String())
	w.accept = true
	_, problems := w.issue(t)
	if problems.HasErrors() || len(problems) != 1 || !strings.HasSuffix(problems[0].Hint, "harender secrets access --stolen m1 says what to replace") {
		t.Errorf("got\n%s", describe(problems))
	}
}

// TestLocked names each thing that is missing or stale, and why.
func TestLocked(t *testing.T) {
	w := newWorld(t)
	w.locked, w.sealed = true, true
	_, problems := w.issue(t)
	if len(problems) != 11 {
		t.Errorf("nothing is there, and %d are missing:\n%s", len(problems), describe(problems))
	}
	w.locked, w.sealed = false, false
	w.build(t)
	w.hosts("new")
	w.remove("nodes/w1/kubelet-client.key.sops")
	w.locked, w.sealed = true, true
	_, problems = w.issue(t)
	want := "error: nodes/m1/apiserver would have to be reissued: SAN new added; SAN kubernetes.default removed; SAN m1 removed; " +
		"SAN 10.0.0.1 removed; SAN 2001:db8::1 removed (secrets/nodes/m1/apiserver.key.sopsspec.nodes.m1)\n" +
		"error: nodes/w1/kubelet-client would have to be reissued: the key is missing (secrets/nodes/w1/kubelet-client.key.sopsspec.nodes.w1)\n"
	if got := describe(problems); got != want {
		t.Errorf("got\n%s", got)
	}
	for _, d := range problems {
		if d.Hint == "" || d.Field == "" {
			t.Errorf("%+v", d)
		}
	}
}

// TestExternalAuthority keeps what an authority signed whose key is elsewhere.
func TestExternalAuthority(t *testing.T) {
	w := newWorld(t)
	w.build(t)
	w.away(t, kubernetesCA, etcdCA)
	w.sealed = true
	if res := w.build(t); res.Counts != (Counts{Kept: 11}) {
		t.Errorf("%+v", res.Counts)
	}
}

// TestCutByAuthority: near its authority's end a certificate is cut, and stays as it is until the authority changes.
func TestCutByAuthority(t *testing.T) {
	w := newWorld(t)
	w.plan.Authorities[1].Validity = 50000 * time.Hour
	w.build(t)
	ca := w.certificate(t, kubernetesCA)
	for _, before := range []time.Duration{40000 * time.Hour, 700 * time.Hour, 100 * time.Hour, time.Hour} {
		w.now = ca.NotAfter.Add(-before)
		w.build(t)
		for _, id := range []string{apiserver, "nodes/w1/kubelet-client"} {
			if cert := w.certificate(t, id); cert.NotAfter.After(ca.NotAfter) || !w.now.Before(cert.NotAfter) {
				t.Errorf("%s before the authority's end: %s ends at %s", before, id, cert.NotAfter)
			}
		}
		again := w.build(t)
		if again.Counts.Kept != 11 {
			t.Errorf("%s before the authority's end, a second build: %+v", before, again.Counts)
		}
	}
}

func TestRecipeProblems(t *testing.T) {
	const server = "csr/apiserver.json"
	profiles := func(server string) string {
		return `{"signing": {"profiles": {"client": {"usages": ["client auth"], "expiry": "43800h"}, "peer": {"usages": ["client auth"], "expiry": "43800h"}, "server": ` + server + "}}}"
	}
	for name, c := range map[string]struct{ file, text, want, hint string }{
		"not JSON":         {server, "{\n  \"key\": {,}\n}", "secrets/csr/apiserver.json:2: this is not JSON", ""},
		"empty":            {server, "", "this is not JSON", ""},
		"two objects":      {server, "{}\n{}", "secrets/csr/apiserver.json:2: a recipe is one JSON object", ""},
		"unknown key":      {server, "{\n\n \"kye\": {}}", `secrets/csr/apiserver.json:3: unknown key "kye"`, "did you mean key?"},
		"key twice":        {server, "{\"key\": {},\n \"key\": {}}", `secrets/csr/apiserver.json:2: the key "key" stands twice`, ""},
		"wrong type":       {server, `{"key": {"algo": 5}}`, "key.algo cannot be a number", ""},
		"common name":      {server, `{"CN": "me"}`, "sets neither CN nor hosts", ""},
		"hosts":            {server, `{"hosts": ["a"]}`, "sets neither CN nor hosts", ""},
		"algorithm":        {server, `{"key": {"algo": "dsa", "size": 1024}}`, `no key of algorithm "dsa" and size 1024`, ""},
		"size":             {server, `{"key": {"algo": "rsa", "size": 1024}}`, `no key of algorithm "rsa" and size 1024`, ""},
		"P-521":            {server, `{"key": {"algo": "ecdsa", "size": 521}}`, `size 521`, ""},
		"group":            {server, `{"names": [{"O": "system:masters"}]}`, `cannot set the organization "system:masters"`, ""},
		"tokens":           {"csr/service-account.json", `{"key": {"algo": "ed25519", "size": 0}}`, "a service account key cannot be Ed25519", ""},
		"no profile":       {"ca-config.json", `{"signing": {"profiles": {}}}`, `there is no signing profile "server"`, ""},
		"unknown setting":  {"ca-config.json", profiles(`{"usage": ["server auth"]}`), `unknown key "usage"`, "did you mean usages?"},
		"expiry":           {"ca-config.json", profiles(`{"usages": ["server auth"], "expiry": "5y"}`), `profile server: expiry "5y" is not a duration`, ""},
		"negative expiry":  {"ca-config.json", profiles(`{"usages": ["server auth"], "expiry": "-1h"}`), `expiry "-1h" is not a duration`, ""},
		"unknown usage":    {"ca-config.json", profiles(`{"usages": ["server-auth"], "expiry": "1h"}`), `has the usage "server-auth"`, "did you mean server auth?"},
		"no extended":      {"ca-config.json", profiles(`{"usages": ["signing"], "expiry": "43800h"}`), "neither for servers nor for clients", ""},
		"short expiry":     {"ca-config.json", profiles(`{"usages": ["server auth"], "expiry": "720h"}`), "no shorter than the validity of 720h", ""},
		"authority's uses": {"ca-config.json", profiles(`{"usages": ["server auth", "cert sign"], "expiry": "43800h"}`), `has the usage "cert sign"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.sealed = true
			w.recipe(c.file, c.text)
			_, problems := w.issue(t)
			i := slices.IndexFunc(problems, func(d diag.Diagnostic) bool {
				return strings.Contains(d.Pos.String()+": "+d.Summary, c.want) && strings.Contains(d.Hint, c.hint)
			})
			if i < 0 {
				t.Errorf("got\n%s", describe(problems))
			}
		})
	}
	t.Run("missing", func(t *testing.T) {
		w := newWorld(t)
		w.plan.Certificates[0].Recipe = "csr/none.json"
		if _, problems := w.issue(t); !strings.Contains(describe(problems), "cannot read the recipe secrets/csr/none.json") {
			t.Errorf("got\n%s", describe(problems))
		}
	})
}
