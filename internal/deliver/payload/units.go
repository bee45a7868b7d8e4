package payload

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

const (
	units   = layout.Units
	presets = layout.Presets
)

// enabled are the units that the node's files want started with the machine, sorted: those that its presets enable, and those
// of packages that it has a drop-in for.
func enabled(files []File) []string {
	var out []string
	for _, f := range files {
		if strings.HasPrefix(f.Path, presets) {
			out = append(out, directives(f, "enable")...)
		}
		if unit, ok := strings.CutSuffix(path.Dir(f.Path), ".d"); ok && path.Dir(unit)+"/" == units {
			out = append(out, path.Base(unit))
		}
	}
	out = slices.DeleteFunc(out, func(name string) bool { return !unitName.MatchString(name) })
	slices.Sort(out)
	return slices.Compact(out)
}

// unitName is that of one unit (systemd.unit(5)), and no option of systemctl.
var unitName = regexp.MustCompile(`^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]*\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$`)

// odd finds what presets enable and is the name of no unit: a pattern, which only systemctl preset-all knows what to do with.
func (h host) odd() diag.List {
	var list diag.List
	for _, f := range h.files {
		if !strings.HasPrefix(f.Path, presets) {
			continue
		}
		for _, name := range directives(f, "enable") {
			if !unitName.MatchString(name) {
				list = append(list, diag.Diagnostic{
					Severity: diag.Warning, Summary: h.name + " does not start " + diag.Quote(name) + ", which the preset /" + f.Path + " enables",
					Detail: "that is not the name of a unit, and a payload starts units by their names", Hint: "name each unit in a line of its own",
				})
			}
		}
	}
	return list
}

// directives are the arguments of the lines that begin with that word.
func directives(f File, word string) []string {
	var out []string
	for line := range strings.Lines(string(f.Content.Reveal())) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == word {
			out = append(out, fields[1])
		}
	}
	return out
}

// kind are the units of that suffix.
func kind(names []string, suffix string) []string {
	var out []string
	for _, n := range names {
		if strings.HasSuffix(n, suffix) {
			out = append(out, n)
		}
	}
	return out
}

// without are the units that have not that suffix.
func without(names []string, suffix string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return strings.HasSuffix(n, suffix) })
}

// has reports whether a file lies in the folder.
func has(files []File, folder string) bool {
	return slices.ContainsFunc(files, func(f File) bool { return strings.HasPrefix(f.Path, folder) })
}

// account is a line of sysusers.d(5) that makes a user with its group, or a group alone.
type account struct {
	line, name, home, shell string
	user                    bool
}

// accounts are what the node's sysusers.d makes, as far as its files belong to them: they must be there before.
func accounts(files []File) []account {
	owners := map[string]bool{}
	for _, f := range files {
		owners[f.Owner], owners[f.Group] = true, true
	}
	var out []account
	for _, f := range files {
		if !strings.HasPrefix(f.Path, "etc/sysusers.d/") {
			continue
		}
		for line := range strings.Lines(string(f.Content.Reveal())) {
			if a, ok := parseAccount(strings.TrimSpace(line)); ok && owners[a.name] {
				out = append(out, a)
			}
		}
	}
	return out
}

// parseAccount reads TYPE NAME ID "GECOS" HOME SHELL, where - stands for what is not said.
func parseAccount(line string) (account, bool) {
	head, rest, quoted := strings.Cut(line, `"`)
	fields := strings.Fields(head)
	if len(fields) < 2 || fields[0] != "u" && fields[0] != "g" {
		return account{}, false
	}
	a := account{line: line, name: fields[1], user: fields[0] == "u", home: "/", shell: "/usr/sbin/nologin"}
	tail := fields[min(len(fields), 4):]
	if quoted {
		_, after, _ := strings.Cut(rest, `"`)
		tail = strings.Fields(after)
	}
	if len(tail) > 0 && tail[0] != "-" {
		a.home = tail[0]
	}
	if len(tail) > 1 && tail[1] != "-" {
		a.shell = tail[1]
	}
	return a, true
}
