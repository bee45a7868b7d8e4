package issue

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"filippo.io/age"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/keys/vault"
	"github.com/harender/harender/internal/layout"
	"github.com/harender/harender/internal/proof/testtool"
)

const (
	kubernetesCA = "cluster/kubernetes-ca"
	etcdCA       = "cluster/etcd-ca"
	serviceKey   = "cluster/service-account"
	encryption   = "cluster/encryption"
)

func today() time.Time { return time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC) }

// world is a repository with its operator, as a test sees it.
type world struct {
	plan      plan.Plan
	files     fstest.MapFS
	recipes   fs.FS
	root      string
	operator  *age.X25519Identity
	operators []string
	// rules add operators for some paths.
	rules map[string][]string
	// policy is another one than operators and rules make.
	policy  string
	nodes   map[string]*age.X25519Identity
	now     time.Time
	locked  bool
	accept  bool
	keep    bool
	renew   Renewal
	step    *Step
	replace []string
	// older are sealed files of an older version, by their bytes.
	older map[string]bool
	// noKey takes the operator's identity away; sealed makes the test fail when anything is sealed or opened.
	noKey, sealed bool
}

// newWorld has two authorities, one master with four certificates, one worker with one, and the cluster's secrets.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{
		files: fstest.MapFS{}, recipes: os.DirFS("../../../secrets"), root: t.TempDir(), operator: testtool.Age(t),
		nodes: map[string]*age.X25519Identity{"m1": testtool.Age(t), "w1": testtool.Age(t)}, now: today(),
	}
	w.operators = []string{w.operator.Recipient().String()}
	m1, w1 := []string{w.nodes["m1"].Recipient().String()}, []string{w.nodes["w1"].Recipient().String()}
	cert := func(node, name, authority, profile string, hosts ...string) plan.Certificate {
		return plan.Certificate{
			ID: "nodes/" + node + "/" + name, Authority: authority, Profile: profile, Recipe: "csr/" + name + ".json",
			CommonName: name + " " + node, Hosts: hosts, RenewBefore: 720 * time.Hour,
			Recipients: map[string][]string{"m1": m1, "w1": w1}[node], Field: "spec.nodes." + node,
		}
	}
	w.plan = plan.Plan{
		Authorities: []plan.Authority{
			{ID: etcdCA, Recipe: "csr/etcd-ca.json", CommonName: "c etcd CA", Validity: 87600 * time.Hour},
			{ID: kubernetesCA, Recipe: "csr/kubernetes-ca.json", CommonName: "c kubernetes CA", Validity: 87600 * time.Hour},
		},
		Certificates: []plan.Certificate{
			cert("m1", "apiserver", kubernetesCA, "server", "10.0.0.1", "2001:db8::1", "kubernetes.default", "m1"),
			cert("m1", "kubelet-client", kubernetesCA, "client"),
			cert("m1", "etcd-server", etcdCA, "server", "10.0.0.1", "m1"),
			cert("m1", "etcd-peer", etcdCA, "peer", "10.0.0.1", "m1"),
			cert("w1", "kubelet-client", kubernetesCA, "client"),
		},
		Generated: []plan.Generated{
			{ID: serviceKey, Kind: plan.ServiceAccountKey, Recipe: "csr/service-account.json"},
			{ID: encryption, Kind: plan.EncryptionConfig},
		},
		Copies: []plan.Copy{
			{ID: "nodes/m1/service-account", Source: serviceKey, Recipients: m1, Field: "spec.nodes.m1"},
			{ID: "nodes/m1/encryption", Source: encryption, Recipients: m1, Field: "spec.nodes.m1"},
		},
	}
	w.plan.Cluster.Certificates.RenewBefore = 720 * time.Hour
	w.plan.Certificates[1].Organization = []string{"system:nodes"}
	w.plan.Certificates[4].Organization = []string{"system:nodes"}
	return w
}

