package conform

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// program is a command line: the name of the program, and its arguments.
type program struct {
	name string
	argv []string
	// image that it is started from; a unit has none.
	image string
	// partial ones get more arguments from who starts them.
	partial bool
}

// newProgram takes an absolute path for the program's name, and no words for none.
func newProgram(words []string) program {
	if len(words) == 0 {
		return program{}
	}
	return program{name: path.Base(words[0]), argv: words[1:]}
}

// containerPrograms are those that the containers of a pod's spec start. A container without a command starts whatever its
// image likes: nothing can be said of it.
func containerPrograms(spec object) []program {
	var out []program
	for _, key := range []string{"initContainers", "containers"} {
		list, _ := spec[key].([]any)
		for _, element := range list {
			c, _ := element.(object)
			if command := texts(c["command"]); len(command) > 0 {
				p := newProgram(slices.Concat(command, texts(c["args"])))
				p.image = text(c["image"])
				out = append(out, p)
			}
		}
	}
	return out
}

// kubeadmPrograms are what kubeadm makes of the extra arguments in its configuration. They are a list of name and value
// from v1beta4 on, and a mapping before.
func kubeadmPrograms(config object) []program {
	var out []program
	for _, at := range []struct {
		program string
		path    []string
	}{
		{"kube-apiserver", []string{"apiServer", "extraArgs"}},
		{"kube-controller-manager", []string{"controllerManager", "extraArgs"}},
		{"kube-scheduler", []string{"scheduler", "extraArgs"}},
		{"etcd", []string{"etcd", "local", "extraArgs"}},
		{"kubelet", []string{"nodeRegistration", "kubeletExtraArgs"}},
		{"kube-apiserver", []string{"apiServerExtraArgs"}},
		{"kube-controller-manager", []string{"controllerManagerExtraArgs"}},
		{"kube-scheduler", []string{"schedulerExtraArgs"}},
		{"etcd", []string{"etcd", "extraArgs"}},
	} {
		var v any = config
		for _, key := range at.path {
			o, _ := v.(object)
			v = o[key]
		}
		if argv := extraArgs(v); len(argv) > 0 {
			out = append(out, program{name: at.program, argv: argv, partial: true})
		}
	}
	return out
}

func extraArgs(v any) []string {
	var out []string
	switch v := v.(type) {
	case object:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = append(out, "--"+name+"="+fmt.Sprint(v[name]))
		}
	case []any:
		for _, element := range v {
			if o, ok := element.(object); ok {
				out = append(out, "--"+text(o["name"])+"="+text(o["value"]))
			}
		}
	}
	return out
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
