package vault

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	sopsage "github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/keyservice"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/secret"
)

// restore is what helps where a file is not what was sealed.
const restore = "restore it from version control"

// Open decrypts a sealed file that lies at path, a slash path from the repository's root, and holds the secret of that
// id: a file which is labelled otherwise is refused, and one without a label is taken. Age recipients are tried with
// the identities of the environment; any other key is asked only if the policy for path names the very same key.
func (v *Vault) Open(path, id string, sealed secret.Sealed) (secret.Plain, error) {
	label, recipients, err := ReadLabel(sealed)
	if err != nil {
		return secret.Plain{}, refuse(diag.Pos{File: path}, path+" is damaged", err.Error(), restore)
	}
	if label.ID != "" && label.ID != id {
		return secret.Plain{}, refuse(diag.Pos{File: path}, path+" is another secret's file", "it is labelled "+diag.Quote(label.ID)+", not "+id, restore)
	}
	tree, err := binaryStore().LoadEncryptedFile(sealed)
	if err == nil {
		err = onlyKnown(tree.Branches)
	}
	if err != nil {
		return secret.Plain{}, refuse(diag.Pos{File: path}, path+" is damaged", err.Error(), restore)
	}
	client := opener{identities: v.identities(), policy: v.allowed(path)}
	key, err := tree.Metadata.GetDataKeyWithKeyServices([]keyservice.KeyServiceClient{client}, sops.DefaultDecryptionOrder)
	if err != nil {
		return secret.Plain{}, v.locked(path, recipients, err)
	}
	defer clear(key)
	plain, err := decrypt(&tree, key)
	if err != nil {
		return secret.Plain{}, refuse(diag.Pos{File: path}, path+" was changed after it was sealed", err.Error(), restore)
	}
	if label.Public != "" && label.Public != publicOf(plain) {
		plain.Wipe()
		return secret.Plain{}, refuse(diag.Pos{File: path}, path+" is labelled as another key", "its label names "+diag.Quote(label.Public), restore)
	}
	return plain, nil
}

func decrypt(tree *sops.Tree, key []byte) (secret.Plain, error) {
	cipher := aes.NewCipher()
	computed, err := tree.Decrypt(key, cipher)
	if err != nil {
		return secret.Plain{}, errors.New("its content does not decrypt")
	}
	m := tree.Metadata
	written, err := cipher.Decrypt(m.MessageAuthenticationCode, key, m.LastModified.Format(time.RFC3339))
	if err != nil || written != computed {
		return secret.Plain{}, errors.New("its authentication code does not match")
	}
	plain, err := binaryStore().EmitPlainFile(tree.Branches)
	if err != nil {
		return secret.Plain{}, errors.New("its content is not of binary type")
	}
	return secret.NewPlain(plain), nil
}

// locked says who could open the file and where identities were looked for. The engine's own words are kept for kinds
// of key other than age's own, whose failures are of the network or of another program.
func (v *Vault) locked(path string, recipients []string, err error) *UserError {
	detail := "sealed to " + strings.Join(recipients, ", ") + "; identities were looked for in " + strings.Join(v.identities().looked, ", ")
	var sopsError sops.UserError
	if errors.As(err, &sopsError) && !onlyAge(recipients) {
		detail += "; sops says: " + strings.Join(strings.Fields(sopsError.UserError()), " ")
	}
	out := refuse(diag.Pos{File: path}, "no key at hand opens "+path, detail,
		"point "+sopsage.SopsAgeKeyFileEnv+" to an operator's age key, or "+sopsage.SopsAgeSshPrivateKeyFileEnv+" to an SSH key")
	out.noKey = true
	return out
}

func onlyAge(recipients []string) bool {
	for _, r := range recipients {
		if !strings.HasPrefix(r, "age1") && !strings.HasPrefix(r, "ssh-") || isPlugin(r) {
			return false
		}
	}
	return true
}

// allowed are the keys of the policy that stand outside this process.
func (v *Vault) allowed(path string) []*keyservice.Key {
	r, fault := v.ruleFor(path)
	if fault != nil {
		return nil
	}
	var out []*keyservice.Key
	for _, g := range r.keys.groups {
		for _, k := range g {
			if _, ok := k.(*sopsage.MasterKey); !ok {
				request := keyservice.KeyFromMasterKey(k)
				out = append(out, &request)
			}
		}
	}
	return out
}

// opener is the only key service that opening uses.
type opener struct {
	identities identities
	policy     []*keyservice.Key
}

var errForeignKey = errors.New("not among the keys that " + ConfigName + " lists, so it is not asked")

// Decrypt opens a data key.
func (o opener) Decrypt(ctx context.Context, in *keyservice.DecryptRequest, opts ...grpc.CallOption) (*keyservice.DecryptResponse, error) {
	if k := in.Key.GetAgeKey(); k != nil {
		plain, err := o.decryptAge(k.Recipient, in.Ciphertext)
		return &keyservice.DecryptResponse{Plaintext: plain}, err
	}
	for _, k := range o.policy {
		if proto.Equal(k, in.Key) {
			return keyservice.NewLocalClient().Decrypt(ctx, in, opts...)
		}
	}
	return nil, errForeignKey
}

func (o opener) decryptAge(recipient string, ciphertext []byte) ([]byte, error) {
	if len(o.identities.found) == 0 {
		return nil, errors.New("no age identity found")
	}
	k := &sopsage.MasterKey{Recipient: recipient, EncryptedKey: string(ciphertext)}
	sopsage.ParsedIdentities(o.identities.found).ApplyToMasterKey(k)
	return k.Decrypt()
}

// Encrypt is refused: this service opens.
func (o opener) Encrypt(context.Context, *keyservice.EncryptRequest, ...grpc.CallOption) (*keyservice.EncryptResponse, error) {
	return nil, fmt.Errorf("opening encrypts nothing")
}
