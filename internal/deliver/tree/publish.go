package tree

import (
	"errors"
	"path"

	"github.com/harender/harender/internal/diag"
)

// Publish brings the output directory of that name in the repository to the tree, by the rules of [Replace]: what an
// earlier index lists and the tree does not have is removed, what is foreign stays and is a warning, and what is foreign
// and in the way is an error of the list, with nothing changed. The caller holds the [Lock].
func Publish(repo, name string, t Tree) (Stats, diag.List, error) {
	write, err := t.Entries()
	if err != nil {
		return Stats{}, nil, err
	}
	s, err := openSite(repo, name)
	if err != nil {
		return Stats{}, nil, err
	}
	defer s.close()
	if err := s.recover(); err != nil {
		return Stats{}, nil, err
	}
	return explained(s.publish(write))
}

func (s *replacer) publish(write []Entry) (Stats, diag.List, error) {
	if err := s.look(write); err != nil {
		return Stats{}, nil, err
	}
	if s.old.isExactly(len(write)) {
		return Stats{Unchanged: len(write)}, nil, nil
	}
	owned, diags, err := s.owned()
	if err != nil || diags.HasErrors() {
		return Stats{}, diags, err
	}
	m, n := s.merge(Stale(owned, write))
	strays, err := s.foreign(owned)
	if obstructed, ok := errors.AsType[*ObstructedError](err); ok {
		m.obstacles = append(m.obstacles, obstructed.Obstacles...)
	}
	for _, p := range strays {
		diags = append(diags, stray(path.Join(s.name, p)))
	}
	stats, err := s.apply(m, n)
	return stats, diags, err
}

func stray(p string) diag.Diagnostic {
	return diag.Diagnostic{
		Severity: diag.Warning,
		Summary:  p + " is foreign",
		Detail:   "No index lists the file: harender leaves it alone, and it belongs to no node.",
		Hint:     "Move it out of the output directory.",
		Pos:      diag.Pos{File: p},
	}
}

// explained turns obstacles, which the user can mend, into diagnostics.
func explained(stats Stats, diags diag.List, err error) (Stats, diag.List, error) {
	if obstructed, ok := errors.AsType[*ObstructedError](err); ok {
		return stats, append(diags, obstructed.Diagnostics()...), nil
	}
	return stats, diags, err
}
