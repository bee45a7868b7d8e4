package repository_test

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/keys/vault"
	"github.com/harender/harender/internal/repository"
)

// TestOperatorLeaves removes an operator who could open everything, and does what the build then says: they open nothing
// that is current, and whatever they could read is another now.
func TestOperatorLeaves(t *testing.T) {
	c := newClassed(t, 3, 2)
	leaver := agePerson(t, "leaver")
	everybody := "creation_rules:\n  - path_regex: ^secrets/\n    age: " + c.chief.recipient
	c.write(t, ".sops.yaml", everybody+","+leaver.recipient+"\n")
	c.build(t)
	knows := c.readable(t, leaver)
	if len(knows) < 60 {
		t.Fatalf("the leaver knows no more than %q", slices.Sorted(maps.Keys(knows)))
	}
	c.write(t, ".sops.yaml", everybody+"\n")
	_, list, err := repository.Build(context.Background(), c.dir, c.env, repository.Options{})
	if err != nil || list.HasErrors() || len(list) != 1 || !strings.HasPrefix(list[0].Summary, leaver.recipient) {
		t.Fatal(err, list)
	}
	for _, o := range commanded(t, list[0].Hint) {
		if _, list, err := repository.Build(context.Background(), c.dir, c.env, o); err != nil || list.HasErrors() {
			t.Fatalf("%+v: %v, %v", o, err, list)
		}
	}
	current := c.sealedFiles(t)
	maps.DeleteFunc(current, func(name string, _ []byte) bool { return strings.HasPrefix(name, "secrets/retired/") })
	if got := opens(t, c.fleet, leaver, current); len(got) != 0 || len(current) != 108 {
		t.Errorf("of %d files, the leaver still opens %q", len(current), got)
	}
	same := 0
	for name, secrets := range c.readable(t, c.chief) {
		for _, s := range secrets {
			if slices.Contains(knows[name], s) {
				same++
				t.Errorf("%s holds still what the leaver knows", name)
			}
		}
	}
	t.Logf("the leaver knew %d files, %d are the same", len(knows), same)
}

// commanded are the builds that a hint names.
func commanded(t *testing.T, hint string) []repository.Options {
	t.Helper()
	var out []repository.Options
	for _, m := range regexp.MustCompile(`harender certs rotate-(?:ca|key) ([a-z-]+)`).FindAllStringSubmatch(hint, -1) {
		for _, phase := range []issue.Phase{issue.Stage, issue.Promote, issue.Retire} {
			out = append(out, repository.Options{Rotate: repository.Rotation{Name: m[1], Phase: phase}})
		}
	}
	for _, m := range regexp.MustCompile(`harender secrets renew --user (\S+)`).FindAllStringSubmatch(hint, -1) {
		out = append(out, repository.Options{Users: []string{m[1]}})
	}
	if len(out) != 16 {
		t.Fatalf("%d commands are named: %s", len(out), hint)
	}
	return out
}

// readable is what is secret in the files that the person opens, by path: a private key as its public half, anything else
// as its words.
func (c classed) readable(t *testing.T, p person) map[string][]string {
	t.Helper()
	v, list := vault.Load(c.dir, time.Now, p.lookup)
	if list.HasErrors() {
		t.Fatal(list)
	}
	out := map[string][]string{}
	for name, sealed := range c.sealedFiles(t) {
		id, _, err := vault.Read(sealed)
		if err != nil {
			t.Fatal(name, err)
		}
		if plain, err := v.Open(name, id, sealed); err == nil && !strings.HasPrefix(name, "secrets/retired/") {
			out[name] = secretsOf(t, name, plain.Reveal())
		}
	}
	return out
}

func secretsOf(t *testing.T, name string, plain []byte) []string {
	t.Helper()
	if block, _ := pem.Decode(plain); block != nil {
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			t.Fatal(name, err)
		}
		signer, ok := key.(crypto.Signer)
		if !ok {
			t.Fatalf("%s holds a %T", name, key)
		}
		public, err := x509.MarshalPKIXPublicKey(signer.Public())
		if err != nil {
			t.Fatal(name, err)
		}
		return []string{fmt.Sprintf("%x", public)}
	}
	random := regexp.MustCompile(`[A-Za-z0-9+/_-]{43}=?`).FindAllString(string(plain), -1)
	if len(random) == 0 {
		t.Fatalf("%s holds nothing secret", name)
	}
	return random
}

// TestRenewUsers makes another token for one user and leaves the others'.
func TestRenewUsers(t *testing.T) {
	f := newFleet(t, 3, 0)
	spec := f.spec + "  apiServer:\n    tokens: [{user: a}, {user: b}]\n"
	if err := os.WriteFile(filepath.Join(f.dir, "cluster.yaml"), []byte(spec), 0o600); err != nil {
		t.Fatal(err)
	}
	f.build(t)
	before := f.objects(t)
	report, list, err := repository.Build(context.Background(), f.dir, f.env, repository.Options{Users: []string{"b"}})
	if err != nil || len(list) != 0 || report.Counts.Reissued != 1 || report.Counts.Resealed != 3 {
		t.Fatal(err, list, report.Counts)
	}
	after := f.objects(t)
	if before["secrets/cluster/tokens/a.token.sops"] != after["secrets/cluster/tokens/a.token.sops"] {
		t.Error("the token of another user was touched")
	}
	var retired []string
	for name := range after {
		if strings.HasPrefix(name, "secrets/retired/cluster/tokens/b-") {
			retired = append(retired, name)
		}
	}
	if len(retired) != 1 {
		t.Errorf("retired: %q", retired)
	}
	if r := f.build(t); r.Counts.Kept != len(r.Events) {
		t.Errorf("the next build makes something: %+v", r.Counts)
	}
	_, list, err = repository.Build(context.Background(), f.dir, f.env, repository.Options{Users: []string{"c"}})
	if err != nil || !list.HasErrors() || !strings.Contains(list[0].Summary, `there is no user with a token or a password "c"`) {
		t.Error(err, list)
	}
}
