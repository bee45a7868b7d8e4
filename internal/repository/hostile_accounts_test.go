package repository_test

import (
	"crypto/rand"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/apiserver/pkg/authentication/token/tokenfile"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/keys/vault"
	"github.com/harender/harender/internal/proof/testtool"
	"github.com/harender/harender/internal/repository"
)

// hostileAccounts are users whose uid, or one of whose groups, is a string that acts somewhere or that a table could take for more than one
// field. Each is taken, or refused by a finding with a hint.
func hostileAccounts(t *testing.T) (users []map[string]any, refused int) {
	t.Helper()
	known, list := release.Known(harender.Assets)
	if list.HasErrors() {
		t.Fatal(list)
	}
	texts := append(slices.Sorted(maps.Values(testtool.Hostile("/CANARY"))),
		"", " ", " a", "a ", "a,b", ",", `"`, `""`, `a"b`, `"a,b"`, `\"`, "a\nb", "a\r", "#a", "\ufeffa", "a\u00a0", "system:masters\u200b", "a\ttoken,root,0", "a\";\"b", "=1+1", "system:anonymous")
	for _, text := range texts {
		for _, user := range []map[string]any{{"uid": text}, {"uid": "1", "groups": []any{"first", text}}, {"user": text}} {
			if user["user"] == nil {
				user["user"] = "u" + strconv.Itoa(len(users))
			}
			found := judged(t, accountsSpec(t, []map[string]any{user}), known)
			if !found.HasErrors() {
				users = append(users, user)
				continue
			}
			refused++
			for _, d := range found.Errors() {
				if d.Hint == "" {
					t.Errorf("%q: no hint: %s", text, d.Summary)
				}
			}
		}
	}
	return users, refused
}

// accountsSpec is a cluster of one master, with users who have tokens.
func accountsSpec(t *testing.T, users []map[string]any) map[string]any {
	t.Helper()
	return map[string]any{
		"apiVersion": "harender.io/v1alpha1", "kind": "Cluster", "metadata": map[string]any{"name": "users"},
		"spec": map[string]any{
			"kubernetesVersion": "1.36.3", "endpoint": map[string]any{"host": "api.example.org", "port": 443}, "loadBalancer": map[string]any{"kind": "external"},
			"networks": map[string]any{"nodes": []any{"10.0.0.0/24"}}, "apiServer": map[string]any{"tokens": users},
			"nodes": []any{map[string]any{"name": "m1", "address": "10.0.0.11", "roles": []any{"etcd", "control-plane"}}},
		},
	}
}

// TestHostileAccounts has the apiserver's own parser read the table of such users: each logs in as who the spec says, in the groups that it
// says, and nobody else does.
func TestHostileAccounts(t *testing.T) {
	users, refused := hostileAccounts(t)
	identity := testtool.Age(t)
	key, root := written(t, "key", []byte(identity.String())), t.TempDir()
	lay(t, root, map[string]string{
		"cluster.json": string(specFiles(t, accountsSpec(t, users))["cluster.json"].Data), ".sops.yaml": "creation_rules:\n  - age: " + identity.Recipient().String() + "\n",
	})
	lookup := func(name string) (string, bool) { return key, name == "SOPS_AGE_KEY_FILE" }
	_, list, err := repository.Build(t.Context(), root, repository.Environment{Builtin: harender.Assets, Now: time.Now, Rand: rand.Reader, LookupEnv: lookup}, repository.Options{})
	if err != nil || list.HasErrors() {
		t.Fatal(err, printed(t, list))
	}
	v, list := vault.Load(root, time.Now, lookup)
	if list.HasErrors() {
		t.Fatal(list)
	}
	text := unsealed(t, v, root, "nodes/m1/known-tokens", ".csv.sops")
	table, err := tokenfile.NewCSV(written(t, "known_tokens.csv", text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, user := range users {
		name, _ := user["user"].(string)
		token := unsealed(t, v, root, "cluster/tokens/"+strings.ReplaceAll(name, ":", "_"), ".token.sops")
		who, ok, err := table.AuthenticateToken(t.Context(), string(token))
		if err != nil || !ok {
			t.Fatalf("%s: the token logs nobody in (%v)", name, err)
		}
		want := map[string]any{"user": who.User.GetName()}
		if user["uid"] != nil && user["uid"] != "" {
			want["uid"] = who.User.GetUID()
		}
		for key, got := range want {
			if got != user[key] {
				t.Errorf("%v logs in with the %s %q", user, key, got)
			}
		}
		var groups []any
		for _, g := range who.User.GetGroups() {
			groups = append(groups, g)
		}
		if all, _ := user["groups"].([]any); !slices.Equal(groups, all) {
			t.Errorf("%v logs in with the groups %q", user, groups)
		}
	}
	if _, ok, _ := table.AuthenticateToken(t.Context(), ""); ok {
		t.Error("nothing logs somebody in")
	}
	t.Logf("%d users with such names, %d refused", len(users), refused)
}

// unsealed opens files below secrets/.
func unsealed(t *testing.T, v *vault.Vault, root, id, extension string) []byte {
	t.Helper()
	name := "secrets/" + id + extension
	plain, err := v.Open(name, id, read(t, filepath.Join(root, name)))
	if err != nil {
		t.Fatal(name, err)
	}
	return plain.Reveal()
}
