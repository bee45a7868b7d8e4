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
	"github.com/harender/harender/internal/secret"
)

// sopsVersion is the version of sops whose format this package writes; files carry it.
const sopsVersion = "3.13.3"

// Seal encrypts plain for the recipients of the policy at path, a slash path from the repository's root, and for the
// node's own recipients: age1..., or ssh-ed25519 public keys.
func (v *Vault) Seal(path string, plain secret.Plain, node []string) (secret.Sealed, error) {
	if len(plain.Reveal()) == 0 {
		return nil, fmt.Errorf("seal %s: nothing to seal", path)
	}
	k, err := v.groupsFor(path, node)
	if err != nil {
		return nil, err
	}
	tree := sops.Tree{
		Branches: sops.TreeBranches{{{Key: "data", Value: string(plain.Reveal())}}},
		Metadata: sops.Metadata{KeyGroups: k.groups, ShamirThreshold: k.threshold, Version: sopsVersion},
		FilePath: path,
	}
	dataKey, errs := tree.GenerateDataKeyWithKeyServices([]keyservice.KeyServiceClient{keyservice.NewLocalClient()})
	if len(errs) > 0 {
		return nil, refuse(diag.Pos{File: ConfigName}, "cannot seal "+path, errors.Join(errs...).Error(), "see to it that every recipient of the rule can be reached")
	}
	defer clear(dataKey)
	if err := encrypt(&tree, dataKey, v.now()); err != nil {
		return nil, fmt.Errorf("seal %s: %w", path, err)
	}
	sealed, err := binaryStore().EmitEncryptedFile(tree)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", path, err)
	}
	return sealed, nil
}

func encrypt(tree *sops.Tree, dataKey []byte, now time.Time) error {
	cipher := aes.NewCipher()
	mac, err := tree.Encrypt(dataKey, cipher)
	if err != nil {
		return err
	}
	if text, _ := tree.Branches[0][0].Value.(string); !strings.HasPrefix(text, "ENC[AES256_GCM,") {
		return errors.New("sops left the plaintext as it was")
	}
	tree.Metadata.LastModified = now.UTC()
	tree.Metadata.MessageAuthenticationCode, err = cipher.Encrypt(mac, dataKey, tree.Metadata.LastModified.Format(time.RFC3339))
	return err
}

func binaryStore() *json.BinaryStore {
	return json.NewBinaryStore(&config.JSONBinaryStoreConfig{Indent: -1})
}
