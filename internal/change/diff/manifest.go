package diff

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// manifest compares two static pods: the flags of each container, and all else by the path of its keys. ok is false for what
// is no pod.
func manifest(was, is []byte, deprecated func(program, flag string) string) (out []Detail, ok bool) {
	old, ok := parsed(was)
	now, also := parsed(is)
	if !ok || !also || len(old) != 1 || len(now) != 1 || child(old[0], "spec") == nil || child(now[0], "spec") == nil {
		return nil, false
	}
	w := walker{special: func(at string, was, is *yaml.Node) ([]string, []Detail) {
		for _, list := range []string{"initContainers", "containers"} {
			if name, found := strings.CutPrefix(at, "spec."+list+"."); found && name == step(scalar(is, "name")) {
				return container(at, was, is, deprecated)
			}
		}
		return nil, nil
	}}
	out = w.documents(old, now)
	// Flags come first.
	slices.SortStableFunc(out, func(a, b Detail) int { return rank(a) - rank(b) })
	return out, true
}

// rank has the flags of programs before all else.
func rank(d Detail) int {
	if strings.HasPrefix(d.What, "spec.") || !strings.Contains(d.What, " -") {
		return 1
	}
	return 0
}

// container compares the command lines of a container. Where more changes than values of flags, its words stand as they are.
func container(at string, was, is *yaml.Node, deprecated func(program, flag string) string) (done []string, out []Detail) {
	old, ok := newCommand(child(was, "command"), child(was, "args"))
	now, also := newCommand(child(is, "command"), child(is, "args"))
	if !ok || !also {
		return nil, nil
	}
	details, whole := flags(old, now, deprecated)
	if strings.HasPrefix(at, "spec.initContainers.") {
		for i := range details {
			details[i].What = strings.TrimPrefix(at, "spec.") + ": " + details[i].What
		}
	}
	for i, list := range []string{"command", "args"} {
		if !whole && !slices.Equal(old.lists[i], now.lists[i]) {
			details = append(details, wordsOf(at+"."+list, old.lists[i], now.lists[i]))
		}
	}
	return []string{"command", "args"}, details
}

// wordsOf are two lists of words, one a line.
func wordsOf(at string, was, is []string) Detail {
	d := Detail{What: at, Action: actionOf(len(was) > 0, len(is) > 0)}
	lines := func(words []string) []byte {
		var b strings.Builder
		for _, w := range words {
			b.WriteString(word(w) + "\n")
		}
		return []byte(b.String())
	}
	if d.Unified = unified(lines(was), lines(is)); d.Unified == "" {
		d.Old, d.New = word(strings.Join(was, " ")), word(strings.Join(is, " "))
	}
	return d
}

// word is one of a command line, as YAML has it in a list.
func word(s string) string {
	var b strings.Builder
	flow(&b, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s})
	return b.String()
}
