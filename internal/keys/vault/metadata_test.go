package vault

import (
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/keys/secret"
)

// otherKinds are recipients of each kind but age, as a file's metadata has them, by the name that they have here.
func otherKinds() map[string]string {
	return map[string]string{
		"pgp:85D77543B3D624B63CEA9E6DBC17301B491B3F21": `"pgp": [{"created_at": "2026-01-01T00:00:00Z", "enc": "x", "fp": "85D77543B3D624B63CEA9E6DBC17301B491B3F21"}]`,
		"kms:arn:aws:kms:eu-central-1:1:key/k+r|a:b|p": `"kms": [{"arn": "arn:aws:kms:eu-central-1:1:key/k", "role": "r", "context": {"a": "b"}, "created_at": "2026-01-01T00:00:00Z", "enc": "x", "aws_profile": "p"}]`,
		"gcp_kms:projects/p/k":                         `"gcp_kms": [{"resource_id": "projects/p/k", "created_at": "2026-01-01T00:00:00Z", "enc": "x"}]`,
		"hckms:eu:k":                                   `"hckms": [{"key_id": "eu:k", "created_at": "2026-01-01T00:00:00Z", "enc": "x"}]`,
		"hc_vault:https://v/v1/e/keys/k":               `"hc_vault": [{"vault_address": "https://v", "engine_path": "e", "key_name": "k", "created_at": "2026-01-01T00:00:00Z", "enc": "x"}]`,
		"azure_kv:https://v/keys/k/1":                  `"azure_kv": [{"vault_url": "https://v", "name": "k", "version": "1", "created_at": "2026-01-01T00:00:00Z", "enc": "x"}]`,
	}
}

// editsOf a sealed file's metadata, by what they are.
func editsOf(text, operator, thief string) map[string]string {
	his := `[{"recipient": "` + thief + `", "enc": "x"}]`
	out := map[string]string{}
	put := func(what, begin string) {
		out[what] = strings.Replace(text, `"sops": {`, `"sops": {`+begin+`, `, 1)
	}
	for kind, entry := range otherKinds() {
		put(kind, entry)
		put(kind+" in a group", `"key_groups": [{`+entry+`}]`)
		key, _, _ := strings.Cut(entry, ":")
		put(kind+" with null", key+`: null`)
		put(kind+" with a null entry", key+`: [null]`)
		put(kind+" in capitals", strings.ToUpper(key)+entry[len(key):])
	}
	for _, key := range []string{"age", "Age", "AGE", "key_groups", "Key_Groups", "aGe", "Shamir_threshold", "ſhamir_threshold", "newkms", "sops"} {
		put(key, `"`+key+`": `+his)
		out["at the end: "+key] = text[:strings.LastIndex(strings.TrimRight(text, "}\n \t"), "\n")] + ` "` + key + `": ` + his + "}}"
	}
	for _, value := range []string{"1", "0", "-1", "3", `"1"`, "1.0", "1e0", "null", "true", "99999999999999999999"} {
		put("threshold "+value, `"shamir_threshold": `+value)
		out["another threshold "+value] = strings.Replace(text, `"shamir_threshold": 2`, `"shamir_threshold": `+value, 1)
	}
	out["a second name"] = strings.Replace(text, `"recipient": `, `"Recipient": "`+thief+`", "recipient": `, 1)
	out["a first name"] = strings.Replace(text, `"recipient": `, `"recipient": "`+thief+`", "recipient": `, 1)
	out["a name in capitals"] = strings.Replace(text, `"recipient": `, `"RECIPIENT": `, 1)
	out["a group more"] = strings.Replace(text, `"key_groups": [`, `"key_groups": [{"age": `+his+`}, `, 1)
	out["groups beside"] = strings.Replace(text, `"sops": {`, `"sops": {"key_groups": [{"age": [{"recipient": "`+operator+`", "enc": "x"}]}], "age": `+his+`, `, 1)
	out["an empty group"] = strings.Replace(text, `"key_groups": [`, `"key_groups": [{}, `, 1)
	out["as it is"] = text
	return out
}

// TestOneReading edits the lists of a sealed file in all ways in which one reader could take it for another file than the next: whatever
// is read has the recipients that sops would use, and the threshold.
func TestOneReading(t *testing.T) {
	operator, second, thief := ageHolder(t, "operator"), ageHolder(t, "second"), ageHolder(t, "thief")
	alone := string(must[secret.Sealed](t)(load(t, policyFor(operator), operator.environment(t)).Seal(path, id, newPlain("key of a test"), nil)))
	groups := "creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n      - age: [" + operator.recipient + "]\n      - age: [" + second.recipient + ", " + operator.recipient + "]\n"
	grouped := string(must[secret.Sealed](t)(load(t, groups, operator.environment(t)).Seal(path, id, newPlain("key of a test"), nil)))
	variants := map[string]string{}
	for name, text := range map[string]string{"one group": alone, "two groups": grouped} {
		for what, edited := range editsOf(text, operator.recipient, thief.recipient) {
			variants[name+", "+what] = edited
		}
	}
	read := 0
	for name, text := range variants {
		label, to, err := ReadLabel([]byte(text))
		if err != nil {
			continue
		}
		read++
		tree, err := binaryStore().LoadEncryptedFile([]byte(text))
		if err != nil {
			t.Errorf("%s: sops reads nothing: %v", name, err)
			continue
		}
		if want := names(tree.Metadata.KeyGroups, tree.Metadata.ShamirThreshold); !slices.Equal(to, want) {
			t.Errorf("%s: it is sealed to %v, and sops says %v", name, to, want)
		}
		sops := tree.Metadata.KeyGroups
		if slices.Equal(label.Recipients, to) && slices.ContainsFunc(names(sops, 0), func(who string) bool { return strings.Contains(who, thief.recipient) }) {
			t.Errorf("%s: the label vouches for the thief", name)
		}
	}
	if t.Logf("%d variants, of which %d are read", len(variants), read); read < 15 {
		t.Error("so few prove nothing")
	}
	for kind, entry := range otherKinds() {
		_, to, err := Read([]byte(strings.Replace(alone, `"sops": {`, `"sops": {`+entry+`, `, 1)))
		if err != nil || !slices.Contains(to, kind) {
			t.Errorf("%s: read %v (%v)", kind, to, err)
		}
	}
}
