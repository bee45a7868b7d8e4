package cluster

import (
	"errors"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"

	"github.com/harender/harender/internal/diag"
)

// recipients brings each into the form that sealed files name it by: without the comment of an SSH key.
func recipients(r *report, field diag.Path, texts []string) []string {
	out := make([]string, 0, len(texts))
	for i, text := range texts {
		recipient, err := parseRecipient(text)
		if err != nil {
			// The text is not repeated: it may be a private key.
			r.error(field.Index(i), err.Error(), recipientHint(text))
			continue
		}
		out = append(out, recipient)
	}
	return out
}

var (
	errNotRecipient = errors.New("this is no age recipient and no SSH ed25519 public key")
	errPlugin       = errors.New("recipients of age plugins are not supported for nodes")
	errOtherKey     = errors.New("of SSH keys, only ed25519 can be a recipient")
	errPrivate      = errors.New("this is a private key; it must not be in a repository")
)

func parseRecipient(text string) (string, error) {
	fields := strings.Fields(text)
	switch {
	case diag.Redact(text) != text:
		return "", errPrivate
	case len(fields) >= 2 && fields[0] == "ssh-ed25519":
		key := fields[0] + " " + fields[1]
		if _, err := agessh.ParseRecipient(key); err != nil {
			return "", errNotRecipient
		}
		return key, nil
	case len(fields) >= 2 && (strings.HasPrefix(text, "ssh-") || strings.HasPrefix(text, "ecdsa-") || strings.HasPrefix(text, "sk-")):
		return "", errOtherKey
	case strings.HasPrefix(text, "age1pq1"):
		_, err := age.ParseHybridRecipient(text)
		return text, wrong(err)
	case strings.HasPrefix(text, "age1") && strings.Count(text, "1") > 1:
		return "", errPlugin
	}
	_, err := age.ParseX25519Recipient(text)
	return text, wrong(err)
}

func wrong(err error) error {
	if err != nil {
		return errNotRecipient
	}
	return nil
}

func recipientHint(text string) string {
	if diag.Redact(text) != text {
		return "take it out, make a new one, and write its public half here: age-keygen -y prints it"
	}
	return "write what age-keygen -y prints (age1...), or the line of /etc/ssh/ssh_host_ed25519_key.pub of the node"
}

// checkDuplicateRecipients keeps a key from opening the files of two nodes.
func checkDuplicateRecipients(r *report, nodes []Node) {
	seen := make(map[string]string)
	for _, n := range nodes {
		for i, recipient := range n.Recipients {
			if first, twice := seen[recipient]; twice {
				r.error(diag.Path(n.Field).Key("recipients").Index(i), "the same recipient stands at "+first+" already", "every node has a key of its own, once")
				continue
			}
			seen[recipient] = n.Field
		}
	}
}
