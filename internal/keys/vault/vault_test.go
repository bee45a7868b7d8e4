package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age/plugin"

	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/proof/testtool"
)

const (
	path = "secrets/nodes/m1/server.key.sops"
	id   = "nodes/m1/server"
)

// holder is somebody with a key of their own, made for one test.
type holder struct {
	name, recipient, private string
	// variable is the one by which sops finds the key file.
	variable string
}

func ageHolder(t testing.TB, name string) holder {
	t.Helper()
	id := testtool.Age(t)
	return holder{name, id.Recipient().String(), id.String() + "\n", "SOPS_AGE_KEY_FILE"}
}

func sshHolder(t testing.TB, name string) holder {
	t.Helper()
	public, private := testtool.SSH(t, name)
	return holder{name, public, string(private), "SOPS_AGE_SSH_PRIVATE_KEY_FILE"}
}

// environment points to the holder's key file and to nothing else.
func (h holder) environment(t testing.TB) map[string]string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "key")
	if err := os.WriteFile(file, []byte(h.private), 0o600); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"HOME": dir, h.variable: file}
}

func lookup(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	}
}

func now() time.Time { return time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC) }

// repository is a folder with the policy.
func repository(t testing.TB, policy string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, ConfigName), []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	return root
}

func load(t testing.TB, policy string, env map[string]string) *Vault {
	t.Helper()
	v, problems := Load(repository(t, policy), now, lookup(env))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return v
}

func policyFor(holders ...holder) string {
	var b strings.Builder
	b.WriteString("creation_rules:\n  - path_regex: ^secrets/\n    age:\n")
	for _, h := range holders {
		b.WriteString("      - " + h.recipient + "\n")
	}
	return b.String()
}

