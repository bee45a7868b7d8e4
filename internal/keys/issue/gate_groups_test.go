package issue

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/keys/vault"
	"github.com/harender/harender/internal/proof/testtool"
)

// groupedTown is a town whose authorities, tokens and keys need two groups of operators. The operator is in both.
func groupedTown(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	first, second := w.operators[0], testtool.Age(t).Recipient().String()
	w.operators = append(w.operators, second)
	w.users("ops", "alice", "bob")
	w.like(t, "m1", "m2")
	w.policy = "creation_rules:\n  - path_regex: ^secrets/nodes/\n    age: " + first + "," + second +
		"\n  - shamir_threshold: 2\n    key_groups:\n      - age: [" + first + ", " + second + "]\n      - age: [" + first + "]\n"
	w.build(t)
	return w
}

// kinds are what a policy says of a recipient of each kind: in a rule, and in a group.
func kinds() map[string][2]string {
	const fingerprint = "85D77543B3D624B63CEA9E6DBC17301B491B3F21"
	return map[string][2]string{
		"PGP":   {"pgp: " + fingerprint, "pgp: [" + fingerprint + "]"},
		"AWS":   {"kms: arn:aws:kms:eu-central-1:111122223333:key/k", "kms: [{arn: 'arn:aws:kms:eu-central-1:111122223333:key/k', role: r, context: {a: b}}]"},
		"GCP":   {"gcp_kms: projects/p/locations/l/keyRings/r/cryptoKeys/k", "gcp_kms: [{resource_id: projects/p/locations/l/keyRings/r/cryptoKeys/k}]"},
		"Vault": {"hc_vault_transit_uri: https://127.0.0.1:9/v1/transit/keys/k", "hc_vault: ['https://127.0.0.1:9/v1/transit/keys/k']"},
		"Azure": {"azure_keyvault: https://127.0.0.1:9/keys/k/0123", "azure_keyvault: [{vaultUrl: 'https://127.0.0.1:9', key: k, version: '0123'}]"},
	}
}

// groupAttacks edit the policy, and the sealed files, of a town with groups.
func groupAttacks(first, second string) map[string]func(h thief) {
	edit := func(old, replacement string) func(h thief) {
		return func(h thief) {
			if h.policy = strings.Replace(h.policy, old, strings.ReplaceAll(replacement, "HIM", h.name), 1); !strings.Contains(h.policy, replacement) && !strings.Contains(replacement, "HIM") {
				h.t.Fatalf("nothing was edited: %s", h.policy)
			}
		}
	}
	out := map[string]func(h thief){
		"a recipient in the first group":   edit("["+first+", ", "[HIM, "+first+", "),
		"a recipient in the last group":    edit("- age: ["+first+"]", "- age: ["+first+", HIM]"),
		"a recipient in the nodes' rule":   edit("age: "+first+",", "age: HIM,"+first+","),
		"a group":                          edit("key_groups:\n", "key_groups:\n      - age: [HIM]\n"),
		"a lower threshold":                edit("shamir_threshold: 2", "shamir_threshold: 1"),
		"a lower threshold, and a group":   edit("shamir_threshold: 2\n    key_groups:\n", "shamir_threshold: 1\n    key_groups:\n      - age: [HIM]\n"),
		"one group":                        edit("      - age: ["+first+"]\n", ""),
		"one group, the threshold stays":   edit(", "+second+"]\n      - age: ["+first+"]", ", "+second+"]"),
		"a group that another merges":      edit("- age: ["+first+"]", "- merge: [{age: ["+first+"]}, {age: [HIM]}]"),
		"a rule before, with one group":    edit("creation_rules:\n", "creation_rules:\n  - path_regex: cluster\n    age: "+first+"\n"),
		"a rule before, with other groups": edit("creation_rules:\n", "creation_rules:\n  - path_regex: tokens\n    key_groups: [{age: ["+first+"]}, {age: [HIM]}]\n"),
	}
	out["a key that moves"] = edit("["+first+", "+second+"]\n      - age: ["+first+"]", "["+first+"]\n      - age: ["+first+", "+second+"]")
	for kind, texts := range kinds() {
		out[kind+" in the nodes' rule"] = edit("    age: "+first, "    "+texts[0]+"\n    age: "+first)
		out[kind+" in a group"] = edit("- age: ["+first+"]", "- age: ["+first+"]\n        "+texts[1])
		out[kind+" as a group"] = edit("key_groups:\n", "key_groups:\n      - "+texts[1]+"\n")
		out[kind+" as a group, of any one"] = edit("shamir_threshold: 2\n    key_groups:\n", "shamir_threshold: 1\n    key_groups:\n      - "+texts[1]+"\n")
	}
	return out
}

