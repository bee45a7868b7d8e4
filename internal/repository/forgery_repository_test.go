package repository

import (
	"context"
	"crypto/rand"
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

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/keys/sums"
	"github.com/harender/harender/internal/keys/vault"
	"github.com/harender/harender/internal/proof/testtool"
)

// memoryRepository is a repository of three masters and its pins in memory, so that thousands of forgeries can be tried on it.
type memoryRepository struct {
	t                 testing.TB
	compiled          compile.Compiled
	vault             *vault.Vault
	operator          *age.X25519Identity
	secrets, rendered fstest.MapFS
	// entries are what the output should hold.
	entries []tree.Entry
}

const estateSpec = `apiVersion: harender.io/v1alpha1
kind: Cluster
metadata: {name: estate}
spec:
  endpoint: {host: 10.0.0.10}
  loadBalancer: {kind: external}
  networks: {nodes: [10.0.0.0/24]}
  apiServer:
    tokens: [{user: monitoring}, {user: backup, groups: [readers]}]
  certificates: {PINS}
  nodes:
    - {name: m1, address: 10.0.0.11, roles: [etcd, control-plane], recipients: [M1]}
    - {name: m2, address: 10.0.0.12, roles: [etcd, control-plane], recipients: [M2]}
    - {name: m3, address: 10.0.0.13, roles: [etcd, control-plane], recipients: [M3]}
`

// newEstate builds a repository, pins all that can be pinned, and takes it into memory.
func newEstate(t testing.TB) *memoryRepository {
	t.Helper()
	e, d := newDisk(t)
	pins, list := Pins(d.root, d.env, true)
	if len(list) > 0 || len(pins) != 6 || len(pins["credentials"]) != 2 {
		t.Fatal(pins, list)
	}
	var all []string
	for _, key := range slices.Sorted(maps.Keys(pins)) {
		all = append(all, key+`: ["`+strings.Join(pins[key], `", "`)+`"]`)
	}
	d.write("cluster.yaml", strings.Replace(d.spec, "{PINS}", "{pins: {"+strings.Join(all, ", ")+"}}", 1))
	e.read(d)
	return e
}

// diskRepository is where a memoryRepository comes from.
type diskRepository struct {
	t    testing.TB
	root string
	env  Environment
	// spec has {PINS} where the pins go.
	spec string
}

// newDisk builds a repository, and a memoryRepository that has its operator and nothing else.
func newDisk(t testing.TB) (*memoryRepository, diskRepository) {
	t.Helper()
	e := &memoryRepository{t: t, operator: testtool.Age(t)}
	d := diskRepository{t: t, root: t.TempDir(), spec: estateSpec, env: Environment{
		Builtin: harender.Assets, Now: time.Now, Rand: rand.Reader,
		LookupEnv: func(name string) (string, bool) { return e.operator.String(), name == "SOPS_AGE_KEY" },
	}}
	for _, name := range []string{"M1", "M2", "M3"} {
		d.spec = strings.Replace(d.spec, "["+name+"]", "["+testtool.Age(t).Recipient().String()+"]", 1)
	}
	d.write(vault.ConfigName, "creation_rules:\n  - age: "+e.operator.Recipient().String()+"\n")
	d.write("cluster.yaml", strings.Replace(d.spec, "{PINS}", "{}", 1))
	d.build(Options{})
	return e, d
}

func (d diskRepository) write(name, text string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.root, name), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d diskRepository) build(o Options) {
	d.t.Helper()
	if _, list, err := Build(context.Background(), d.root, d.env, o); err != nil || list.HasErrors() {
		d.t.Fatal(err, list)
	}
}

// read takes what is on the disk.
func (e *memoryRepository) read(d diskRepository) {
	e.t.Helper()
	var list diag.List
	if e.compiled, list = compile.Compile(os.DirFS(d.root), harender.Assets, render.Here); list.HasErrors() {
		e.t.Fatal(list)
	}
	if e.vault, list = vault.Load(d.root, d.env.Now, d.env.LookupEnv); len(list) > 0 {
		e.t.Fatal(list)
	}
	e.secrets, e.rendered, e.entries = fstest.MapFS{}, fstest.MapFS{}, nil
	e.take(d.root, secrets, e.secrets)
	e.take(d.root, Output, e.rendered)
	for name, f := range e.rendered {
		e.entries = append(e.entries, tree.Entry{Path: name, Content: f.Data})
	}
}

