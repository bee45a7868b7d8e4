package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/harender/harender/internal/keys/secret"
)

// metadataKeys are all that sops reads of a file's metadata, beside the lists of recipients.
func metadataKeys() []string {
	return []string{
		"key_groups", "shamir_threshold", "lastmodified", "mac", "version", "mac_only_encrypted", "unencrypted_suffix", "encrypted_suffix",
		"unencrypted_regex", "encrypted_regex", "unencrypted_comment_regex", "encrypted_comment_regex",
	}
}

// recipientKeys are all that sops reads of a recipient, by the list that it is in.
func recipientKeys() map[string][]string {
	return map[string][]string{
		"age": {"recipient", "enc"}, "pgp": {"fp", "created_at", "enc"}, "kms": {"arn", "role", contextKey, "aws_profile", "created_at", "enc"},
		"gcp_kms": {"resource_id", "created_at", "enc"}, "hckms": {"key_id", "created_at", "enc"},
		"hc_vault": {"vault_address", "engine_path", "key_name", "created_at", "enc"}, "azure_kv": {"vault_url", "name", "version", "created_at", "enc"},
	}
}

// contextKey is a mapping with keys of the user's own.
const contextKey = "context"

var errTwoLists = errors.New("it has recipients beside its key groups")

// sole wants each key of a sealed file as sops writes it, and once. Two readers take a file that has more for two files: this one takes
// keys in whatever case and the last of several, and sops those that are spelled as its own; and of recipients that stand beside key
// groups, sops takes these alone.
func sole(sealed secret.Sealed) error {
	top, err := members(json.RawMessage(sealed), append(knownKeys(), metadataKey))
	if err != nil {
		return err
	}
	kinds := slices.Collect(maps.Keys(recipientKeys()))
	metadata, err := members(top[metadataKey], append(metadataKeys(), kinds...))
	if err != nil {
		return err
	}
	beside, err := soleRecipients(metadata)
	if err != nil {
		return err
	}
	groups, err := elements(metadata["key_groups"])
	if err != nil {
		return err
	}
	if beside > 0 && len(groups) > 0 {
		return errTwoLists
	}
	for _, g := range groups {
		group, err := members(g, kinds)
		if err == nil {
			_, err = soleRecipients(group)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// soleRecipients wants it of the recipients of a group, and counts them.
func soleRecipients(group map[string]json.RawMessage) (count int, err error) {
	for kind, known := range recipientKeys() {
		all, err := elements(group[kind])
		if err != nil {
			return 0, err
		}
		for _, one := range all {
			recipient, err := members(one, known)
			if err != nil {
				return 0, err
			}
			if context := recipient[contextKey]; context != nil && !bytes.Equal(context, []byte("null")) {
				if _, err := members(context, nil); err != nil {
					return 0, err
				}
			}
		}
		count += len(all)
	}
	return count, nil
}

// elements of a list that may be missing.
func elements(list json.RawMessage) (out []json.RawMessage, err error) {
	if list == nil {
		return nil, nil
	}
	if err := json.Unmarshal(list, &out); err != nil {
		return nil, shortSyntaxError(err)
	}
	return out, nil
}

// members of an object, each of which is known and there once. Without a list, all are known.
func members(object json.RawMessage, known []string) (map[string]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(object))
	if begin, err := dec.Token(); err != nil {
		return nil, shortSyntaxError(err)
	} else if begin != json.Delim('{') {
		return nil, errOtherKeys
	}
	out := map[string]json.RawMessage{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, shortSyntaxError(err)
		}
		name, _ := token.(string) // An object's key is nothing else.
		if _, twice := out[name]; twice || known != nil && !slices.Contains(known, name) {
			return nil, errOtherKeys
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, shortSyntaxError(err)
		}
		out[name] = value
	}
	return out, nil
}
