package vault

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// azureAddress is how an address with a version looks. Without one, sops asks whatever host stands there as it reads.
var azureAddress = regexp.MustCompile(`^https://[^/\s]+/keys/[^/\s]+/[^/\s]+$`)

func azureAddresses(r *policyReader, n *yaml.Node) {
	areTexts(r, n)
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	for _, item := range items {
		item = named(item)
		for address := range strings.SplitSeq(item.Value, ",") {
			if address = strings.TrimSpace(address); address != "" && !azureAddress.MatchString(address) {
				r.unversioned(item)
				break
			}
		}
	}
}

func azureKey(r *policyReader, n *yaml.Node) {
	r.fields(n, map[string]check{"vaultUrl": isText, "key": isText, "version": isText})
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "version" && named(n.Content[i+1]).Value != "" {
			return
		}
	}
	r.unversioned(n)
}

func (r *policyReader) unversioned(n *yaml.Node) {
	r.refuse(n, "an azure_keyvault key has no version", "without one, sops asks Azure for it whenever the policy is read",
		"write its address as https://VAULT/keys/NAME/VERSION, or give the mapping a version")
}
