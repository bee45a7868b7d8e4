package issue

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/layout"
)

// Phase is one step of a rotation.
type Phase string

// The phases. Back undoes Stage or Promote.
const (
	Stage   Phase = "stage"
	Promote Phase = "promote"
	Retire  Phase = "retire"
	Back    Phase = "back"
)

// Step asks for one step of one rotation.
type Step struct {
	Of    plan.Rotating
	Phase Phase
}

// String is the step in words, such as promote etcd.
func (s Step) String() string {
	if s.Phase == Back {
		return "take the rotation of " + s.Of.Name() + " back"
	}
	return string(s.Phase) + " " + s.Of.Name()
}

// RotationState is where a rotation stands.
type RotationState string

// The points. Whatever a node trusts is the same in Staged and Promoted, but for its order.
const (
	Settled  RotationState = "settled"
	Staged   RotationState = "staged"
	Promoted RotationState = "promoted"
)

// Rotation is one that is under way.
type Rotation struct {
	Of plan.Rotating `json:"-"`
	// Name is what users call it.
	Name string        `json:"name"`
	At   RotationState `json:"at"`
}

// StateOf gives where the rotation of something stands in secrets/.
func StateOf(of plan.Rotating, secrets fs.FS) (RotationState, error) {
	next, err := exists(secrets, of.ID+layout.NextSlot+of.Parts[0])
	previous, also := exists(secrets, of.ID+layout.PreviousSlot+of.Parts[0])
	switch {
	case err != nil || also != nil:
		return Settled, errors.Join(err, also)
	case next && previous:
		return Settled, fmt.Errorf("%s has both a next and a previous", of.ID)
	case next:
		return Staged, nil
	case previous:
		return Promoted, nil
	}
	return Settled, nil
}

