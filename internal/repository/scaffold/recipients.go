package scaffold

import (
	"regexp"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
)

// publicKey is one that files can be sealed to: of an SSH server, or of age.
var publicKey = regexp.MustCompile(`^(ssh-ed25519 [A-Za-z0-9+/]+=*|age1[a-z0-9]+)$`)

// otherKey is of an SSH server, and of a type that files cannot be sealed to.
var otherKey = regexp.MustCompile(`^(ssh-(rsa|dss)|ecdsa-\S+|sk-\S+) `)

// ReadRecipients reads the public key of each node from the text of the file name: lines as ssh-keyscan prints them, the node's
// name or address and its key, or an age recipient in place of the key. Comments, and keys of types that files cannot be sealed to,
// are passed over. What it gives is by the name of the node that o makes.
func ReadRecipients(o Options, name, text string) (map[string][]string, diag.List) {
	l, err := layOut(o)
	if err != nil {
		return nil, nil // The flag that this comes from is told when the files are made.
	}
	out := map[string][]string{}
	var list diag.List
	n := 0
	for line := range strings.Lines(text) {
		n++
		host, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if host == "" || host[0] == '#' || otherKey.MatchString(rest) {
			continue
		}
		key := withoutComment(rest)
		node, known := l.named(host)
		wrong := diag.Diagnostic{Pos: diag.Pos{File: name, Line: n}, Hint: "write a line per node, as ssh-keyscan -t ed25519 NODE prints it: NODE ssh-ed25519 AAAA..."}
		switch {
		case !known:
			wrong.Summary, wrong.Hint = "no node is called "+diag.Quote(diag.Redact(host)), "the nodes are "+l.Nodes[0].Name+" to "+l.Nodes[len(l.Nodes)-1].Name+", by name or address"
			list = append(list, wrong)
		case !publicKey.MatchString(key):
			wrong.Summary = "this is no age recipient and no SSH ed25519 public key"
			list = append(list, wrong)
		case !slices.Contains(out[node], key):
			out[node] = append(out[node], key)
		}
	}
	return out, list
}

// withoutComment is a key as sealed files name it.
func withoutComment(key string) string {
	words, most := strings.Fields(key), 2
	if strings.HasPrefix(key, "age1") {
		most = 1
	}
	return strings.Join(words[:min(most, len(words))], " ")
}

// named is the node that a line of ssh-keyscan is about.
func (l layout) named(host string) (string, bool) {
	for _, n := range l.Nodes {
		if host == n.Name || host == n.Address.String() {
			return n.Name, true
		}
	}
	return "", false
}
