package vault

import (
	"encoding/pem"
	"errors"
	"slices"

	"github.com/getsops/sops/v3"

	"github.com/harender/harender/internal/keys/adopt"
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/keys/secret"
)

// The keys of a sealed file's JSON, beside data, that say what it is. Their suffix is the one by which sops leaves a value in
// the clear; the authentication code covers them all the same, and stock sops takes data alone for the file's plaintext.
const (
	labelKey      = "id" + sops.DefaultUnencryptedSuffix
	publicKey     = "public_key" + sops.DefaultUnencryptedSuffix
	recipientsKey = "recipients" + sops.DefaultUnencryptedSuffix
)

// labels are the part of the file that anybody can read. A private key is labelled with its public key, so that a certificate
// beside it which is another's is found without opening anything. Every secret is labelled with those to whom it is sealed:
// the list in the metadata is under no code, and anyone who edits that cannot make the label agree without a key.
func labels(id string, plain secret.Plain, k policyKeys) sops.TreeBranch {
	out := sops.TreeBranch{{Key: labelKey, Value: id}}
	if public := publicOf(plain); public != "" {
		out = append(out, sops.TreeItem{Key: publicKey, Value: public})
	}
	var to []any
	for _, name := range names(k.groups, k.threshold) {
		to = append(to, name)
	}
	return append(out, sops.TreeItem{Key: recipientsKey, Value: to})
}

// publicOf is the hash of the public key of a private key in PEM, and empty for every other secret.
func publicOf(plain secret.Plain) string {
	for block, rest := pem.Decode(plain.Reveal()); block != nil; block, rest = pem.Decode(rest) {
		if key := adopt.PrivateKey(block); key != nil {
			return certificate.Pin(key.Public())
		}
	}
	return ""
}

var errOtherKeys = errors.New("it has other keys than a sealed file")

// knownKeys are those beside the metadata.
func knownKeys() []string { return []string{dataKey, labelKey, publicKey, recipientsKey} }

// onlyKnown wants the keys that Seal and stock sops write, each once: Read takes the last of several, and sops the first.
func onlyKnown(branches sops.TreeBranches) error {
	seen := map[any]bool{}
	for _, b := range branches {
		for _, item := range b {
			if name, ok := item.Key.(string); seen[item.Key] || !ok || !slices.Contains(knownKeys(), name) {
				return errOtherKeys
			}
			seen[item.Key] = true
		}
	}
	return nil
}