func exists(files fs.FS, name string) (bool, error) {
	_, err := fs.Stat(files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// rotator finds where rotations stand, and makes the step that was asked for.
type rotator struct {
	*store
	*holdings
	in terms
}

// stand finds where the rotations are, and makes the step that was asked for.
func (r *rotator) stand(p plan.Plan) diag.List {
	r.slots = map[string]string{}
	var problems diag.List
	for _, of := range p.Rotating() {
		at, err := StateOf(of, r.files)
		if err != nil {
			problems = append(problems, diag.Diagnostic{
				Summary: "cannot tell where the rotation of " + of.Name() + " stands", Detail: err.Error(),
				Hint: "restore " + layout.Secrets + of.ID + ".* from version control", Pos: diag.Pos{File: layout.Secrets + of.ID + of.Parts[0]},
			})
			continue
		}
		if r.in.Step != nil && r.in.Step.Of.ID == of.ID {
			if at, err = r.step(of, at); err != nil {
				problems = append(problems, r.misstep(err))
			}
		}
		switch at {
		case Settled:
			continue
		case Staged:
			r.slots[of.ID] = layout.NextSlot
		case Promoted:
			r.slots[of.ID] = layout.PreviousSlot
		}
		r.underway = append(r.underway, Rotation{of, of.Name(), at})
	}
	return problems
}

// misplaced is a step that cannot be made from where the rotation stands.
type misplaced struct{ why, hint string }

func (m *misplaced) Error() string { return m.why }

func (r *rotator) misstep(err error) diag.Diagnostic {
	d := diag.Diagnostic{
		Summary: "cannot " + r.in.Step.String(), Detail: err.Error(),
		Pos: diag.Pos{File: layout.Secrets + r.in.Step.Of.ID + r.in.Step.Of.Parts[0]},
	}
	if m, ok := errors.AsType[*misplaced](err); ok {
		d.Hint = m.hint
	}
	return d
}

// step moves files between the slots, in the mind of this run, and gives where the rotation stands then. Whatever is
// judged afterwards is judged as if they had always lain there.
func (r *rotator) step(of plan.Rotating, at RotationState) (RotationState, error) {
	switch phase := r.in.Step.Phase; {
	case phase == Stage && at == Settled:
		return Staged, r.present(of)
	case phase == Promote && at == Staged:
		return Promoted, r.move(of, move{"", layout.PreviousSlot}, move{layout.NextSlot, ""})
	case phase == Retire && at == Promoted:
		return Settled, r.moveAway(of, layout.PreviousSlot)
	case phase == Back && at == Promoted:
		return Staged, r.move(of, move{"", layout.NextSlot}, move{layout.PreviousSlot, ""})
	case phase == Back && at == Staged:
		return Settled, r.moveAway(of, layout.NextSlot)
	}
	return at, wayFrom(at)
}

func wayFrom(at RotationState) error {
	switch at {
	case Staged:
		return &misplaced{"its successor is staged", "the next step is --promote; the way back is --back"}
	case Promoted:
		return &misplaced{"it was promoted, and what it followed is still trusted", "the next step is --retire; the way back is --back"}
	}
	return &misplaced{"no rotation of it is under way", "begin with --stage; to undo a --retire, revert its commit and run harender build"}
}

// present refuses to stage what nothing is there of: a build makes the first one.
func (r *rotator) present(of plan.Rotating) error {
	there, err := exists(r.files, of.ID+of.Parts[0])
	if err == nil && !there {
		return &misplaced{"there is none to follow", "run harender build"}
	}
	return err
}

type move struct{ from, to string }

func (r *rotator) move(of plan.Rotating, moves ...move) error {
	names := map[string]string{}
	for _, m := range moves {
		for _, part := range of.Parts {
			names[of.ID+m.from+part] = of.ID + m.to + part
		}
	}
	return r.rename(names)
}

// moveAway retires what is in a slot.
func (r *rotator) moveAway(of plan.Rotating, slot string) error {
	text, err := bounded.ReadFile(r.files, of.ID+slot+of.Parts[0], bounded.File)
	if err != nil {
		return err
	}
	mark := fingerprint(text)
	if cert, err := pki.ParseCertificate(text); err == nil {
		mark = cert.SerialNumber.Text(16)
	}
	names := map[string]string{}
	for _, part := range of.Parts {
		names[of.ID+slot+part] = layout.Retired(of.ID, mark, part)
	}
	it := &item{id: of.ID + slot}
	it.due(Retired, "nothing needs to trust it any more")
	r.leavers = append(r.leavers, it)
	return r.rename(names)
}

// rename lets files of secrets/ appear under other names.
func (r *store) rename(names map[string]string) error {
	m := moved{FS: r.files, origin: map[string]string{}, vacant: map[string]bool{}}
	for from, to := range names {
		there, err := exists(r.files, from)
		if err != nil {
			return err
		}
		if there {
			m.origin[to] = from
		}
		m.vacant[from] = true
	}
	r.moved, r.files = m, m
	return nil
}

// moved shows files under other names than they have.
type moved struct {
	fs.FS
	origin map[string]string
	vacant map[string]bool
}

// Open opens a file by its new name.
func (m moved) Open(name string) (fs.File, error) {
	switch origin, ok := m.origin[name]; {
	case ok:
		return m.FS.Open(origin)
	case m.vacant[name]:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return m.FS.Open(name)
}

// settle writes the files that moved and were not made again, and removes them where they were.
func (r *store) settle(res *Result) error {
	for _, to := range slices.Sorted(maps.Keys(r.moved.origin)) {
		if slices.Contains(res.Write, to) {
			continue
		}
		data, err := bounded.ReadFile(r.moved, to, bounded.File)
		if err != nil {
			return err
		}
		res.Files[to] = data
		res.Write = append(res.Write, to)
	}
	for _, from := range slices.Sorted(maps.Keys(r.moved.vacant)) {
		if _, filled := res.Files[from]; !filled {
			res.Remove = append(res.Remove, from)
		}
	}
	return nil
}
