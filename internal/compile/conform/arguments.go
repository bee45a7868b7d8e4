package conform

import (
	"strings"

	"github.com/harender/harender/internal/compile/release"
)

// argument is a flag as it is given, or a word that is none.
type argument struct {
	// name without dashes; a word that is no flag has none.
	name, value string
	// valued flags have a value, after = or as the next word.
	valued bool
	// short flags have one dash.
	short bool
}

const etcd = "etcd"

// arguments of a command line. The component tells which flags take the next word for their value.
func arguments(name string, c release.Component, argv []string) []argument {
	var out []argument
	for i := 0; i < len(argv); i++ {
		word := strings.TrimPrefix(strings.TrimPrefix(argv[i], "-"), "-")
		dashes := len(argv[i]) - len(word)
		switch {
		case dashes == 2 && word == "":
			return out // What follows -- is no flag.
		case dashes == 0 || word == "":
			out = append(out, argument{value: argv[i]})
			continue
		}
		// etcd's flags are Go's own, which have one dash or two.
		a := argument{short: dashes == 1 && name != etcd}
		a.name, a.value, a.valued = strings.Cut(word, "=")
		if _, letter := flagOf(c, word[:1]); a.short && letter && len(a.name) > 1 {
			a.name, a.value, a.valued = word[:1], word[1:], true // As -v4 has it.
		}
		if f, known := flagOf(c, a.name); known && !a.valued && !alone(f.Type) && i+1 < len(argv) {
			i++
			a.value, a.valued = argv[i], true
		}
		out = append(out, a)
	}
	return out
}

// flagOf finds a flag. The components of Kubernetes take _ for -.
func flagOf(c release.Component, name string) (release.Flag, bool) {
	f, ok := c.Flags[name]
	if !ok {
		f, ok = c.Flags[strings.ReplaceAll(name, "_", "-")]
	}
	return f, ok
}

// given are the values of all arguments that name the flag.
func given(args []argument, flag string) []argument {
	var out []argument
	for _, a := range args {
		if strings.ReplaceAll(a.name, "_", "-") == flag {
			out = append(out, a)
		}
	}
	return out
}
