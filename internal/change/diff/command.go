package diff

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// command is what a container or a unit starts.
type command struct {
	// lists are its words: those of command, and those of args.
	lists [2][]string
	// flags are the values of its flags, each with its equals sign, in their order.
	flags map[string][]string
}

// newCommand takes two lists of words. ok is false where they are something else.
func newCommand(lists ...*yaml.Node) (c command, ok bool) {
	c.flags = map[string][]string{}
	for i, n := range lists {
		if n == nil {
			continue
		}
		if n.Kind != yaml.SequenceNode {
			return c, false
		}
		for _, w := range n.Content {
			if w.Kind != yaml.ScalarNode || w.Tag != "!!str" {
				return c, false
			}
			c.add(i, w.Value)
		}
	}
	return c, true
}

// add appends a word to a list.
func (c *command) add(list int, word string) {
	c.lists[list] = append(c.lists[list], word)
	if name, isFlag := flagOf(word); isFlag && len(c.lists[0])+len(c.lists[1]) > 1 {
		c.flags[name] = append(c.flags[name], word[len(name):])
	}
}

// flagOf is the name of a flag, with its dashes.
func flagOf(word string) (name string, ok bool) {
	name, _, _ = strings.Cut(word, "=")
	return name, len(name) > 1 && name[0] == '-' && strings.Trim(name, "-") != ""
}

// program is the name of what is started, without its folder.
func (c command) program() string {
	for _, list := range c.lists {
		if len(list) > 0 {
			return path.Base(list[0])
		}
	}
	return ""
}

// shape are the words in their order, with flags by their names. Those that the other side does not have are left out.
func (c command) shape(other command) (out []string, words int) {
	for i, list := range c.lists {
		out = append(out, []string{"command", "args"}[i])
		for j, w := range list {
			name, isFlag := flagOf(w)
			isFlag = isFlag && c.flags[name] != nil
			switch {
			case !isFlag:
				out = append(out, "="+w)
				if i+j > 0 {
					words++
				}
			case other.flags[name] != nil:
				out = append(out, name)
			}
		}
	}
	return out, words
}

// flags compares two command lines flag by flag. whole reports whether that is all that differs: the program, the other words, the
// list that each stands in and their order are the same.
func flags(old, now command, deprecated func(program, flag string) string) (out []Detail, whole bool) {
	program := now.program()
	if program == "" {
		program = old.program()
	}
	was, words := old.shape(now)
	is, _ := now.shape(old)
	whole = slices.Equal(was, is)
	for _, name := range union(old.flags, now.flags) {
		before, after := old.flags[name], now.flags[name]
		if slices.Equal(before, after) {
			continue
		}
		d := Detail{What: program + " " + name, Action: actionOf(before != nil, after != nil), Old: values(before), New: values(after)}
		if after != nil {
			if why := deprecated(program, strings.TrimLeft(name, "-")); why != "" {
				d.Note = "deprecated: " + why
			}
		}
		// Where a flag stands among words can change what it means.
		whole = whole && (before != nil && after != nil && len(before) == len(after) && d.Old != d.New || words == 0 && d.Action != Changed)
		out = append(out, d)
	}
	return out, whole
}

// values of one flag: those that could be mistaken for several, or for none, have quotes.
func values(all []string) string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = strings.TrimPrefix(v, "=")
		if v == "=" || len(all) > 1 && (v == "" || strings.ContainsAny(v, " \t\n\"")) {
			out[i] = strconv.Quote(out[i])
		}
	}
	return strings.Join(out, " ")
}
