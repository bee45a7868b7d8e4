package verify

import (
	"io/fs"
	"path"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/sums"
	"github.com/harender/harender/internal/layout"
)

// Labels reads whose a sealed file is, without a key; nothing for one without a label.
type Labels func(sealed []byte) (id string, err error)

// Secrets compares the folder of that name, as it is in have, with the list that it holds, and looks at what nothing else
// of harender looks at: nodes that left, and what was retired. Judged tells of which IDs somebody else compares the labels. It
// gives the files' hashes too.
func Secrets(folder string, have fs.FS, labels Labels, judged func(id string) bool) ([]Finding, sums.Sums, error) {
	s := secrets{folder: folder, listed: sums.Sums{}}
	var list []byte
	h, err := read(have, func(name string, data []byte) {
		if name == sums.Name {
			list = data
		}
		s.look(name, data, labels, judged)
	})
	if err != nil {
		return nil, nil, err
	}
	s.holding = h
	s.parse(list)
	s.compare()
	s.rolledBack()
	for name, why := range h.faults {
		s.add(Foreign, name, why, "replace it by a file, or remove it")
	}
	ours := sums.Sums{}
	for name, sum := range h.sums {
		if sums.Ours(name) {
			ours[name] = sum
		}
	}
	return s.found, ours, nil
}

type secrets struct {
	holding
	folder string
	listed sums.Sums
	// unlisted: there is no list to compare with.
	unlisted bool
	found    []Finding
}

func (s *secrets) add(kind Kind, name, detail, hint string) {
	s.found = append(s.found, Finding{kind, below(s.folder, name), detail, hint})
}

// look judges one file by itself.
func (s *secrets) look(name string, data []byte, labels Labels, judged func(id string) bool) {
	if diag.HoldsKey(data) {
		s.add(Foreign, name, "it holds a private key in the clear", "remove it, and replace the key: anyone who has the repository has it")
	}
	if path.Ext(name) != layout.Sealed {
		return
	}
	at := layout.Parse(name) // A key in pending/ bears the label of the certificate that it waits for.
	id := at.ID
	if judged(id) && at.State != layout.Replaced && at.State != layout.Waiting {
		return
	}
	label, err := labels(data)
	switch {
	case err != nil:
		s.add(Changed, name, err.Error(), restore)
	case label != "" && label != id:
		s.add(Swapped, name, "it is labelled "+diag.Quote(label)+", not "+id, restore)
	}
}

const restore = "restore it from version control"

// parse reads the list.
func (s *secrets) parse(text []byte) {
	const hint = "harender build makes it again, from the files as they are: look at them first"
	if text == nil {
		s.unlisted = true
		s.add(Missing, sums.Name, "nothing says what should be here", hint)
		return
	}
	var err error
	if s.listed, err = sums.Parse(text); err != nil {
		s.unlisted = true
		s.add(Changed, sums.Name, err.Error(), hint)
	}
}

// compare holds the files to the list.
func (s *secrets) compare() {
	if s.unlisted {
		return
	}
	places := map[string]string{}
	for name, sum := range s.listed {
		places[sum] = name
	}
	const hint = "restore it from version control; if the change is meant, harender build lists it"
	for name, want := range s.listed {
		sum, there := s.sums[name]
		place, known := places[sum]
		switch {
		case sum == want || s.faults[name] != "":
		case !there:
			s.add(Missing, name, sums.Name+" lists it", hint)
		case known:
			s.add(Swapped, name, "it holds what belongs to "+below(s.folder, place), hint)
		case s.conflicts[name]:
			s.add(Changed, name, diag.ErrConflict.Error(), diag.HintEither)
		case s.unix[name] == want:
			s.add(Changed, name, "its lines end in CR LF, and not in LF", hintEnds)
		default:
			s.add(Changed, name, "it is not what "+sums.Name+" lists", hint)
		}
	}
	for name := range s.sums {
		if _, listed := s.listed[name]; !listed && sums.Ours(name) {
			s.add(Foreign, name, sums.Name+" does not list it", "remove it; if it is meant, harender build lists it")
		}
	}
}

// rolledBack finds in use what was retired.
func (s *secrets) rolledBack() {
	old := map[string]string{}
	for name, sum := range s.sums {
		if layout.Parse(name).State == layout.Replaced {
			old[sum] = name
		}
	}
	for name, sum := range s.sums {
		was, found := old[sum]
		if at := layout.Parse(name); found && at.State != layout.Replaced && at.ID == layout.Parse(was).ID {
			s.add(Changed, name, "it was replaced before: it is "+below(s.folder, was), "restore what replaced it from version control")
		}
	}
}
