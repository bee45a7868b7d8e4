package diff

import (
	"slices"
	"strings"
)

// Words that stand for each node's own.
const (
	ownName    = "NODE"
	ownAddress = "ADDRESS"
)

// general are details in which nothing is a node's own, so that those of many nodes can be equal.
func (c *comparison) general(node string, details []Detail) []Detail {
	addresses := slices.Concat(c.old.Directories[node].Addresses(), c.now.Directories[node].Addresses())
	without := func(s string) string {
		for _, a := range addresses {
			s = replaceWord(s, a, ownAddress)
		}
		return replaceWord(s, node, ownName)
	}
	out := slices.Clone(details)
	for i, d := range out {
		out[i].Old, out[i].New = without(d.Old), without(d.New)
	}
	return out
}

// Addresses of a node, as its kubelet is told.
func (d Directory) Addresses() []string {
	for l := range strings.Lines(string(d.Files["etc/kubernetes/kubelet.env"].Content)) {
		if list, found := strings.CutPrefix(strings.TrimSpace(l), "NODE_IP="); found && list != "" {
			return strings.Split(list, ",")
		}
	}
	return nil
}

// replaceWord replaces a word where it is no part of a longer one.
func replaceWord(s, word, with string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, word)
		if i < 0 || word == "" {
			return b.String() + s
		}
		end := i + len(word)
		if i > 0 && inWord(s[i-1]) || end < len(s) && inWord(s[end]) {
			b.WriteString(s[:end])
		} else {
			b.WriteString(s[:i] + with)
		}
		s = s[end:]
	}
}

func inWord(c byte) bool {
	return c == '.' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
