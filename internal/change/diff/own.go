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

// general is a change in which nothing is a node's own, so that those of many nodes can be equal. Addresses that change are no
// node's own, and neither is what looks like the words that stand for them.
func (c *comparison) general(node string, change Change) Change {
	is := c.now.Directories[node].Addresses()
	addresses := slices.DeleteFunc(c.old.Directories[node].Addresses(), func(a string) bool { return !slices.Contains(is, a) })
	without := func(s string) string {
		if replaceWord(s, ownName, "") != s || replaceWord(s, ownAddress, "") != s {
			return s
		}
		for _, a := range addresses {
			s = replaceWord(s, a, ownAddress)
		}
		return replaceWord(s, node, ownName)
	}
	out := change
	out.Unified, out.Details = without(change.Unified), slices.Clone(change.Details)
	for i, d := range out.Details {
		out.Details[i].Old, out.Details[i].New, out.Details[i].Unified = without(d.Old), without(d.New), without(d.Unified)
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
