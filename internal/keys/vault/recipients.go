package vault

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/azkv"
	"github.com/getsops/sops/v3/gcpkms"
	"github.com/getsops/sops/v3/hckms"
	"github.com/getsops/sops/v3/hcvault"
	"github.com/getsops/sops/v3/keys"
	"github.com/getsops/sops/v3/kms"
	"github.com/getsops/sops/v3/pgp"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/secret"
)

// RecipientsFor names who could open a file sealed at path now: the recipients of the policy, and the node's own. The names
// are sorted and compare with those of Read. An age or SSH recipient is named by itself, without a comment; any
// other key by its kind and address, such as kms:ARN.
func (v *Vault) RecipientsFor(path string, node []string) ([]string, error) {
	k, err := v.groupsFor(path, node)
	if err != nil {
		return nil, err
	}
	return names(k.groups, k.threshold), nil
}

// Read tells what a sealed file says of itself, and who can open it, as [ReadLabel] does.
func (v *Vault) Read(sealed secret.Sealed) (label secret.Label, recipients []string, err error) {
	return ReadLabel(sealed)
}

// Description is what a sealed file says without any key.
type Description struct {
	ID         string
	Recipients []string
	// Modified is when it was sealed, in the words of the file.
	Modified string
}

// Describe tells all that [Read] does, and when.
func Describe(sealed secret.Sealed) (Description, error) {
	id, recipients, err := Read(sealed)
	if err != nil {
		return Description{}, err
	}
	var file struct {
		Sops struct{ LastModified string }
	}
	if err := json.Unmarshal(sealed, &file); err != nil {
		return Description{}, fmt.Errorf("not a sops file: %w", shortSyntaxError(err))
	}
	return Description{ID: id, Recipients: recipients, Modified: file.Sops.LastModified}, nil
}

// Read tells of which secret a sealed file is, and who can open it, from what the file says without any key. The id is
// empty for a file without a label: stock sops writes none. Only opening the file proves what it says.
func Read(sealed secret.Sealed) (id string, recipients []string, err error) {
	label, recipients, err := ReadLabel(sealed)
	return label.ID, recipients, err
}

// ReadLabel tells all that a sealed file says of its secret, and who can open it.
func ReadLabel(sealed secret.Sealed) (label secret.Label, recipients []string, err error) {
	label, groups, threshold, err := read(sealed)
	if err != nil {
		return secret.Label{}, nil, err
	}
	return label, names(groups, threshold), nil
}

// read is what the file says of itself.
func read(sealed secret.Sealed) (label secret.Label, groups []sops.KeyGroup, threshold int, err error) {
	var file sealedFile
	if diag.Conflict(sealed) > 0 {
		return secret.Label{}, nil, 0, diag.ErrConflict
	}
	if err := json.Unmarshal(sealed, &file); err != nil {
		return secret.Label{}, nil, 0, fmt.Errorf("not a sops file: %w", shortSyntaxError(err))
	}
	if !strings.HasPrefix(file.Data, "ENC[AES256_GCM,") || file.Sops == nil {
		return secret.Label{}, nil, 0, errors.New("not a sops file of binary type")
	}
	if err := sole(sealed); err != nil {
		return secret.Label{}, nil, 0, err
	}
	said := file.Sops.Groups
	if len(said) == 0 {
		said = []sealedGroup{file.Sops.sealedGroup}
	}
	for _, g := range said {
		keys := g.keys()
		if len(keys) == 0 {
			return secret.Label{}, nil, 0, errors.New("a sops file without recipients")
		}
		if g.hasNull() {
			return secret.Label{}, nil, 0, errors.New("a KMS key with null in its encryption context")
		}
		groups = append(groups, keys)
	}
	return secret.Label{ID: file.ID, Public: file.Public, Recipients: file.Recipients}, groups, file.Sops.Threshold, nil
}

