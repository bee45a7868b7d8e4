package repository_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/harender/harender/internal/keys/access"
	"github.com/harender/harender/internal/keys/vault"
	"github.com/harender/harender/internal/proof/testtool"
	"github.com/harender/harender/internal/repository"
)

// person has a key, which lies in a file that the variable names.
type person struct{ name, recipient, variable, file string }

func (p person) lookup(name string) (string, bool) {
	if name != p.variable {
		return "", false
	}
	return p.file, true
}

func agePerson(t testing.TB, name string) person {
	t.Helper()
	id := testtool.Age(t)
	return person{name, id.Recipient().String(), "SOPS_AGE_KEY_FILE", keyFile(t, []byte(id.String()+"\n"))}
}

func sshPerson(t testing.TB, name string) person {
	t.Helper()
	public, private := testtool.SSH(t, name)
	return person{name, public, "SOPS_AGE_SSH_PRIVATE_KEY_FILE", keyFile(t, private)}
}

func keyFile(t testing.TB, text []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// classed is a fleet with two classes of operators, of whom chief alone opens the authorities' keys, and a key for every
// node.
type classed struct {
	fleet
	chief, leaves person
	nodes         []person
}

func newClassed(t testing.TB, masters, workers int) classed {
	t.Helper()
	c := classed{fleet: newFleet(t, masters, workers), chief: agePerson(t, "chief"), leaves: sshPerson(t, "leaves")}
	c.env.LookupEnv = c.chief.lookup
	for i := range masters + workers {
		name := fmt.Sprintf("m%d", i+1)
		if i >= masters {
			name = fmt.Sprintf("w%d", i-masters+1)
		}
		made := agePerson
		if i%2 == 1 {
			made = sshPerson
		}
		node := made(t, name)
		c.nodes = append(c.nodes, node)
		c.spec = strings.Replace(c.spec, "name: "+name+",", "name: "+name+", recipients: ["+node.recipient+"],", 1)
	}
	c.spec += "  apiServer:\n    tokens: [{user: monitoring, groups: [readers]}]\n"
	c.write(t, "cluster.yaml", c.spec)
	c.policy(t, c.leaves)
	return c
}

// policy lets these open all but the authorities' keys, and chief everything.
func (c classed) policy(t testing.TB, leaves ...person) {
	t.Helper()
	all := []string{c.chief.recipient}
	for _, l := range leaves {
		all = append(all, l.recipient)
	}
	c.write(t, ".sops.yaml", fmt.Sprintf("creation_rules:\n  - path_regex: ^secrets/cluster/[a-z-]+-ca\\.\n    age: %s\n  - path_regex: ^secrets/\n    age: %s\n",
		c.chief.recipient, strings.Join(all, ",")))
}

func (c classed) write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (c classed) everybody(t testing.TB) []person {
	t.Helper()
	return append([]person{c.chief, c.leaves, agePerson(t, "stranger")}, c.nodes...)
}

// sealedFiles are those of secrets/ and of the output.
func (c classed) sealedFiles(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, top := range []string{"secrets", repository.Output} {
		err := fs.WalkDir(os.DirFS(c.dir), top, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".sops") {
				return err
			}
			out[name], err = os.ReadFile(filepath.Join(c.dir, filepath.FromSlash(name)))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// mayOpen is the rule that the files have to obey, by nothing but their place.
func mayOpen(p person, name string) bool {
	authority := strings.HasPrefix(name, "secrets/cluster/") && strings.HasSuffix(name, "-ca.key.sops")
	switch parts := strings.Split(name, "/"); {
	case p.name == "chief":
		return true
	case p.name == "leaves":
		return !authority
	case parts[0] == repository.Output:
		return parts[1] == p.name
	default:
		return parts[1] == "nodes" && parts[2] == p.name
	}
}

func opens(t testing.TB, c fleet, p person, files map[string][]byte) []string {
	t.Helper()
	v, list := vault.Load(c.dir, time.Now, p.lookup)
	if list.HasErrors() {
		t.Fatal(list)
	}
	var out []string
	for name, sealed := range files {
		id, _, err := vault.Read(sealed)
		if err != nil {
			t.Fatal(name, err)
		}
		if _, err := v.Open(name, id, sealed); err == nil {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// TestWhoOpensWhat decrypts every sealed file with every key: it opens exactly where it may, and what access tells is the
// same.
func TestWhoOpensWhat(t *testing.T) {
	for _, size := range []struct{ masters, workers int }{{3, 2}, {3, 47}} {
		t.Run(fmt.Sprint(size.masters+size.workers), func(t *testing.T) {
			c := newClassed(t, size.masters, size.workers)
			c.build(t)
			files := c.sealedFiles(t)
			told := c.told(t)
			tries := 0
			for _, p := range c.everybody(t) {
				got := opens(t, c.fleet, p, files)
				tries += len(files)
				var want, ofSecrets []string
				for name := range files {
					if mayOpen(p, name) {
						want = append(want, name)
					}
				}
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("%s opens %q, not %q", p.name, got, want)
				}
				for _, name := range want {
					if strings.HasPrefix(name, "secrets/") {
						ofSecrets = append(ofSecrets, name)
					}
				}
				if !slices.Equal(told[p.recipient], ofSecrets) {
					t.Errorf("access tells that %s opens %q, not %q", p.name, told[p.recipient], ofSecrets)
				}
			}
			t.Logf("%d files, %d attempts", len(files), tries)
		})
	}
}

// told is what access tells: the files that each key opens alone.
func (c classed) told(t testing.TB) map[string][]string {
	t.Helper()
	p, list := repository.Plan(c.dir, c.env)
	v, found := vault.Load(c.dir, time.Now, c.env.LookupEnv)
	if list = append(list, found...); list.HasErrors() {
		t.Fatal(list)
	}
	files, list := access.Files(p, os.DirFS(filepath.Join(c.dir, "secrets")), v)
	holders := access.Holders(p, files, v)
	if list = append(list, access.Drift(holders, files)...); list.HasErrors() {
		t.Error(list)
	}
	out := map[string][]string{}
	for _, h := range holders {
		for _, f := range h.Alone {
			out[h.Key] = append(out[h.Key], f.Path)
		}
	}
	return out
}

// TestStockSopsOpensTheSame lets stock sops try one file of each kind with every key.
func TestStockSopsOpensTheSame(t *testing.T) {
	sops := testtool.Build(t, "github.com/getsops/sops/v3/cmd/sops")
	c := newClassed(t, 3, 2)
	c.build(t)
	for _, name := range []string{
		"secrets/cluster/etcd-ca.key.sops", "secrets/cluster/service-account.key.sops", "secrets/cluster/tokens/monitoring.token.sops",
		"secrets/nodes/m1/known-tokens.csv.sops", "rendered/m2/srv/kubernetes/sa.key.sops", "secrets/nodes/w2/kubelet-client.key.sops",
	} {
		for _, p := range c.everybody(t) {
			cmd := exec.Command(sops, "decrypt", "--input-type", "binary", "--output-type", "binary", filepath.Join(c.dir, name)) // #nosec G204 -- built by testtool
			cmd.Env = []string{"HOME=" + t.TempDir(), p.variable + "=" + p.file}
			out, err := cmd.Output()
			if got, want := err == nil && len(out) > 0, mayOpen(p, name); got != want {
				t.Errorf("%s opens %s: %v, not %v (%v)", p.name, name, got, want, err)
			}
		}
	}
}

// TestOperatorOfLeaves: who cannot open the authorities' keys builds what needs none, and hears what they cannot make.
func TestOperatorOfLeaves(t *testing.T) {
	c := newClassed(t, 3, 2)
	c.build(t)
	c.env.LookupEnv = c.leaves.lookup
	if r := c.build(t); r.Counts.Issued+r.Counts.Reissued+r.Counts.Resealed != 0 {
		t.Errorf("something was made: %+v", r.Counts)
	}
	c.write(t, "cluster.yaml", strings.Replace(c.spec, "user: monitoring,", "user: second}, {user: monitoring,", 1))
	if r := c.build(t); r.Counts.Issued != 1 || r.Counts.Resealed != 3 {
		t.Errorf("another user's token: %+v", r.Counts)
	}
	c.write(t, "cluster.yaml", strings.Replace(c.spec, "name: w2,", "name: w3,", 1))
	before := c.objects(t)
	_, list, err := repository.Build(context.Background(), c.dir, c.env, repository.Options{})
	if err != nil || !list.HasErrors() {
		t.Fatalf("built without the authority's key: %v, %v", list, err)
	}
	if said := printed(t, list); !strings.Contains(said, "no key at hand opens secrets/cluster/kubernetes-ca.key.sops") || !strings.Contains(said, "nodes/w3/kubelet-client") {
		t.Errorf("it says:\n%s", said)
	}
	if after := c.objects(t); len(after) != len(before) {
		t.Error("something was written")
	}
}
