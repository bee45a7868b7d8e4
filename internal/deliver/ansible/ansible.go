// Package ansible is the one encoder for what Ansible reads. Every string that comes from a repository, or from a file that a
// layer made, is a [Text] there: Ansible never takes it for a template, whatever is in it.
package ansible

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Text is a string that Ansible takes as it is. A template runs on the controller, with all that the operator may do, and no
// escaping inside of a template is safe: anyone who knows its signs ends it.
// https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_advanced_syntax.html#unsafe-or-raw-strings
type Text string

// MarshalYAML gives the text the tag that Ansible has for it.
func (t Text) MarshalYAML() (any, error) {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!unsafe", Value: strings.ToValidUTF8(string(t), "\uFFFD")}, nil
}

// Texts are several.
func Texts(all []string) []Text {
	out := make([]Text, 0, len(all))
	for _, s := range all {
		out = append(out, Text(s))
	}
	return out
}

// Encode is a document below a comment of one line.
func Encode(comment string, document any) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n", comment)
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(document); err != nil {
		return nil, fmt.Errorf("encoding for Ansible: %w", err)
	}
	if err := e.Close(); err != nil {
		return nil, fmt.Errorf("encoding for Ansible: %w", err)
	}
	return b.Bytes(), nil
}