func (e *memoryRepository) take(root, folder string, into fstest.MapFS) {
	e.t.Helper()
	from := os.DirFS(filepath.Join(root, folder))
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(from, name)
		into[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		e.t.Fatal(err)
	}
}

// verify looks at an estate, with the operator's key if opening.
func (e *memoryRepository) verify(inSecrets, inOutput fs.FS, opening bool) Verified {
	e.t.Helper()
	found, list := compareTrees(e.compiled, e.inputs(inSecrets), inOutput, opening)
	if list.HasErrors() || opening && len(found.Unopened) > 0 {
		e.t.Fatal(list, found.Unopened)
	}
	return found
}

func (e *memoryRepository) inputs(inSecrets fs.FS) issue.Inputs {
	e.t.Helper()
	recipes, err := fs.Sub(harender.Assets, secrets)
	if err != nil {
		e.t.Fatal(err)
	}
	return issue.Inputs{Secrets: inSecrets, Recipes: recipes, Vault: e.vault, Now: time.Now(), Rand: rand.Reader}
}

// with is the files with others in the place of some.
func with(files fstest.MapFS, changed map[string][]byte) fstest.MapFS {
	out := maps.Clone(files)
	for name, data := range changed {
		out[name] = &fstest.MapFile{Data: data}
	}
	return out
}

// consistent does what a forger can who has harender and no key: whatever is made of the changed files fits them, the
// origin of copies, the list, the output and its indexes.
func (e *memoryRepository) consistent(changed map[string][]byte) (inSecrets, inOutput fstest.MapFS) {
	e.t.Helper()
	inSecrets = e.fitting(changed)
	return inSecrets, e.render(inSecrets)
}

// fitting is the half of it below secrets/.
func (e *memoryRepository) fitting(changed map[string][]byte) fstest.MapFS {
	e.t.Helper()
	inSecrets := with(e.secrets, changed)
	list := sums.Sums{}
	for name, f := range inSecrets {
		if strings.HasSuffix(name, ".source") && changed[name] == nil {
			text := string(f.Data)
			for other, data := range changed {
				if was, there := e.secrets[other]; there {
					text = strings.ReplaceAll(text, sums.Of(was.Data), sums.Of(data))
				}
			}
			f = &fstest.MapFile{Data: []byte(text)}
			inSecrets[name] = f
		}
		if sums.Ours(name) {
			list[name] = sums.Of(f.Data)
		}
	}
	inSecrets[sums.Name] = &fstest.MapFile{Data: list.Encode()}
	return inSecrets
}

// render is the output of secrets as they are.
func (e *memoryRepository) render(inSecrets fstest.MapFS) fstest.MapFS {
	e.t.Helper()
	bundles := map[string][]byte{}
	for _, a := range e.compiled.Plan.Authorities {
		bundles[a.ID+".bundle.crt"] = inSecrets[a.ID+".crt"].Data
	}
	bundles["cluster/service-account.bundle.pub"] = inSecrets["cluster/service-account.pub"].Data
	entries, unknown, err := expected(e.compiled, inSecrets, bundles)
	if err != nil || len(unknown) > 0 {
		e.t.Fatal(err, unknown)
	}
	inOutput := fstest.MapFS{}
	for _, entry := range entries {
		inOutput[entry.Path] = &fstest.MapFile{Data: entry.Content}
	}
	return inOutput
}

// sealed are the names of the sealed files, sorted.
func sealed(files fstest.MapFS) []string {
	names := slices.DeleteFunc(slices.Collect(maps.Keys(files)), func(name string) bool { return !strings.HasSuffix(name, ".sops") })
	slices.Sort(names)
	return names
}

// plain opens a file as the operator.
func (e *memoryRepository) plain(name string) []byte {
	e.t.Helper()
	id, _, err := vault.Read(e.secrets[name].Data)
	if err != nil {
		e.t.Fatal(err)
	}
	plain, err := e.vault.Open(secrets+"/"+name, id, secret.Sealed(e.secrets[name].Data))
	if err != nil {
		e.t.Fatal(err)
	}
	return plain.Reveal()
}
