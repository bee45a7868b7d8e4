package conform

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/conform/plaintext"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

// startedTwice finds drop-ins that add a command to a service that has one: systemd takes that of Type=oneshot alone, and loads
// no other. A unit that is not delivered is of a package, and starts one program.
func startedTwice(files []tree.File) []problem {
	var out []problem
	all := dropIns(files)
	for _, unit := range slices.Sorted(maps.Keys(all)) {
		starts, oneshot := 1, false
		if i := slices.IndexFunc(files, func(f tree.File) bool { return f.Path == unit && !f.Content.IsSealed() }); i >= 0 {
			s := plaintext.StartsOf(unit, string(files[i].Content.Bytes()))
			starts, oneshot = len(s.Lines), s.Oneshot
		}
		var second []problem
		for _, f := range all[unit] {
			s := plaintext.StartsOf(f.Path, string(f.Content.Bytes()))
			if s.Typed {
				oneshot = s.Oneshot
			}
			if s.Reset {
				starts, second = 0, nil
			}
			if starts += len(s.Lines); starts > 1 && len(s.Lines) == 1 { // Of several in one file, the file itself tells.
				second = append(second, secondStart(unit, f, s.Lines[0]))
			}
		}
		if !oneshot {
			out = append(out, second...)
		}
	}
	return out
}

func secondStart(unit string, f tree.File, n int) problem {
	line, sentence := lineOf(string(f.Content.Bytes()), n)
	return problem{
		words: []string{line, path.Base(f.Path)}, subject: subject{table: pairTable},
		finding: diag.Diagnostic{
			Summary: diag.Escape(f.Path) + " adds a second ExecStart= to " + path.Base(unit) + ", and systemd does not load it",
			Detail:  sentence, Hint: "write an empty ExecStart= in the line before it",
		},
	}
}

// dropIns of services by their unit, in the order in which systemd reads them.
func dropIns(files []tree.File) map[string][]tree.File {
	out := map[string][]tree.File{}
	for _, f := range files {
		unit, is := strings.CutSuffix(path.Dir(f.Path), ".service.d")
		if is && path.Ext(f.Path) == ".conf" && !f.Content.IsSealed() && plaintext.Knows(f.Path) {
			out[unit+".service"] = append(out[unit+".service"], f)
		}
	}
	for _, all := range out {
		slices.SortFunc(all, func(a, b tree.File) int { return cmp.Compare(path.Base(a.Path), path.Base(b.Path)) })
	}
	return out
}
