package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Hidden siblings of a directory while it is replaced: what comes (and after the exchange, what goes); what goes where
// exchanging is impossible; and what others put into the directory meanwhile.
func staging(name string) string  { return "." + name + ".harender-next" }
func outgoing(name string) string { return "." + name + ".harender-last" }
func rescued(name string) string  { return "." + name + ".harender-rescued" }

// Replace brings the directory of that name in the repository to a state where write are there with these bytes, remove
// are gone, and all else is as it was: foreign files, links, empty directories, modes. New files have mode 0644, new
// directories 0755; directories that only held files of remove go with them. Paths are slash paths from the directory.
//
// It happens in one step: a sibling directory is filled with hard links to what stays and with new files, brought to
// the disk (on Linux with one syncfs, as thousands of single fsyncs would take longer), and exchanged with the
// directory; only when the disk knows that is the old one deleted. If nothing differs, nothing is touched. After an error
// the old directory is in place, unless the error says that the new one is; it names path and cause, and is an
// [*ObstructedError] if something foreign is in the way.
//
// The caller holds the [Lock], and answers for ownership: a regular file at a path of write or remove is harender's to
// replace (see [Owned] and [Foreign]).
func Replace(repo, name string, write []Entry, remove []string) (Stats, error) {
	s, err := openSite(repo, name)
	if err != nil {
		return Stats{}, err
	}
	defer s.close()
	if err := s.recover(); err != nil {
		return Stats{}, err
	}
	if err := s.look(write); err != nil {
		return Stats{}, err
	}
	return s.apply(s.merge(remove))
}

// Recover clears away what a killed run has left beside the directory of that name. [Replace] does it by itself; who
// reads the directory first, under the [Lock], calls it before.
func Recover(repo, name string) error {
	s, err := openSite(repo, name)
	if err != nil {
		return err
	}
	defer s.close()
	return s.recover()
}

// replacer is where a directory is replaced.
type replacer struct {
	root  *os.Root
	repo  handle
	name  string
	hands workers
	// want and old are there after look; old is nil while there is no directory.
	want *want
	old  *dir
}

func openSite(repo, name string) (*replacer, error) {
	if err := checkPath(name); err != nil || parent(name) != "" {
		return nil, fmt.Errorf("%q cannot be the name of an output directory", name)
	}
	root, err := os.OpenRoot(repo)
	if err != nil {
		return nil, err
	}
	f, err := root.Open(".")
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &replacer{root: root, repo: handle{file: f, fd: int(f.Fd())}, name: name, hands: newCrew()}, nil
}

func (s *replacer) close() {
	s.repo.close()
	_ = s.root.Close()
}

// recover undoes a half-done switch by two renames, and deletes what is left of other killed runs: once the disk knows which
// directory is in place, as it may not when a run was killed.
func (s *replacer) recover() error {
	last, err := s.exists(outgoing(s.name))
	if err != nil {
		return err
	}
	current, err := s.exists(s.name)
	if err != nil {
		return err
	}
	if last && !current {
		if err := s.repo.rename(outgoing(s.name), s.name); err != nil {
			return err
		}
	}
	next, err := s.exists(staging(s.name))
	if err != nil || !last && !next {
		return err
	}
	if err := s.repo.file.Sync(); err != nil {
		return err
	}
	return errors.Join(s.drop(outgoing(s.name)), s.drop(staging(s.name)))
}

