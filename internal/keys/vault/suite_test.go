package vault

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getsops/sops/v3/config"

	"github.com/harender/harender/internal/proof/testtool"
)

// TestYAMLSuite puts every case of the yaml-test-suite, and words that readers differ about, into a policy, as a pattern, as a key and
// as a whole. What the strict reader takes, sops reads, with the same rule for a path.
func TestYAMLSuite(t *testing.T) {
	other := ageHolder(t, "other").recipient
	texts := [][]byte{}
	for _, c := range testtool.YAMLSuite(t) {
		texts = append(texts, c.Text)
	}
	for _, word := range testtool.YAMLWords() {
		texts = append(texts, []byte(word))
	}
	file := filepath.Join(t.TempDir(), ConfigName)
	taken, tried := 0, 0
	for _, text := range texts {
		for _, policy := range policiesWith(text, other) {
			tried++
			rules, problems := parseRules([]byte(policy))
			if problems.HasErrors() {
				continue
			}
			taken++
			if err := os.WriteFile(file, []byte(policy), 0o600); err != nil {
				t.Fatal(err)
			}
			probes := []string{path, "x", "secrets/a.sops"}
			if rules[0].pattern != nil {
				probes = append(probes, rules[0].pattern.String())
			}
			for _, probe := range probes {
				first := rules[0].pattern == nil || rules[0].pattern.MatchString(probe)
				rule, err := config.LoadCreationRuleForFile(file, filepath.Join(filepath.Dir(file), probe), nil)
				if err != nil {
					t.Errorf("%q for %q: sops: %v", policy, probe, err)
					continue
				}
				if got := rule.KeyGroups[0][0].ToString() == anyone; got != first {
					t.Errorf("%q for %q: the first rule is %v, and to sops %v", policy, probe, first, got)
				}
			}
		}
	}
	t.Logf("%d of %d policies are taken", taken, tried)
	if taken < 100 {
		t.Error("hardly any is taken")
	}
}

// policiesWith are policies that have a text in some places. The second rule is for other recipients.
func policiesWith(text []byte, other string) []string {
	text = bytes.TrimRight(text, "\n")
	indented := "\n      " + strings.ReplaceAll(string(text), "\n", "\n      ")
	tail := "\n    age: " + anyone + "\n  - age: " + other + "\n"
	return []string{
		"creation_rules:\n  - path_regex: " + string(text) + tail, "creation_rules:\n  - path_regex:" + indented + tail,
		"creation_rules:\n  - path_regex: ''\n    " + string(text) + ": x" + tail, "keys:\n  -" + indented + "\ncreation_rules:\n  - path_regex: ^secrets" + tail,
		string(text) + "\n",
	}
}
