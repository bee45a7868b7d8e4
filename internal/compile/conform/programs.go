package conform

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
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

// unitWords parts a command line as systemd does (systemd.service(5), Command lines). Variables stay as they are.
func unitWords(line string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	inWord := false
	end := func() {
		if inWord {
			words = append(words, strings.NewReplacer("%%", "%", "$$", "$").Replace(word.String()))
		}
		word.Reset()
		inWord = false
	}
	runes := []rune(line)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case r == '\\' && i+1 < len(runes):
			meant, used := unitEscape(runes[i+1:])
			word.WriteRune(meant)
			inWord = true
			i += used
		case r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, inWord = r, true
		case quote == 0 && (r == ' ' || r == '\t'):
			end()
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	end()
	return words
}

// unitEscape is what the characters behind a backslash mean, and how many of them.
func unitEscape(rest []rune) (meant rune, used int) {
	digits := map[rune]int{'x': 2, 'u': 4, 'U': 8}[rest[0]]
	if digits > 0 && len(rest) > digits {
		if n, err := strconv.ParseInt(string(rest[1:1+digits]), 16, 32); err == nil {
			return rune(n), 1 + digits
		}
	}
	if i := strings.IndexRune("abfnrtvs", rest[0]); i >= 0 {
		return rune("\a\b\f\n\r\t\v "[i]), 1
	}
	return rest[0], 1
}
