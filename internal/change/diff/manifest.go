package diff

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// manifest compares two static pods: the flags of each container, and all else by the path of its keys. ok is false for what
// is no pod.
func manifest(was, is []byte, deprecated func(program, flag string) string) (out []Detail, ok bool) {
	old, oldRest, ok := flagsOf(was)
	now, newRest, also := flagsOf(is)
	if !ok || !also {
		return nil, false
	}
	for _, name := range union(old, now) {
		out = append(out, flags(old[name], now[name], deprecated)...)
	}
	rest, ok := documents(oldRest, newRest)
	return append(out, rest...), ok
}

// command is what a container starts: its program, its other words, and the values of its flags in their order.
type command struct {
	program string
	words   []string
	flags   map[string][]string
}

// flagsOf takes the command lines of the containers out of a pod, by the containers' names, and gives the rest.
func flagsOf(text []byte) (map[string]command, []byte, bool) {
	var pod map[string]any
	docs, ok := parsed(text)
	if !ok || len(docs) != 1 || docs[0].Decode(&pod) != nil {
		return nil, nil, false
	}
	spec, _ := pod["spec"].(map[string]any)
	if spec == nil {
		return nil, nil, false
	}
	out := map[string]command{}
	for _, list := range []string{"initContainers", "containers"} {
		all, _ := spec[list].([]any)
		for _, element := range all {
			c, _ := element.(map[string]any)
			name, _ := c["name"].(string)
			words := slices.Concat(texts(c["command"]), texts(c["args"]))
			if len(words) == 0 {
				continue
			}
			out[name] = newCommand(words)
			delete(c, "command")
			delete(c, "args")
		}
	}
	rest, err := yaml.Marshal(pod)
	return out, rest, err == nil
}

func texts(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, element := range list {
		s, _ := element.(string)
		out = append(out, s)
	}
	return out
}

func newCommand(words []string) command {
	c := command{program: path.Base(words[0]), flags: map[string][]string{}}
	for _, w := range words[1:] {
		name, value, _ := strings.Cut(w, "=")
		if !strings.HasPrefix(name, "-") {
			c.words = append(c.words, w)
			continue
		}
		c.flags[name] = append(c.flags[name], value)
	}
	return c
}

// flags compares two command lines.
func flags(old, now command, deprecated func(program, flag string) string) []Detail {
	program := now.program
	if program == "" {
		program = old.program
	}
	var out []Detail
	for _, name := range union(old.flags, now.flags) {
		was, before := old.flags[name]
		is, after := now.flags[name]
		if before && after && slices.Equal(was, is) {
			continue
		}
		d := Detail{What: program + " " + name, Action: actionOf(before, after), Old: strings.Join(was, " "), New: strings.Join(is, " ")}
		if after {
			if why := deprecated(program, strings.TrimLeft(name, "-")); why != "" {
				d.Note = "deprecated: " + why
			}
		}
		out = append(out, d)
	}
	if old.program != now.program || !slices.Equal(old.words, now.words) {
		out = append(out, Detail{
			What: program, Action: actionOf(old.program != "", now.program != ""),
			Old: strings.Join(append([]string{old.program}, old.words...), " "), New: strings.Join(append([]string{now.program}, now.words...), " "),
		})
	}
	return out
}
