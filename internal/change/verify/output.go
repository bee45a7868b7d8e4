package verify

import (
	"bytes"
	"io/fs"
	"slices"

	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/sums"
)

// Output compares the output directory of that name, as it is in have, with the entries that it should hold. Of the
// paths in unknown it cannot be told what they should hold: they are passed over. Origin names files elsewhere by the
// SHA-256 of their bytes, to tell where a file that is not as it should be may have come from.
func Output(name string, want []tree.Entry, unknown map[string]bool, have fs.FS, origin map[string]string) ([]Finding, error) {
	h, err := read(have, func(string, []byte) {})
	if err != nil {
		return nil, err
	}
	places := make(map[string]string, len(want))
	wanted := make(map[string]string, len(want))
	unix := map[string]string{}
	for _, e := range want {
		sum := sums.Of(e.Content)
		if lf := bytes.ReplaceAll(e.Content, []byte("\r\n"), []byte("\n")); len(lf) != len(e.Content) {
			unix[e.Path] = sums.Of(lf)
		}
		wanted[e.Path] = sum
		if _, known := places[sum]; !known {
			places[sum] = e.Path
		}
	}
	c := comparison{name, h, places, origin, unix}
	var found []Finding
	for _, e := range want {
		found = append(found, c.wanted(e.Path, wanted[e.Path])...)
	}
	for file := range h.sums {
		if _, asked := wanted[file]; !asked && !unknown[file] {
			found = append(found, c.foreign(file))
		}
	}
	for file, why := range h.faults {
		if _, asked := wanted[file]; !asked {
			found = append(found, Finding{Kind: Foreign, Path: below(name, file), Detail: why})
		}
	}
	return found, nil
}

type comparison struct {
	folder string
	have   holding
	// places are the paths that should hold bytes, by their hash.
	places, origin map[string]string
	// unix are the hashes of what should be there, with LF for CR LF, where that makes a difference.
	unix map[string]string
}

func (c comparison) wanted(file, want string) []Finding {
	f := Finding{Kind: Changed, Path: below(c.folder, file), Hint: "harender build makes it again"}
	sum, there := c.have.sums[file]
	why, faulty := c.have.faults[file]
	switch {
	case sum == want:
		return nil
	case faulty:
		f.Detail = why
	case c.have.folders[file]:
		f.Detail, f.Hint = "it is a directory", "move the directory away; then harender build makes the file"
	case !there:
		f.Kind = Missing
	case c.have.conflicts[file]:
		f.Detail = diag.ErrConflict.Error()
	case c.unix[file] == sum:
		f.Detail, f.Hint = "what it is made of has lines that end in CR LF, and it has LF", hintSource
	case c.have.unix[file] == want:
		f.Detail, f.Hint = "its lines end in CR LF, and not in LF", hintEnds
	default:
		var swapped bool
		if f.Detail, swapped = c.holds(sum); swapped {
			f.Kind = Swapped
		}
	}
	return []Finding{f}
}

// holds tells where bytes come from, if that is known. Swapped: another path of the output should hold them.
func (c comparison) holds(sum string) (detail string, swapped bool) {
	if place, known := c.places[sum]; known {
		return "it holds what belongs to " + below(c.folder, place), true
	}
	if place, known := c.origin[sum]; known {
		return "it holds " + place, false
	}
	return "", false
}

func (c comparison) foreign(file string) Finding {
	detail, _ := c.holds(c.have.sums[file])
	return Finding{Foreign, below(c.folder, file), detail, "move it out of " + c.folder + "; harender build removes what an index of its own lists"}
}

// Origins names the files of a list below a folder by their hashes. Of equal ones, the last by name counts: what is retired
// comes after what is in use.
func Origins(folder string, list sums.Sums) map[string]string {
	out := make(map[string]string, len(list))
	names := make([]string, 0, len(list))
	for name := range list {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		out[list[name]] = below(folder, name)
	}
	return out
}
