package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Modes of what is new.
const (
	newFile = 0o644
	newDir  = 0o755
)

// stage fills the new directory at to. What n keeps is linked from the directory of today at from, which n.like
// describes; a file that is there is never opened for writing.
func stage(n *next, from, to handle, hands workers) error {
	for _, f := range n.keep {
		if err := carry(f, from, to); err != nil {
			return err
		}
	}
	for _, e := range n.write {
		if err := to.create(e.Path, bytes.NewReader(e.Content), newFile); err != nil {
			return err
		}
	}
	err := hands.each(len(n.dirs), func(i int) error { return stageBelow(n.dirs[i], from, to, hands) })
	if err != nil {
		return err
	}
	return dress(to, n.like)
}

func stageBelow(n *next, from, to handle, hands workers) error {
	sub, err := to.mkdir(n.name, n.mode())
	if err != nil {
		return err
	}
	defer sub.close()
	if n.like == nil {
		return stage(n, handle{}, sub, hands)
	}
	old, err := from.open(n.name)
	if err != nil {
		return err
	}
	defer old.close()
	return stage(n, old, sub, hands)
}

// dress gives the directory at h the mode and owner of the one it follows, or the mode of a new one, whatever the umask.
// It comes last, as the mode may forbid writing, and sets only what differs: most directories are right already.
func dress(h handle, like *dir) error {
	st, err := h.stat()
	if err != nil {
		return err
	}
	if like == nil {
		return h.chmod(st.mode, st.mode&unix.S_ISGID|newDir)
	}
	if st.uid != like.uid || st.gid != like.gid {
		// Only root gives directories away; for all others the new one is theirs, as after a git checkout.
		if err := h.file.Chown(int(like.uid), int(like.gid)); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return h.chmod(st.mode, like.mode)
}

// carry links a file, or copies it where linking is refused.
func carry(f file, from, to handle) error {
	err := from.link(f.name, to)
	if errors.Is(err, unix.EXDEV) {
		return fmt.Errorf("another file system is mounted there: %w", err)
	}
	for _, refused := range []error{unix.EPERM, unix.EMLINK, unix.ENOTSUP, unix.EOPNOTSUPP, unix.ENOSYS} {
		if errors.Is(err, refused) {
			return duplicate(f, from, to, err)
		}
	}
	return err
}

// duplicate copies a file that could not be linked, for the reason given.
func duplicate(f file, from, to handle, reason error) error {
	switch f.kind {
	case 0:
		return copyRegular(f.name, from, to)
	case fs.ModeSymlink:
		target, err := from.readlink(f.name)
		if err != nil {
			return err
		}
		return to.symlink(target, f.name)
	default:
		return reason
	}
}

func copyRegular(name string, from, to handle) error {
	src, err := from.reader(name)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	info, err := src.Stat()
	if err != nil {
		return err
	}
	return to.create(name, src, info.Mode())
}

// demolish deletes what the survey found at h, and nothing else, directories themselves last.
func demolish(h handle, d *dir, hands workers) error {
	if d.mode&0o700 != 0o700 {
		if err := h.chmod(d.mode, 0o700); err != nil {
			return err
		}
	}
	for _, f := range d.files {
		if err := h.unlink(f.name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return hands.each(len(d.dirs), func(i int) error {
		sub, err := h.open(d.dirs[i].name)
		if err != nil {
			return err
		}
		defer sub.close()
		if err := demolish(sub, d.dirs[i], hands); err != nil {
			return err
		}
		return h.rmdir(d.dirs[i].name)
	})
}
