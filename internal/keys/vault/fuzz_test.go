package vault

import (
	"bytes"
	"testing"

	"github.com/harender/harender/internal/keys/secret"
)

// FuzzOpen feeds sealed files that somebody else may have written. Whatever opens must be what was sealed.
func FuzzOpen(f *testing.F) {
	operator, other := ageHolder(f, "operator"), ageHolder(f, "other")
	plain := []byte("key of a test")
	v := load(f, policyFor(operator), operator.environment(f))
	sealed := must[secret.Sealed](f)(v.Seal(path, id, secret.NewPlain(bytes.Clone(plain)), []string{other.recipient}))
	f.Add([]byte(sealed))
	group := "creation_rules:\n  - key_groups:\n      - age: [" + operator.recipient + "]\n      - age: [" + other.recipient + "]\n"
	f.Add([]byte(must[secret.Sealed](f)(load(f, group, nil).Seal(path, id, secret.NewPlain(bytes.Clone(plain)), nil))))
	f.Add([]byte(`{"data": "ENC[AES256_GCM,data:,iv:,tag:,type:]", "sops": {"kms": [{"context": {"a": null}}], "key_groups": [{"age": [{}]}], "shamir_threshold": -1}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		opened, err := v.Open(path, id, text)
		if err == nil && !bytes.Equal(opened.Reveal(), plain) {
			t.Errorf("opened %q", opened.Reveal())
		}
	})
}