// vault reads the policy as it is now.
func (w *world) vault(t testing.TB) Vault {
	t.Helper()
	policy := "creation_rules:\n"
	for _, path := range slices.Sorted(maps.Keys(w.rules)) {
		policy += "  - path_regex: " + path + "\n    age: " + strings.Join(append(w.rules[path], w.operators...), ",") + "\n"
	}
	policy += "  - age: " + strings.Join(w.operators, ",") + "\n"
	if w.policy != "" {
		policy = w.policy
	}
	if err := os.WriteFile(filepath.Join(w.root, vault.ConfigName), []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	v, problems := vault.Load(w.root, func() time.Time { return w.now }, func(name string) (string, bool) {
		return w.operator.String(), name == "SOPS_AGE_KEY" && !w.noKey
	})
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	out := forgetful{v, w.older}
	if w.sealed {
		return noIdentity{out, t}
	}
	return out
}

// forgetful is a vault by which older files do not say to whom they were sealed.
type forgetful struct {
	Vault
	older map[string]bool
}

func (f forgetful) Read(sealed secret.Sealed) (label secret.Label, recipients []string, err error) {
	label, recipients, err = f.Vault.Read(sealed)
	if f.older[string(sealed)] {
		label.Recipients = nil
	}
	return label, recipients, err
}

// noIdentity is a vault whose door must not be touched.
type noIdentity struct {
	Vault
	t testing.TB
}

func (s noIdentity) Seal(path, _ string, _ secret.Plain, _ []string) (secret.Sealed, error) {
	s.t.Errorf("%s was sealed", path)
	return nil, fs.ErrInvalid
}

func (s noIdentity) Open(path, _ string, _ secret.Sealed) (secret.Plain, error) {
	s.t.Errorf("%s was opened", path)
	return secret.Plain{}, fs.ErrInvalid
}

func (w *world) issue(t testing.TB) (Result, diag.List) {
	t.Helper()
	return Issue(w.plan, w.inputs(t))
}

func (w *world) inputs(t testing.TB) Inputs {
	t.Helper()
	return Inputs{
		Secrets: w.files, Recipes: w.recipes, Vault: w.vault(t), Locked: w.locked, AcceptRecipients: w.accept,
		KeepUnopened: w.keep, Renew: w.renew, Replace: w.replace, Step: w.step, Now: w.now, Rand: rand.Reader,
	}
}

// empty loses all of secrets/.
func (w *world) empty() { clear(w.files) }

// build issues, and writes what the result says.
func (w *world) build(t testing.TB) Result {
	t.Helper()
	res, problems := w.issue(t)
	if problems.HasErrors() {
		t.Fatal(describe(problems))
	}
	for _, name := range res.Write {
		w.files[name] = &fstest.MapFile{Data: res.Files[name]}
	}
	for _, name := range res.Remove {
		delete(w.files, name)
	}
	return res
}

func describe(l diag.List) string {
	var b strings.Builder
	for _, d := range l {
		b.WriteString(d.Severity.String() + ": " + d.Summary + ": " + d.Detail + " (" + d.Pos.String() + d.Field + ")\n")
	}
	return b.String()
}

// recipe shadows one file of secrets/ of the assets.
func (w *world) recipe(name, text string) {
	top := fstest.MapFS{}
	if below, ok := w.recipes.(shadowed); ok {
		top = maps.Clone(below.top)
	}
	top[name] = &fstest.MapFile{Data: []byte(text)}
	w.recipes = shadowed{top, os.DirFS("../../../secrets")}
}

type shadowed struct {
	top    fstest.MapFS
	bottom fs.FS
}

func (s shadowed) Open(name string) (fs.File, error) {
	if f, err := s.top.Open(name); err == nil {
		return f, nil
	}
	return s.bottom.Open(name)
}

// open decrypts a file as the holder of id would.
func (w *world) open(t testing.TB, name string, id *age.X25519Identity) ([]byte, error) {
	t.Helper()
	v, _ := vault.Load(w.root, today, func(n string) (string, bool) { return id.String(), n == "SOPS_AGE_KEY" })
	label, _, _ := v.Read(w.files[name].Data)
	plain, err := v.Open(layout.Secrets+name, label.ID, w.files[name].Data)
	return plain.Reveal(), err
}

func (r Result) event(t testing.TB, id string) Event {
	t.Helper()
	i := slices.IndexFunc(r.Events, func(e Event) bool { return e.ID == id })
	if i < 0 {
		t.Fatalf("no event for %s", id)
	}
	return r.Events[i]
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func newPlain(b []byte) secret.Plain { return secret.NewPlain(b) }