func must[T any](t testing.TB) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestWhoOpens seals for two operators and one of two nodes, and lets everybody try, by this package and by stock sops.
func TestWhoOpens(t *testing.T) {
	sops := testtool.Build(t, "github.com/getsops/sops/v3/cmd/sops")
	operator, second := ageHolder(t, "operator"), sshHolder(t, "second operator")
	m1, m2 := sshHolder(t, "m1"), ageHolder(t, "m2")
	stranger := sshHolder(t, "stranger")
	policy := policyFor(operator, second)
	plain := []byte("-----BEGIN PRIVATE KEY-----\nnot a real one\x00\xff\n")
	v := load(t, policy, nil)
	for _, to := range []struct {
		node  []holder
		opens []holder
	}{
		{nil, []holder{operator, second}},
		{[]holder{m1}, []holder{operator, second, m1}},
		{[]holder{m2}, []holder{operator, second, m2}},
		{[]holder{m1, m2, operator}, []holder{operator, second, m1, m2}},
	} {
		var node []string
		for _, h := range to.node {
			node = append(node, h.recipient+" root@"+h.name)
		}
		if to.node != nil && to.node[0] == m2 {
			node = []string{m2.recipient}
		}
		if len(node) == 3 {
			node = []string{m1.recipient + " root@m1", m2.recipient, operator.recipient}
		}
		sealed := must[secret.Sealed](t)(v.Seal(path, id, secret.NewPlain(slices.Clone(plain)), node))
		file := filepath.Join(t.TempDir(), "server.key.sops")
		if err := os.WriteFile(file, sealed, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, who := range []holder{operator, second, m1, m2, stranger} {
			env := who.environment(t)
			want := slices.Contains(to.opens, who)
			opened, err := load(t, policy, env).Open(path, id, sealed)
			if got := err == nil; got != want || want && !bytes.Equal(opened.Reveal(), plain) {
				t.Errorf("sealed to %d keys: %s opens: %v (%v), want %v", len(to.opens), who.name, got, err, want)
			}
			stock := exec.Command(sops, "decrypt", "--input-type", "binary", "--output-type", "binary", file) // #nosec G204 -- built by this test
			stock.Env = []string{"HOME=" + env["HOME"], who.variable + "=" + env[who.variable]}
			out, err := stock.Output()
			if got := err == nil; got != want || want && !bytes.Equal(out, plain) {
				t.Errorf("sealed to %d keys: stock sops opens for %s: %v (%v), want %v", len(to.opens), who.name, got, err, want)
			}
		}
	}
}

// TestOpensStock opens what stock sops sealed.
func TestOpensStock(t *testing.T) {
	sops := testtool.Build(t, "github.com/getsops/sops/v3/cmd/sops")
	operator := ageHolder(t, "operator")
	root := repository(t, policyFor(operator))
	if err := os.MkdirAll(filepath.Join(root, "secrets"), 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, "secrets", "ca.key")
	if err := os.WriteFile(file, []byte("key of a test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(sops, "encrypt", "--input-type", "binary", "--output-type", "binary", file) // #nosec G204 -- built by this test
	cmd.Dir = root
	sealed := must[[]byte](t)(cmd.Output())
	v, _ := Load(root, now, lookup(operator.environment(t)))
	plain, err := v.Open("secrets/ca.key.sops", "ca", sealed)
	if err != nil || string(plain.Reveal()) != "key of a test\n" {
		t.Errorf("opened %q, %v", plain.Reveal(), err)
	}
	planned := must[[]string](t)(v.RecipientsFor("secrets/ca.key.sops", nil))
	if _, have, err := Read(sealed); err != nil || !slices.Equal(have, planned) {
		t.Errorf("recipients %v, planned %v", have, planned)
	}
}

func TestSealedFile(t *testing.T) {
	operator, node := ageHolder(t, "operator"), sshHolder(t, "node")
	v := load(t, policyFor(operator), operator.environment(t))
	seal := func() secret.Sealed {
		return must[secret.Sealed](t)(v.Seal(path, id, secret.NewPlain([]byte("key of a test")), []string{node.recipient}))
	}
	first, second := seal(), seal()
	if bytes.Equal(first, second) {
		t.Error("two seals are equal: the data key or the IV was used twice")
	}
	var doc struct {
		Data string
		Sops struct{ LastModified, Version string }
	}
	if err := json.Unmarshal(first, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Sops.LastModified != "2026-11-22T08:00:00Z" || doc.Sops.Version != sopsVersion || !strings.HasPrefix(doc.Data, "ENC[") {
		t.Errorf("%+v", doc)
	}
	mod := must[[]byte](t)(os.ReadFile("../../../go.mod"))
	if !strings.Contains(string(mod), "github.com/getsops/sops/v3 v"+sopsVersion) {
		t.Errorf("go.mod has another sops than %s", sopsVersion)
	}
	if _, err := v.Seal(path, id, secret.NewPlain(nil), nil); err == nil {
		t.Error("nothing was sealed, and sops leaves that in the clear")
	}
}

// TestTampered changes each part of a sealed file.
func TestTampered(t *testing.T) {
	operator := ageHolder(t, "operator")
	v := load(t, policyFor(operator), operator.environment(t))
	sealed := must[secret.Sealed](t)(v.Seal(path, id, secret.NewPlain([]byte("key of a test, long enough")), nil))
	other := must[secret.Sealed](t)(v.Seal(path, id, secret.NewPlain([]byte("key of another test")), nil))
	field := func(s secret.Sealed, name string) string {
		_, rest, _ := strings.Cut(string(s), `"`+name+`": "`)
		value, _, _ := strings.Cut(rest, `"`)
		return value
	}
	for name, text := range map[string]string{
		"data":          strings.Replace(string(sealed), field(sealed, "data"), field(other, "data"), 1),
		"mac":           strings.Replace(string(sealed), field(sealed, "mac"), field(other, "mac"), 1),
		"lastmodified":  strings.Replace(string(sealed), "2026-11-22", "2026-11-23", 1),
		"no mac":        strings.Replace(string(sealed), field(sealed, "mac"), "", 1),
		"clear data":    strings.Replace(string(sealed), field(sealed, "data"), "in the clear", 1),
		"empty data":    strings.Replace(string(sealed), field(sealed, "data"), "", 1),
		"unencrypted":   strings.Replace(string(sealed), `"version"`, `"unencrypted_regex": "data", "version"`, 1),
		"second branch": strings.Replace(string(sealed), `"data"`, `"x": "y", "data"`, 1),
		"half":          string(sealed[:len(sealed)/2]),
		"nothing":       "",
		"null":          "null",
		"list":          "[]",
		"no recipients": `{"data": "ENC[AES256_GCM,data:a,iv:b,tag:c,type:str]", "sops": {}}`,
		"a key":         "-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----\n",
	} {
		t.Run(name, func(t *testing.T) {
			plain, err := v.Open(path, id, secret.Sealed(text))
			if err == nil {
				t.Fatalf("opened %q", plain.Reveal())
			}
			var told *UserError
			if !errors.As(err, &told) || told.Diagnostic.Pos.File != path {
				t.Errorf("%v is no diagnostic of the file", err)
			}
			if strings.Contains(err.Error(), "MIGHAgEA") {
				t.Errorf("the error repeats the file: %v", err)
			}
		})
	}
}

// TestForeignKeysAreNotContacted opens a file whose metadata names addresses that the policy does not.
func TestForeignKeysAreNotContacted(t *testing.T) {
	operator, stranger := ageHolder(t, "operator"), ageHolder(t, "stranger")
	v := load(t, policyFor(operator), operator.environment(t))
	sealed := must[secret.Sealed](t)(load(t, policyFor(stranger), nil).Seal(path, id, secret.NewPlain([]byte("key of a test")), nil))
	contacted := make(chan struct{}, 8)
	address := listen(t, contacted)
	date := `"created_at": "2026-11-22T08:00:00Z", "enc": "vault:v1:AAAA"`
	for name, keys := range map[string]string{
		"vault":   `"hc_vault": [{"vault_address": "http://` + address + `", "engine_path": "transit", "key_name": "k", ` + date + `}],`,
		"kms":     `"kms": [{"arn": "arn:aws:kms:us-east-1:1:key/k", "role": "arn:aws:iam::1:role/r", "context": {"a": null}, ` + date + `}],`,
		"azure":   `"azure_kv": [{"vault_url": "http://` + address + `", "name": "k", "version": "1", ` + date + `}],`,
		"gcp":     `"gcp_kms": [{"resource_id": "projects/p/locations/global/keyRings/r/cryptoKeys/k", ` + date + `}],`,
		"pgp":     `"pgp": [{"fp": "AAAABBBBCCCCDDDDEEEEFFFF0000111122223333", ` + date + `}],`,
		"huawei":  `"hckms": [{"key_id": "eu-west-0:k", ` + date + `}],`,
		"plugin":  ``,
		"nothing": ``,
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(string(sealed), `"age": [`, keys+`"age": [`, 1)
			if name == "plugin" {
				text = strings.Replace(text, stranger.recipient, "age1yubikey1qwerty", 1)
			}
			_, err := v.Open(path, id, secret.Sealed(text))
			if err == nil || !strings.Contains(err.Error(), "no key at hand") && name != "kms" {
				t.Errorf("got %v", err)
			}
			select {
			case <-contacted:
				t.Error("the address in the file was contacted")
			default:
			}
		})
	}
}

func TestPolicyProblems(t *testing.T) {
	operator := ageHolder(t, "operator").recipient
	yubikey := plugin.EncodeRecipient("yubikey", []byte("not one"))
	for _, c := range []struct{ name, policy, want, line string }{
		{"not YAML", "creation_rules: [", "not what sops reads", ".sops.yaml:1"},
		{"no rules", "stores: {}\n", "has no creation rules", ".sops.yaml"},
		{"bad expression", "creation_rules:\n  - path_regex: '['\n    age: " + operator, "not a regular expression", ".sops.yaml:2:5"},
		{"no match", "creation_rules:\n  - path_regex: ^other/\n    age: " + operator, "no creation rule is for " + path, ".sops.yaml"},
		{"no recipients", "creation_rules:\n  - path_regex: .*\n", "has no recipients", ".sops.yaml:2:5"},
		{"empty group", "creation_rules:\n  - key_groups:\n      - age: []\n", "has no recipients", ".sops.yaml:2:5"},
		{"bad recipient", "creation_rules:\n  - age: age1nonsense\n", "sops refuses the creation rule", ".sops.yaml:2:5"},
		{"plugin", "creation_rules:\n  - age: " + yubikey, "needs an age plugin", ".sops.yaml:2:5"},
		{"Azure", "creation_rules:\n  - azure_keyvault: https://example.invalid/keys/k\n", "has no version", ".sops.yaml:2:21"},
		{"Azure in a group", "creation_rules:\n  - key_groups:\n      - merge:\n          - azure_keyvault: [{vaultUrl: https://example.invalid, key: k}]\n", "has no version", ".sops.yaml:4:30"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, problems := Load(repository(t, c.policy), now, lookup(nil))
			if problems == nil {
				_, err := v.Seal(path, id, newPlain("key of a test"), nil)
				var told *UserError
				if !errors.As(err, &told) {
					t.Fatalf("got %v", err)
				}
				problems = append(problems, told.Finding())
			}
			if !strings.Contains(problems[0].Summary, c.want) || problems[0].Pos.String() != c.line {
				t.Errorf("%s: %s (%s)", problems[0].Pos, problems[0].Summary, problems[0].Detail)
			}
		})
	}
}

func TestMissingPolicy(t *testing.T) {
	root := t.TempDir()
	_, problems := Load(root, now, lookup(nil))
	if len(problems) != 1 || !strings.Contains(problems[0].Summary, "has no .sops.yaml") || problems[0].Hint == "" {
		t.Errorf("%+v", problems)
	}
	if err := os.Symlink("/proc/self/environ", filepath.Join(root, ConfigName)); err != nil {
		t.Fatal(err)
	}
	if _, problems = Load(root, now, lookup(nil)); len(problems) != 1 || !strings.Contains(problems[0].Summary, "not a regular file") {
		t.Errorf("%+v", problems)
	}
}

// TestRules picks the first rule that matches, as sops does.
func TestRules(t *testing.T) {
	a, b := ageHolder(t, "a").recipient, ageHolder(t, "b").recipient
	v := load(t, "creation_rules:\n  - path_regex: ^secrets/cluster/\n    age: "+a+"\n  - age: "+a+","+b+"\n", nil)
	for path, want := range map[string][]string{
		"secrets/cluster/ca.key.sops":   {a},
		"x/secrets/cluster/ca.key.sops": {a, b},
		"secrets/nodes/m1/x.key.sops":   {a, b},
	} {
		slices.Sort(want)
		if got := must[[]string](t)(v.RecipientsFor(path, nil)); !slices.Equal(got, want) {
			t.Errorf("%s: %v", path, got)
		}
	}
}

// TestKeyGroups needs a key of each group for the operators' files, and refuses a node that could not open its own.
func TestKeyGroups(t *testing.T) {
	a, b, c := ageHolder(t, "a"), ageHolder(t, "b"), ageHolder(t, "c")
	policy := "creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n"
	for _, h := range []holder{a, b, c} {
		policy += "      - age: [" + h.recipient + "]\n"
	}
	v := load(t, policy, nil)
	sealed := must[secret.Sealed](t)(v.Seal(path, id, secret.NewPlain([]byte("key of a test")), nil))
	planned := must[[]string](t)(v.RecipientsFor(path, nil))
	if _, have, err := Read(sealed); err != nil || !slices.Equal(have, planned) || !slices.Contains(have, "any 2 of 3 groups") {
		t.Errorf("recipients %v, planned %v", have, planned)
	}
	alone := map[string]string{"SOPS_AGE_KEY": a.private}
	if _, err := load(t, policy, alone).Open(path, id, sealed); err == nil {
		t.Error("one of three opened what needs two")
	}
	two := map[string]string{"SOPS_AGE_KEY": strings.TrimSpace(a.private) + " " + c.private}
	if _, err := load(t, policy, two).Open(path, id, sealed); err != nil {
		t.Error(err)
	}
	if _, err := v.Seal(path, id, secret.NewPlain([]byte("x")), []string{c.recipient}); err == nil || !strings.Contains(err.Error(), "several key groups") {
		t.Errorf("got %v", err)
	}
}

func TestNodeRecipientsRefused(t *testing.T) {
	v := load(t, policyFor(ageHolder(t, "operator")), nil)
	for recipient, want := range map[string]string{
		"age1yubikey1qwerty": "needs an age plugin",
		"ssh-ed25519 AAAA":   "is no recipient",
		"root@m1":            "is no recipient",
		"":                   "is no recipient",
	} {
		if _, err := v.RecipientsFor(path, []string{recipient}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", recipient, err)
		}
	}
	// A private key pasted by mistake must not be repeated.
	private := strings.TrimSpace(ageHolder(t, "careless").private)
	if _, err := v.RecipientsFor(path, []string{private}); err == nil || strings.Contains(err.Error(), private) {
		t.Errorf("got %v", err)
	}
}

// TestIdentityPlaces finds the key in each place where sops looks, and says where it looked when there is none.
func TestIdentityPlaces(t *testing.T) {
	operator, node := ageHolder(t, "operator"), sshHolder(t, "ssh operator")
	policy := policyFor(operator, node)
	sealed := must[secret.Sealed](t)(load(t, policy, nil).Seal(path, id, secret.NewPlain([]byte("key of a test")), nil))
	home := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		file := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	keys := write("keys", "# a comment\n\n"+operator.private)
	for name, env := range map[string]map[string]string{
		"SOPS_AGE_KEY":      {"SOPS_AGE_KEY": operator.private},
		"SOPS_AGE_KEY_FILE": {"SOPS_AGE_KEY_FILE": keys},
		"SSH file":          {"SOPS_AGE_SSH_PRIVATE_KEY_FILE": write("host", node.private)},
		"XDG":               {"XDG_CONFIG_HOME": filepath.Dir(filepath.Dir(filepath.Dir(write("xdg/sops/age/keys.txt", operator.private))))},
		"config":            {"HOME": filepath.Clean(filepath.Join(filepath.Dir(write("a/.config/sops/age/keys.txt", operator.private)), "../../.."))},
		"ssh":               {"HOME": filepath.Dir(filepath.Dir(write("b/.ssh/id_ed25519", node.private)))},
	} {
		if _, err := load(t, policy, env).Open(path, id, sealed); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	empty := map[string]string{
		"HOME": filepath.Join(home, "nobody"), "SOPS_AGE_KEY_FILE": filepath.Join(home, "none"),
		"SOPS_AGE_KEY": "AGE-SECRET-KEY-1NONSENSE", "SOPS_AGE_KEY_CMD": "touch " + filepath.Join(home, "ran"),
	}
	_, err := load(t, policy, empty).Open(path, id, sealed)
	if err == nil {
		t.Fatal("opened without a key")
	}
	for _, want := range []string{
		operator.recipient, node.recipient, "SOPS_AGE_KEY_FILE=" + filepath.Join(home, "none") + " (no such file)",
		"SOPS_AGE_KEY (line 1 is no age identity)", "SOPS_AGE_SSH_PRIVATE_KEY_FILE (not set)", "SOPS_AGE_KEY_CMD (not run",
		filepath.Join(home, "nobody", ".config/sops/age/keys.txt") + " (no such file)", filepath.Join(home, "nobody", ".ssh/id_ed25519") + " (no such file)",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "NONSENSE") {
		t.Errorf("the error repeats a key: %v", err)
	}
	if _, err := os.Stat(filepath.Join(home, "ran")); err == nil {
		t.Error("a command was run")
	}
}

// TestParallel seals and opens on several goroutines; the race detector watches.
func TestParallel(t *testing.T) {
	operator := ageHolder(t, "operator")
	v := load(t, policyFor(operator), operator.environment(t))
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			sealed, err := v.Seal(path, id, secret.NewPlain([]byte("key of a test")), nil)
			if err == nil {
				_, err = v.Open(path, id, sealed)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func BenchmarkSeal(b *testing.B) {
	operator, node := ageHolder(b, "operator"), ageHolder(b, "node")
	v := load(b, policyFor(operator), nil)
	plain := bytes.Repeat([]byte("k"), 241) // the length of an ECDSA key in PEM
	for name, node := range map[string][]string{"1 recipient": nil, "2 recipients": {node.recipient}, "with SSH": {sshHolder(b, "n").recipient}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := v.Seal(path, id, secret.NewPlain(plain), node); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	operator, node := ageHolder(b, "operator"), ageHolder(b, "node")
	v := load(b, policyFor(operator), nil)
	sealed := must[secret.Sealed](b)(v.Seal(path, id, secret.NewPlain(bytes.Repeat([]byte("k"), 241)), []string{node.recipient}))
	for b.Loop() {
		if _, _, err := Read(sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPlanned(b *testing.B) {
	v := load(b, policyFor(ageHolder(b, "operator")), nil)
	node := []string{ageHolder(b, "node").recipient}
	for b.Loop() {
		if _, err := v.RecipientsFor(path, node); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	operator := ageHolder(b, "operator")
	v := load(b, policyFor(operator), operator.environment(b))
	sealed := must[secret.Sealed](b)(v.Seal(path, id, secret.NewPlain(bytes.Repeat([]byte("k"), 241)), nil))
	for b.Loop() {
		if _, err := v.Open(path, id, sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func newPlain(text string) secret.Plain { return secret.NewPlain([]byte(text)) }
