// Package flags holds the arguments of what was rendered to the flags that each component of that version has.
//
// They judge the manifests and the units as they are rendered, so that a flag is found wherever it came from: the
// spec, a mixin or a patch.
package flags

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/plan"
	"github.com/harender/harender/internal/release"
	"github.com/harender/harender/internal/spec"
	"github.com/harender/harender/internal/tree"
)

const (
	manifests = "etc/kubernetes/manifests/"
	units     = "etc/systemd/system/"
)

// problem is what is wrong with a flag.
type problem struct {
	component string
	argument  argument
	finding   diag.Diagnostic
	// layer is where an overlay has it, if one has; a level of the spec may be the cause all the same.
	layer diag.Pos
}

// Check holds what was rendered for the nodes of a plan to the flags of their version. s is the spec that the plan was
// made from. Each distinct file is looked at once.
func Check(p plan.Plan, s spec.Spec, nodes map[string][]tree.File, layers fs.FS) diag.List {
	known, list := readFlags(p, layers)
	list = append(list, checkKubeadm(p, s, layers)...)
	// Nodes with equal overlays share the bytes of their files.
	judged := map[*byte][]problem{}
	told := map[diag.Diagnostic]bool{}
	for i, n := range p.Nodes {
		files, own := nodes[n.Cluster.Name], known[n.Cluster.Version.Series()]
		for _, f := range files {
			content := f.Content.Bytes()
			if !judgeable(f) {
				continue
			}
			problems, ok := judged[&content[0]]
			if !ok {
				problems = judge(own, f, files)
				for i, wrong := range problems {
					problems[i].layer = lastUse(layers, n.Cluster.Overlays, wrong.component, wrong.argument.name)
				}
				judged[&content[0]] = problems
			}
			for _, wrong := range problems {
				d, ok := place(wrong, f.Path, specField(s, i, n.Cluster, wrong.component, wrong.argument))
				if ok && !told[d] {
					told[d] = true
					list = append(list, d)
				}
			}
		}
	}
	return list
}

// judgeable files have command lines.
func judgeable(f tree.File) bool {
	return (strings.HasPrefix(f.Path, manifests) || isUnit(f.Path) || f.Path == kubeadmFile) && len(f.Content.Bytes()) > 0
}

// isUnit tells whether a file is a service of systemd or a drop-in for one.
func isUnit(name string) bool {
	return strings.HasPrefix(name, units) && (strings.HasSuffix(name, ".service") || strings.HasSuffix(path.Dir(name), ".service.d"))
}

// readFlags of every minor that a node of the plan has.
func readFlags(p plan.Plan, layers fs.FS) (map[string]release.Flags, diag.List) {
	var list diag.List
	known := map[string]release.Flags{}
	for _, n := range p.Nodes {
		minor := n.Cluster.Version.Series()
		if _, ok := known[minor]; ok {
			continue
		}
		flags, found := release.ReadFlags(layers, minor)
		known[minor] = flags
		list = append(list, found...)
	}
	return known, list
}

// judge finds what is wrong with the flags in a file of a node. files are all of the node's.
func judge(known release.Flags, f tree.File, files []tree.File) []problem {
	return judgePrograms(known, programs(f), files)
}

func judgePrograms(known release.Flags, all []program, files []tree.File) []problem {
	var out []problem
	for _, p := range all {
		c, ok := known[p.name]
		if !ok {
			continue
		}
		given := arguments(c, p.argv)
		for _, a := range given {
			if d, wrong := judgeFlag(c, p.name, a); wrong {
				out = append(out, problem{component: p.name, argument: a, finding: d})
			}
		}
		out = append(out, anonymousTwice(p.name, given, files)...)
	}
	return out
}

func programs(f tree.File) []program {
	var out []program
	var err error
	switch {
	case isUnit(f.Path):
		return unitPrograms(f.Content.Bytes())
	case f.Path == kubeadmFile:
		out, err = kubeadmPrograms(f.Content.Bytes())
	default:
		out, err = podPrograms(f.Content.Bytes())
	}
	if err != nil {
		return nil // What is not of its type is for its reader to say.
	}
	return out
}