func (s *replacer) exists(name string) (bool, error) {
	_, err := s.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// drop deletes a leftover. It does not try where there is none, as a read-only disk refuses even that.
func (s *replacer) drop(name string) error {
	there, err := s.exists(name)
	if !there {
		return err
	}
	return s.root.RemoveAll(name)
}

// look surveys the directory with a view to what is wanted.
func (s *replacer) look(write []Entry) (err error) {
	if s.want, err = wanted(write); err != nil {
		return err
	}
	info, err := s.root.Lstat(s.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return &ObstructedError{[]Obstacle{{Path: s.name, What: kindName(info.Mode())}}}
	}
	s.old, err = surveyBelow(s.repo, s.name, s.want, s.hands)
	return err
}

// merge works out what shall be, after look.
func (s *replacer) merge(remove []string) (merger, *next) {
	m := merger{top: s.name, remove: make(map[string]bool, len(remove))}
	for _, p := range remove {
		m.remove[p] = true
	}
	n := m.tree(s.old, s.want)
	return m, n
}

// apply brings about what merge worked out.
func (s *replacer) apply(m merger, n *next) (Stats, error) {
	if len(m.obstacles) > 0 {
		return Stats{}, &ObstructedError{m.obstacles}
	}
	if m.stats.Written+m.stats.Removed == 0 {
		return m.stats, nil
	}
	if err := s.build(n); err != nil {
		return Stats{}, errors.Join(err, s.drop(staging(s.name)))
	}
	if err := s.clear(); err != nil {
		return m.stats, fmt.Errorf("%s is complete and in place, but the old one could not be deleted: %w", s.name, err)
	}
	return m.stats, nil
}

// build makes the new directory and puts it in its place.
func (s *replacer) build(n *next) error {
	n.name = staging(s.name)
	to, err := s.repo.mkdir(n.name, n.mode())
	if err != nil {
		return err
	}
	defer to.close()
	var from handle
	if s.old != nil {
		if from, err = s.repo.open(s.name); err != nil {
			return err
		}
		defer from.close()
	}
	if err := stage(n, from, to, s.hands); err != nil {
		return err
	}
	if err := flush(to); err != nil {
		return err
	}
	if err := s.swap(); err != nil {
		return err
	}
	if err := s.repo.file.Sync(); err != nil {
		return errors.Join(err, s.unswap())
	}
	return nil
}

// swap puts the staged directory in its place, and the old one into that of the staged.
func (s *replacer) swap() error {
	if s.old == nil {
		return s.repo.rename(staging(s.name), s.name)
	}
	err := exchange(s.repo, staging(s.name), s.name)
	for _, unable := range []error{unix.EINVAL, unix.ENOSYS, unix.ENOTSUP, unix.EOPNOTSUPP} {
		if errors.Is(err, unable) {
			return s.swapInSteps()
		}
	}
	return err
}

// swapInSteps is for file systems that cannot exchange. Killed between the first two renames, it leaves no directory in
// place; recover brings the old one back. The disk learns of each step before the next, as it may reorder them.
func (s *replacer) swapInSteps() error {
	if err := s.step(s.name, outgoing(s.name)); err != nil {
		return err
	}
	if err := s.step(staging(s.name), s.name); err != nil {
		return errors.Join(err, s.repo.rename(outgoing(s.name), s.name))
	}
	return s.repo.rename(outgoing(s.name), staging(s.name))
}

// step renames, and is taken back if the disk refuses to note it.
func (s *replacer) step(from, to string) error {
	if err := s.repo.rename(from, to); err != nil {
		return err
	}
	if err := s.repo.file.Sync(); err != nil {
		return errors.Join(err, s.repo.rename(to, from))
	}
	return nil
}

// unswap takes swap back, as the disk refused to note it.
func (s *replacer) unswap() error {
	if s.old == nil {
		return s.repo.rename(s.name, staging(s.name))
	}
	return s.swap()
}

// clear deletes the old directory. What others have put there since the survey is not harender's to delete.
func (s *replacer) clear() error {
	if s.old == nil {
		return nil
	}
	err := s.demolish()
	if errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.EEXIST) {
		return errors.Join(fmt.Errorf("something else wrote there meanwhile, and is now in %s: %w", rescued(s.name), err),
			s.repo.rename(staging(s.name), rescued(s.name)))
	}
	return err
}

func (s *replacer) demolish() error {
	from, err := s.repo.open(staging(s.name))
	if err != nil {
		return err
	}
	defer from.close()
	if err := demolish(from, s.old, s.hands); err != nil {
		return err
	}
	return s.repo.rmdir(staging(s.name))
}
