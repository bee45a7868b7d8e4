package conform

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

// maxProblems of one file are more than anybody reads. Where each came from is looked for in every layer.
const maxProblems = 200

// programs finds what is wrong with the arguments of the components among some programs. files are all of the node's.
func (j checker) programs(list []program, files []tree.File) []problem {
	var out []problem
	for _, p := range list {
		c, ok := j.facts.Flags[p.name]
		if !ok {
			continue
		}
		args := arguments(p.name, c, p.argv)
		for _, a := range args {
			if len(out) >= maxProblems {
				return out
			}
			if d, wrong := judgeFlag(c, p.name, a); wrong {
				out = append(out, problem{
					finding: d, argument: a, words: []string{cmp.Or(a.name, a.value)}, subject: subject{table: flagTable, component: p.name, name: a.name},
				})
			}
		}
		out = append(out, j.gateFlags(p.name, c, args)...)
		out = append(out, j.pluginFlags(p.name, args)...)
		out = append(out, anonymousTwice(p.name, args, files)...)
		out = append(out, j.flagDemands(p, c, args)...)
		out = append(out, imageOfAnother(p, c)...)
	}
	return out
}

// judgeFlag tells what is wrong with one argument of the program of that name.
func judgeFlag(c release.Component, program string, a argument) (diag.Diagnostic, bool) {
	f, known := flagOf(c, a.name)
	switch {
	case a.name == "":
		return diag.Diagnostic{
			Summary: fmt.Sprintf("%s takes no argument %s", program, diag.Quote(a.value)), Hint: "write a flag as --NAME=VALUE, in one word",
		}, true
	case a.short && len(a.name) > 1:
		return diag.Diagnostic{
			Summary: fmt.Sprintf("%s %s has no flag %s", program, c.Version, diag.Escape("-"+a.name)), Hint: "write two dashes: " + diag.Escape("--"+a.name),
		}, true
	case !known && (!a.short || a.name != "h"):
		return diag.Diagnostic{
			Summary: fmt.Sprintf("%s %s has no flag %s", program, c.Version, diag.Escape("--"+a.name)), Hint: instead(c, program, a.name),
		}, true
	case !fits(f.Type, a):
		return diag.Diagnostic{
			Summary: fmt.Sprintf("--%s of %s takes %s, not %s", a.name, program, takes(a.name, f.Type), diag.Quote(a.value)), Hint: example(a.name, f),
		}, true
	case f.Deprecated != "":
		return diag.Diagnostic{
			Severity: diag.Warning, Summary: fmt.Sprintf("--%s of %s %s is deprecated", a.name, program, c.Version),
			Detail: f.Deprecated, Hint: "do without it, before a version comes that does not have it",
		}, true
	}
	return diag.Diagnostic{}, false
}

// instead knows names that are near.
func instead(c release.Component, program, name string) string {
	if near := diag.Nearest(name, slices.Sorted(maps.Keys(c.Flags))); near != "" {
		return "did you mean --" + near + "? If not, remove it"
	}
	return "remove it: " + program + " would not start; its --help lists what it has"
}

// anonymousTwice finds the one pair of flags that the library makes easy to get wrong: kube-apiserver does not start with
// --anonymous-auth beside a file that says who may be anonymous.
func anonymousTwice(program string, args []argument, files []tree.File) []problem {
	anonymous, config := given(args, "anonymous-auth"), given(args, "authentication-config")
	if program != apiserver || len(anonymous) == 0 || len(config) == 0 {
		return nil
	}
	name := strings.TrimPrefix(config[0].value, "/")
	configures := slices.ContainsFunc(files, func(f tree.File) bool {
		return f.Path == name && bytes.Contains(append([]byte("\n"), f.Content.Bytes()...), []byte("\nanonymous:"))
	})
	if !configures {
		return nil
	}
	return []problem{{
		subject: subject{table: pairTable, component: program}, argument: anonymous[0], words: []string{"anonymous-auth"},
		finding: diag.Diagnostic{
			Summary: "kube-apiserver does not take --anonymous-auth beside --authentication-config",
			Detail:  "/" + name + " says who may be anonymous.",
			Hint:    "remove --anonymous-auth, and extend that file by a mixin, or set authentication-config to null",
		},
	}}
}
