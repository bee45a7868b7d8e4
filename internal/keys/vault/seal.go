package vault

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/keyservice"
	"github.com/getsops/sops/v3/stores/json"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/secret"
)

// sopsVersion is the version of sops whose format this package writes; files carry it.
const sopsVersion = "3.13.3"

// The keys of the plaintext and of the metadata in a sops file of binary type.
const (
	dataKey     = "data"
	metadataKey = "sops"
)

// Seal encrypts plain for the recipients of the policy at path, a slash path from the repository's root, and for the
// node's own recipients: age1..., or ssh-ed25519 public keys. The file is labelled with id, which says whose secret it
// is: it opens as that alone.
func (v *Vault) Seal(path, id string, plain secret.Plain, node []string) (secret.Sealed, error) {
	if len(plain.Reveal()) == 0 {
		return nil, fmt.Errorf("seal %s: nothing to seal", path)
	}
	if id == "" {
		return nil, fmt.Errorf("seal %s: no label", path)
	}
	k, err := v.groupsFor(path, node)
	if err != nil {
		return nil, err
	}
	if err := v.runnable(path, k); err != nil {
		return nil, err
	}
	tree := labelled(id, plain, k)
	tree.FilePath = path
	key, errs := tree.GenerateDataKeyWithKeyServices([]keyservice.KeyServiceClient{keyservice.NewLocalClient()})
	if len(errs) > 0 {
		return nil, refuse(diag.Pos{File: ConfigName}, "cannot seal "+path, errors.Join(errs...).Error(), "see to it that every recipient of the rule can be reached")
	}
	defer clear(key)
	if err := encrypt(&tree, key, v.now()); err != nil {
		return nil, fmt.Errorf("seal %s: %w", path, err)
	}
	sealed, err := binaryStore().EmitEncryptedFile(tree)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", path, err)
	}
	return sealed, nil
}

// labelled is the file before it is encrypted.
func labelled(id string, plain secret.Plain, k policyKeys) sops.Tree {
	return sops.Tree{
		Branches: sops.TreeBranches{append(sops.TreeBranch{{Key: dataKey, Value: string(plain.Reveal())}}, labels(id, plain, k)...)},
		Metadata: sops.Metadata{
			KeyGroups: k.groups, ShamirThreshold: k.threshold, Version: sopsVersion,
			UnencryptedSuffix: sops.DefaultUnencryptedSuffix,
		},
	}
}

// runnable refuses to seal where that would run a program which the operator has not named.
func (v *Vault) runnable(path string, k policyKeys) error {
	recipient, name, found := v.plugins.untrusted(k.groups)
	if !found {
		return nil
	}
	pos := diag.Pos{File: ConfigName}
	if r, fault := v.ruleFor(path); fault == nil {
		pos = r.pos
	}
	return refuse(pos, "the recipient "+recipient+" needs an age plugin", "the program age-plugin-"+name+" runs only where the operator says so",
		"if you trust that program, set "+PluginsEnv+"="+name+"; if not, use an age recipient (age1...) or an SSH ed25519 key")
}

func encrypt(tree *sops.Tree, key []byte, now time.Time) error {
	cipher := aes.NewCipher()
	mac, err := tree.Encrypt(key, cipher)
	if err != nil {
		return err
	}
	if text, _ := tree.Branches[0][0].Value.(string); !strings.HasPrefix(text, "ENC[AES256_GCM,") {
		return errors.New("sops left the plaintext as it was")
	}
	tree.Metadata.LastModified = now.UTC()
	tree.Metadata.MessageAuthenticationCode, err = cipher.Encrypt(mac, key, tree.Metadata.LastModified.Format(time.RFC3339))
	return err
}

func binaryStore() *json.BinaryStore {
	return json.NewBinaryStore(&config.JSONBinaryStoreConfig{Indent: -1})
}
