package conform

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/deliver/tree"
)

// setting is a flag or a field of a configuration file, with the value that a program of a node has at last.
type setting struct {
	program, name, value string
	// path of the file that it stands in.
	path string
	// pods and units have whole command lines; kubeadm adds to what it is told.
	whole bool
}

// configured are the kinds of configuration files whose fields are settings of a program.
func configured() map[string]string {
	return map[string]string{"KubeletConfiguration": "kubelet", "KubeProxyConfiguration": "kube-proxy"}
}

// settingsOf a file. Of a flag that is given again, the last one counts.
func settingsOf(f tree.File, known release.Flags) []setting {
	if path.Base(f.Path) == "haproxy.cfg" {
		return haproxySettings(f)
	}
	if !judgeable(f) {
		return nil
	}
	out := commandSettings(f, known, programsOf(f), true)
	if isUnit(f) {
		return out
	}
	for _, doc := range documents(f.Content.Bytes()) {
		o, _ := doc.(object)
		out = append(out, commandSettings(f, known, kubeadmPrograms(o), false)...)
		if program, ok := configured()[text(o["kind"])]; ok {
			out = append(out, flat(program, f.Path, "", o)...)
		}
	}
	return out
}

func commandSettings(f tree.File, known release.Flags, programs []program, whole bool) []setting {
	var out []setting
	for _, p := range programs {
		if _, ours := known[p.name]; !ours {
			continue
		}
		at := map[string]int{}
		// The name of the program alone says that there is a command line.
		out = append(out, setting{program: p.name, path: f.Path, whole: whole})
		for _, a := range arguments(p.name, known[p.name], p.argv) {
			flag := strings.ReplaceAll(a.name, "_", "-")
			value := a.value
			if !a.valued {
				value = "true"
			}
			s := setting{program: p.name, name: flag, value: value, path: f.Path, whole: whole}
			if i, again := at[flag]; again {
				out[i] = s
				continue
			}
			at[flag] = len(out)
			out = append(out, s)
		}
	}
	return out
}

// flat names fields within fields by their path, and joins lists of scalars with commas.
func flat(program, file, prefix string, o object) []setting {
	var out []setting
	for _, key := range slices.Sorted(maps.Keys(o)) {
		name := strings.TrimPrefix(prefix+"."+key, ".")
		switch v := o[key].(type) {
		case object:
			out = append(out, flat(program, file, name, v)...)
		case []any:
			words := make([]string, len(v))
			for i, element := range v {
				words[i] = fmt.Sprint(element)
			}
			out = append(out, setting{program: program, name: name, value: strings.Join(words, ","), path: file})
		case nil:
		default:
			out = append(out, setting{program: program, name: name, value: fmt.Sprint(v), path: file})
		}
	}
	return out
}

// haproxySettings are where its frontends listen.
func haproxySettings(f tree.File) []setting {
	var out []setting
	for line := range strings.SplitSeq(string(f.Content.Bytes()), "\n") {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "bind" {
			out = append(out, setting{program: "haproxy", name: "bind", value: words[1], path: f.Path})
		}
	}
	return out
}

// expand fills in what differs from node to node: the variables of the library's pods and units.
func expand(value string, n cluster.Node) string {
	if !strings.Contains(value, "$") {
		return value
	}
	for name, text := range map[string]func() string{
		"NODE_NAME": func() string { return n.Name }, "PEER_NAME": func() string { return n.Name },
		"HOST_IP": func() string { return n.Address().String() }, "PRIVATE_IP": func() string { return n.Address().String() },
		"NODE_IP":     func() string { return strings.Join(texted(n.Addresses), ",") },
		"NODE_LABELS": func() string { return labelled(n.Labels) },
	} {
		for _, variable := range []string{"$(" + name + ")", "${" + name + "}"} {
			if strings.Contains(value, variable) {
				value = strings.ReplaceAll(value, variable, text())
			}
		}
	}
	return value
}

// labelled is what --node-labels takes.
func labelled(labels map[string]string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		out = append(out, k+"="+labels[k])
	}
	return strings.Join(out, ",")
}

// hostPort parts HOST:PORT, with or without brackets, and with * for any host.
func hostPort(text, host string, port int) (string, int) {
	at := strings.LastIndexByte(text, ':')
	if bracket := strings.LastIndexByte(text, ']'); at < bracket || bracket < 0 && strings.Count(text, ":") > 1 {
		at = -1
	}
	name := text
	if at >= 0 {
		name = text[:at]
		if n, err := strconv.Atoi(text[at+1:]); err == nil {
			port = n
		}
	}
	if name = strings.Trim(name, "[]"); name == "" {
		name = host
	}
	return name, port
}
