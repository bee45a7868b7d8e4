package vault

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/harender/harender/internal/diag"
)

// lookalikes are characters that look like one of ASCII, or like none.
const lookalikes = "\u0430\u0435\u03bf\u0391\u0261\u217c\uff11\uff41\u2010\u2044\u2215\u3002\u02d0\u200b\u200c\u200d\u2060\u00ad\u00a0\u3000\u180e\u034f\u0301\ufe0f\U000e0061\U0001d44e"

// TestHomoglyphs puts each into every kind of recipient of a policy, and into its keys: none is taken for a name that it looks like,
// and no message shows it as it is.
func TestHomoglyphs(t *testing.T) {
	places := []string{
		"age: " + anyone + "%s", "age: '" + anyone + ", %sage1x'", "age: [" + anyone + ", '%s" + anyone + "']", "%sage: " + anyone,
		"age: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN %sdmin'", "pgp: '%s234567890123456789012345678901234567890'",
		"kms: 'arn:aws:kms:eu-central-1:111122223333:alias/%sdmin'", "kms: 'arn:aws:kms:eu-central-1:111122223333:key/k+arn:aws:iam::1:role/%s'",
		"gcp_kms: projects/p%s/locations/l/keyRings/r/cryptoKeys/k", "hc_vault_transit_uri: 'https://v%sult.example/v1/transit/keys/k'",
		"azure_keyvault: 'https://v%sult.vault.azure.net/keys/k/v'", "key_groups: [{age: ['%s" + anyone + "']}]", "key_groups: [{kms: [{arn: 'a%s'}]}]",
		"key_groups: [{azure_keyvault: [{vaultUrl: 'https://v%sult.vault.azure.net', key: k, version: v}]}]", "key_groups: [{hc_vault: ['https://v%s/v1/t/keys/k']}]",
		"key_groups: [{gcp_kms: [{resource_id: 'p%s'}], pgp: ['%s'], hckms: [{key_id: 'k%s'}]}]", "path_regex: ^secr%sts/\n    age: " + anyone,
		"\"%s\": x", "aws_profile: '%s'\n    age: " + anyone,
	}
	tried := 0
	for _, place := range places {
		for _, c := range lookalikes {
			for _, written := range []string{string(c), fmt.Sprintf(`\U%08X`, c)} {
				value := strings.ReplaceAll(place, "%s", written)
				if written[0] == '\\' { // As an escape, which wants double quotes.
					value = strings.ReplaceAll(value, "'", `"`)
				}
				if !strings.ContainsAny(value, `'"`) && written[0] == '\\' {
					continue // It is no escape there.
				}
				tried++
				_, problems := parseRules([]byte("creation_rules:\n  - " + value + "\n"))
				if !problems.HasErrors() {
					t.Errorf("%+q is taken", value)
				}
				shown(t, value, problems)
			}
		}
	}
	if _, problems := parseRules([]byte("# für аdmin\ncreation_rules:\n  - age: " + anyone + " # \u0430dmin\n")); len(problems) > 0 {
		t.Errorf("a comment: %v", problems)
	}
	t.Logf("%d policies", tried)
}

// shown wants every finding to have a place and a hint, and to be in ASCII.
func shown(t *testing.T, value string, problems diag.List) {
	t.Helper()
	for _, d := range problems {
		if d.Hint == "" || d.Pos.File != ConfigName || strings.IndexFunc(diag.Escape(d.Summary), func(r rune) bool { return r > unicode.MaxASCII }) >= 0 {
			t.Errorf("%+q: %+v", value, d)
		}
	}
}