// sealedEdits go with a policy: none of them makes it one that was there before.
func sealedEdits() map[string]func(h thief) {
	replaced := func(old, replacement string) func(h thief) {
		return func(h thief) {
			for _, name := range h.sealed(`cluster/`) {
				h.files[name].Data = []byte(strings.ReplaceAll(string(h.files[name].Data), old, strings.ReplaceAll(replacement, "HIM", h.name)))
			}
		}
	}
	return map[string]func(h thief){
		"":                          func(thief) {},
		", lists of the same":       replaced(`"key_groups": [`, `"key_groups": [{"age": [{"recipient": "HIM", "enc": "none"}]},`),
		", thresholds of the same":  replaced(`"shamir_threshold": 2`, `"shamir_threshold": 1`),
		", a list beside groups":    replaced(`"key_groups": [`, `"age": [{"recipient": "HIM", "enc": "none"}], "key_groups": [`),
		", labels of the threshold": replaced(`any 2 of 2 groups`, `any 1 of 2 groups`),
		", labels of the groups":    replaced(`group 2: `, `group 1: `),
		", labels of the thief":     replaced(`"recipients_unencrypted": [`, `"recipients_unencrypted": ["group 1: HIM", "group 2: HIM", "group 3: HIM", "HIM", `),
	}
}

// TestGroups: of recipients of all kinds and of groups, too, a build seals for nobody new, nor for fewer groups, until it is told that it is
// meant.
func TestGroups(t *testing.T) {
	town := groupedTown(t)
	town.users("ops", "alice", "bob", "carol") // A build that has something to seal, and knows it for new.
	first, second := town.operators[0], town.operators[1]
	attacks, edits := groupAttacks(first, second), sealedEdits()
	tried := 0
	for i, what := range slices.Sorted(maps.Keys(attacks)) {
		for j, how := range slices.Sorted(maps.Keys(edits)) {
			if how != "" && (i+j)%3 > 0 {
				continue
			}
			attack, edit := attacks[what], edits[how]
			tried++
			w := town.twin()
			h := thief{w, t, nil, testtool.Age(t).Recipient().String()}
			attack(h)
			edit(h)
			res, problems := w.issue(t)
			if !problems.HasErrors() {
				t.Errorf("%s%s: nothing is refused", what, how)
			}
			for _, d := range problems.Errors() {
				if d.Hint == "" {
					t.Errorf("%s%s: no hint: %s", what, how, d.Summary)
				}
			}
			for _, name := range res.Write {
				if _, to, err := vault.Read(res.Files[name]); err == nil && strings.Contains(strings.Join(to, " "), h.name) {
					t.Errorf("%s%s: %s was sealed to the thief", what, how, name)
				}
			}
		}
	}
	t.Logf("%d policies with %d kinds of edits in sealed files: %d, all refused", len(attacks), len(edits), tried)
}

// TestGroupsLegitimate: what means the same is the same, however it is written, and so is what takes somebody away.
func TestGroupsLegitimate(t *testing.T) {
	town := groupedTown(t)
	first, second := town.operators[0], town.operators[1]
	for what, edit := range map[string][2]string{
		"nothing":               {"creation_rules:", "creation_rules:"},
		"a comment":             {"creation_rules:", "# of nobody: " + testtool.Age(t).Recipient().String() + "\ncreation_rules:"},
		"another order":         {"[" + first + ", " + second + "]", "[" + second + ", " + first + "]"},
		"a list":                {"age: " + first + "," + second, "age: [" + second + ", " + first + "]"},
		"an anchor":             {"age: [" + first + ", ", "age: [&me " + first + ", "},
		"a default threshold":   {"shamir_threshold: 2\n    key_groups:", "key_groups:"},
		"the same one twice":    {"[" + first + ", ", "[" + first + ", " + first + ", "},
		"somebody who is gone":  {"[" + first + ", " + second + "]", "[" + first + "]"},
		"a rule for what is no": {"creation_rules:\n", "creation_rules:\n  - path_regex: ^elsewhere/\n    age: " + testtool.Age(t).Recipient().String() + "\n"},
	} {
		w := town.twin()
		if w.policy = strings.Replace(town.policy, edit[0], edit[1], 1); !strings.Contains(w.policy, edit[1]) {
			t.Fatalf("%s: nothing was edited", what)
		}
		res, problems := w.issue(t)
		if problems.HasErrors() {
			t.Errorf("%s: got\n%s", what, describe(problems))
		}
		if what != "somebody who is gone" && len(res.Write) > 0 {
			t.Errorf("%s: %v are written", what, slices.Sorted(slices.Values(res.Write)))
		}
	}
	w := town.twin()
	w.users("ops", "alice", "bob", "carol")
	if _, problems := w.issue(t); problems.HasErrors() {
		t.Errorf("a user: got\n%s", describe(problems))
	}
}