// judgeFlag tells what is wrong with one flag of the program of that name.
func judgeFlag(c release.Component, name string, a argument) (diag.Diagnostic, bool) {
	f, known := flagOf(c, a.name)
	switch {
	case !known:
		return diag.Diagnostic{
			Summary: fmt.Sprintf("%s %s has no flag %s", name, c.Version, diag.Escape("--"+a.name)), Hint: instead(c, name, a.name),
		}, true
	case !fits(f.Type, a):
		return diag.Diagnostic{
			Summary: fmt.Sprintf("--%s of %s takes %s, not %s", a.name, name, article(f.Type), diag.Quote(a.value)), Hint: example(f),
		}, true
	case f.Deprecated != "":
		return diag.Diagnostic{
			Severity: diag.Warning, Summary: fmt.Sprintf("--%s of %s %s is deprecated", a.name, name, c.Version),
			Detail: f.Deprecated, Hint: "do without it, before a version comes that does not have it",
		}, true
	}
	return diag.Diagnostic{}, false
}

// instead cannot know of a flag that is gone, only of names that are near.
func instead(c release.Component, program, name string) string {
	known := slices.Sorted(maps.Keys(c.Flags))
	if near := spec.Nearest(name, known); near != "" {
		return "did you mean --" + near + "? If not, remove it"
	}
	return "remove it: " + program + " would not start; its --help lists what it has"
}

// fits tells whether a program would take the value. What is filled in at the start, as $(NAME) or ${NAME}, is not judged.
func fits(kind string, a argument) bool {
	if kind == "bool" && !a.valued || strings.Contains(a.value, "$") {
		return true
	}
	var err error
	switch kind {
	case "bool":
		_, err = strconv.ParseBool(a.value)
	case "int", "int32", "int64":
		_, err = strconv.ParseInt(a.value, 0, bits(kind))
	case "uint", "uint16", "uint32", "uint64":
		_, err = strconv.ParseUint(a.value, 0, bits(kind))
	case "Level":
		_, err = strconv.ParseUint(a.value, 0, 31)
	case "float", "float32", "float64":
		_, err = strconv.ParseFloat(a.value, 64)
	case "duration":
		_, err = time.ParseDuration(a.value)
	}
	return err == nil
}

// bits of a number type; a plain int has 64 wherever Kubernetes runs.
func bits(kind string) int {
	if n, err := strconv.Atoi(strings.TrimLeft(kind, "uint")); err == nil {
		return n
	}
	return 64
}

func article(kind string) string {
	if kind[0] == 'i' {
		return "an " + kind
	}
	return "a " + kind
}

func example(f release.Flag) string {
	like := map[string]string{"bool": "true or false", "duration": "a duration such as 30s", "float": "a number", "float32": "a number", "float64": "a number"}[f.Type]
	if like == "" {
		like = "a whole number"
	}
	if f.Default != "" {
		like += "; without the flag it is " + f.Default
	}
	return "write " + like
}

// anonymousTwice finds the one pair of flags that the library makes easy to get wrong: kube-apiserver does not start with
// --anonymous-auth beside a file that says who may be anonymous.
func anonymousTwice(program string, given []argument, files []tree.File) []problem {
	at := slices.IndexFunc(given, func(a argument) bool { return a.name == "anonymous-auth" })
	config := slices.IndexFunc(given, func(a argument) bool { return a.name == "authentication-config" })
	if program != "kube-apiserver" || at < 0 || config < 0 {
		return nil
	}
	name := strings.TrimPrefix(given[config].value, "/")
	configures := slices.ContainsFunc(files, func(f tree.File) bool {
		return f.Path == name && bytes.Contains(append([]byte("\n"), f.Content.Bytes()...), []byte("\nanonymous:"))
	})
	if !configures {
		return nil
	}
	return []problem{{component: program, argument: given[at], finding: diag.Diagnostic{
		Summary: "kube-apiserver does not take --anonymous-auth beside --authentication-config",
		Detail:  "/" + name + " says who may be anonymous.",
		Hint:    "remove --anonymous-auth, and extend that file by a mixin, or set authentication-config to null",
	}}}
}