// shortSyntaxError keeps the input out of the error's text: the file may be a plaintext key by mistake.
func shortSyntaxError(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("not JSON from byte %d on", syntax.Offset)
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("%s has another type", kind.Field)
	}
	return errors.New("not JSON")
}

// sealedFile is the part of a sops file of binary type that tells whose it is and who can open it.
type sealedFile struct {
	Data string
	ID   string `json:"id_unencrypted"`
	// Public is the hash of the key's public half.
	Public string `json:"public_key_unencrypted"`
	// Recipients are those to whom it was sealed, whatever the metadata says now.
	Recipients []string `json:"recipients_unencrypted"`
	Sops       *struct {
		sealedGroup
		Groups    []sealedGroup `json:"key_groups"`
		Threshold int           `json:"shamir_threshold"`
	}
}

type sealedGroup struct {
	Age []struct{ Recipient string }
	PGP []struct{ FP string }
	KMS []struct {
		ARN, Role string
		Context   map[string]*string
		Profile   string `json:"aws_profile"`
	}
	GCP []struct {
		Resource string `json:"resource_id"`
	} `json:"gcp_kms"`
	Huawei []struct {
		ID string `json:"key_id"`
	} `json:"hckms"`
	Vault []struct {
		Address string `json:"vault_address"`
		Engine  string `json:"engine_path"`
		Key     string `json:"key_name"`
	} `json:"hc_vault"`
	Azure []struct {
		URL     string `json:"vault_url"`
		Name    string
		Version string
	} `json:"azure_kv"`
}

func (g sealedGroup) keys() sops.KeyGroup {
	var out sops.KeyGroup
	for _, k := range g.Age {
		out = append(out, &age.MasterKey{Recipient: k.Recipient})
	}
	for _, k := range g.PGP {
		out = append(out, &pgp.MasterKey{Fingerprint: k.FP})
	}
	for _, k := range g.KMS {
		out = append(out, &kms.MasterKey{Arn: k.ARN, Role: k.Role, EncryptionContext: k.Context, AwsProfile: k.Profile})
	}
	for _, k := range g.GCP {
		out = append(out, &gcpkms.MasterKey{ResourceID: k.Resource})
	}
	for _, k := range g.Huawei {
		out = append(out, &hckms.MasterKey{KeyID: k.ID})
	}
	for _, k := range g.Vault {
		out = append(out, &hcvault.MasterKey{VaultAddress: k.Address, EnginePath: k.Engine, KeyName: k.Key})
	}
	for _, k := range g.Azure {
		out = append(out, &azkv.MasterKey{VaultURL: k.URL, Name: k.Name, Version: k.Version})
	}
	return out
}

// hasNull finds what sops would stumble over: it takes every value of an encryption context for a string.
func (g sealedGroup) hasNull() bool {
	for _, k := range g.KMS {
		for _, value := range k.Context {
			if value == nil {
				return true
			}
		}
	}
	return false
}

// names lists the keys of the groups. With several groups, each name carries its group and the threshold is listed
// too, so that another grouping of the same keys counts as a change.
func names(groups []sops.KeyGroup, threshold int) []string {
	var out []string
	for i, g := range groups {
		for _, k := range g {
			name := keyName(k)
			if len(groups) > 1 {
				name = fmt.Sprintf("group %d: %s", i+1, name)
			}
			out = append(out, name)
		}
	}
	if len(groups) > 1 {
		if threshold == 0 {
			threshold = len(groups)
		}
		out = append(out, fmt.Sprintf("any %d of %d groups", threshold, len(groups)))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func keyName(k keys.MasterKey) string {
	if a, ok := k.(*age.MasterKey); ok {
		return bareRecipient(a.Recipient)
	}
	return k.TypeToIdentifier() + ":" + k.ToString()
}

// bareRecipient drops the comment of an SSH recipient.
func bareRecipient(recipient string) string {
	fields := strings.Fields(recipient)
	if len(fields) > 2 && strings.HasPrefix(recipient, "ssh-") {
		fields = fields[:2]
	}
	return strings.Join(fields, " ")
}
