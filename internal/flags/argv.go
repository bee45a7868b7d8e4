package flags

import (
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/release"
)

// program is a command line: the name of the program, and its arguments.
type program struct {
	name string
	argv []string
}

// newProgram takes an absolute path for the program's name, and no words for none.
func newProgram(words []string) program {
	if len(words) == 0 {
		return program{}
	}
	return program{name: path.Base(words[0]), argv: words[1:]}
}

// podPrograms are those that a manifest's containers start. A container without a command starts whatever its image
// likes: nothing can be said of it.
func podPrograms(manifest []byte) ([]program, error) {
	type container struct{ Command, Args []string }
	var pod struct {
		Spec struct{ InitContainers, Containers []container }
	}
	if err := yaml.Unmarshal(manifest, &pod); err != nil {
		return nil, err
	}
	var out []program
	for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		if len(c.Command) > 0 {
			out = append(out, newProgram(slices.Concat(c.Command, c.Args)))
		}
	}
	return out, nil
}

// unitPrograms are those of the lines ExecStart= (systemd.service(5)).
func unitPrograms(unit []byte) []program {
	var out []program
	for line := range strings.SplitSeq(strings.ReplaceAll(string(unit), "\\\n", " "), "\n") {
		if command, ok := strings.CutPrefix(strings.TrimSpace(line), "ExecStart="); ok {
			out = append(out, newProgram(unitWords(strings.TrimLeft(command, "@-:+!|"))))
		}
	}
	return out
}

// unitWords parts a command line as systemd does (systemd.service(5), Command lines), as far as flags need it: a
// backslash keeps the next character, and %% is a percent sign.
func unitWords(line string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	inWord, escaped := false, false
	for _, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped, inWord = true, true
		case r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, inWord = r, true
		case quote == 0 && (r == ' ' || r == '\t'):
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if inWord {
		words = append(words, word.String())
	}
	for i, w := range words {
		words[i] = strings.ReplaceAll(w, "%%", "%")
	}
	return words
}

// argument is a flag as it is given. One that is a word by itself has no value.
type argument struct {
	name, value string
	valued      bool
}

// arguments are the flags of a command line. The component tells which take the next word for their value.
func arguments(c release.Component, argv []string) []argument {
	var out []argument
	for i := 0; i < len(argv); i++ {
		word, ok := strings.CutPrefix(argv[i], "--")
		if !ok {
			continue
		}
		if word == "" {
			break // What follows -- is no flag.
		}
		a := argument{}
		a.name, a.value, a.valued = strings.Cut(word, "=")
		if f, known := flagOf(c, a.name); known && !a.valued && f.Type != "bool" && i+1 < len(argv) {
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
