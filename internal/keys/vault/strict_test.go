package vault

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getsops/sops/v3/config"
)

const anyone = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

// refused are policies that sops takes, or takes for something else than they look like.
func refusedPolicies(host string) map[string]string {
	azure := "https://" + host + "/keys/k"
	rule := "creation_rules:\n  - age: " + anyone + "\n    "
	return map[string]string{
		"another key beside":        rule + "1: x\n    azure_keyvault: " + azure + "\n",
		"a key of null":             rule + "~: x\n    azure_keyvault: " + azure + "\n",
		"a list as a key":           rule + "? [a]\n    : x\n    azure_keyvault: " + azure + "\n",
		"no version":                rule + "azure_keyvault: " + azure + "\n",
		"an empty version":          rule + "azure_keyvault: " + azure + "/\n",
		"a list":                    rule + "azure_keyvault: [" + azure + "]\n",
		"a comma in a list":         rule + "azure_keyvault: ['" + azure + "/v," + azure + "']\n",
		"commas":                    rule + "azure_keyvault: '" + azure + "/v, " + azure + "'\n",
		"a line in a string":        rule + "azure_keyvault: \"" + azure + "/v\\n,\\n" + azure + "\"\n",
		"a group":                   rule + "key_groups: [{azure_keyvault: [{vaultUrl: 'https://" + host + "', key: k}]}]\n",
		"recipients beside groups":  rule + "key_groups: [{age: [" + anyone + "]}]\n",
		"a group in a group":        rule + "key_groups: [{merge: [{azure_keyvault: [{vaultUrl: 'https://" + host + "', key: k}]}]}]\n",
		"an alias":                  "creation_rules:\n  - &a\n    age: " + anyone + "\n    azure_keyvault: " + azure + "\n  - *a\n",
		"a merge":                   "x: &a {azure_keyvault: " + azure + "}\ncreation_rules:\n  - <<: *a\n    age: " + anyone + "\n",
		"a tag":                     rule + "azure_keyvault: !!str " + azure + "/v\n",
		"a key with a tag":          rule + "!!str azure_keyvault: " + azure + "\n",
		"twice":                     rule + "age: " + anyone + "\n",
		"two documents":             rule + "\n---\ncreation_rules: []\n",
		"an unknown key":            rule + "agee: " + anyone + "\n",
		"an unknown key at the top": "x: 1\n" + rule + "\n",
		"a number":                  "creation_rules:\n  - pgp: 123456789012345678901234567890123456789\n",
		"a mapping":                 "creation_rules:\n  - age: {a: b}\n",
		"a hidden line":             rule + "# a comment\u2028    azure_keyvault: " + azure + "\n",
		"a carriage return":         rule + "# a comment\r    azure_keyvault: " + azure + "\n",
		"a rule that is a list":     "creation_rules: [[age, " + anyone + "]]\n",
		"rules that are a word":     "creation_rules: x\n",
		"a document that is one":    "x\n",
		"a null":                    "creation_rules:\n  - age: null\n    azure_keyvault: ~\n",
	}
}

// TestStrictPolicy: each is refused with a place and a hint, and nobody is asked for anything.
func TestStrictPolicy(t *testing.T) {
	asked := make(chan struct{}, 100)
	host := listening(t, asked)
	for name, policy := range refusedPolicies(host) {
		t.Run(name, func(t *testing.T) {
			v, problems := Load(repository(t, policy), now, lookup(nil))
			if !problems.HasErrors() {
				_, err := v.RecipientsFor(path, nil)
				t.Errorf("it is taken: %v", err)
			}
			for _, d := range problems {
				if d.Pos.Line == 0 || d.Hint == "" {
					t.Errorf("%+v", d)
				}
			}
		})
	}
	select {
	case <-asked:
		t.Error("somebody was asked")
	default:
	}
}

// listening counts who comes, and sends them away.
func listening(t *testing.T, asked chan<- struct{}) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			asked <- struct{}{}
			_ = c.Close()
		}
	}()
	return l.Addr().String()
}

// FuzzPolicy: what the strict reader takes, sops reads, or refuses without asking anybody: within the time of no
// connection, and with as many groups.
func FuzzPolicy(f *testing.F) {
	for _, policy := range refusedPolicies("127.0.0.1:1") {
		f.Add([]byte(policy))
	}
	f.Add([]byte("creation_rules:\n  - path_regex: ^secrets/\n    age: [" + anyone + "]\n    encrypted_regex: x\n    mac_only_encrypted: true\n"))
	f.Add([]byte("stores: {json: {indent: 2}}\ncreation_rules:\n  - shamir_threshold: 1\n    key_groups: [{age: [" + anyone + "], kms: [{arn: a, context: {b: c}}]}]\n"))
	f.Add([]byte("creation_rules: [{azure_keyvault: 'https://127.0.0.1:1/keys/k/v', hc_vault_transit_uri: 'https://127.0.0.1:1/v1/t/keys/k'}]\n"))
	file := filepath.Join(f.TempDir(), ConfigName)
	f.Fuzz(func(t *testing.T, text []byte) {
		rules, problems := parseRules(text)
		if problems.HasErrors() {
			return
		}
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		_, err := config.LoadCreationRuleForFile(file, path, nil)
		if err != nil && (strings.Contains(err.Error(), "unmarshal") || strings.Contains(err.Error(), "dial")) {
			t.Errorf("sops: %v", err)
		}
		if took := time.Since(begun); took > 5*time.Second || len(rules) == 0 {
			t.Errorf("%d rules, %s", len(rules), took)
		}
	})
}

// TestNamedRecipients: by custom, recipients have names in a policy, which sops resolves.
func TestNamedRecipients(t *testing.T) {
	policy := "keys:\n  - &me " + anyone + "\ncreation_rules:\n  - path_regex: ^secrets/\n    pgp:\n    key_groups: [{age: [*me]}]\n"
	if got := must[[]string](t)(load(t, policy, nil).RecipientsFor(path, nil)); len(got) != 1 || got[0] != anyone {
		t.Errorf("got %q", got)
	}
}
