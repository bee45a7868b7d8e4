package tree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sys/unix"
)

// BusyError says that another process held the repository for as long as the caller would wait.
type BusyError struct {
	Repo string
	// PID of the holder; zero if the system does not tell.
	PID int
	// Err is the context's.
	Err error
}

// Error says what to do.
func (e *BusyError) Error() string {
	holder := "another harender"
	if e.PID > 0 {
		holder = fmt.Sprintf("another harender (process %d)", e.PID)
	}
	return fmt.Sprintf("%s: %s is at work in this repository; wait until it is done", e.Repo, holder)
}

// Unwrap gives the context's error.
func (e *BusyError) Unwrap() error { return e.Err }

// Lock keeps all other processes that take it out of the repository, until unlock. It tries at least once and waits as
// long as the context lasts, then fails with a [*BusyError]. The lock is on the directory itself and goes with the
// process: nothing is left over, nothing goes stale. Where directories cannot be locked, as on NFS, a hidden file
// stands in, which unlock deletes.
func Lock(ctx context.Context, repo string) (unlock func() error, err error) {
	l := flock.New(repo, flock.SetFlag(os.O_RDONLY))
	err = take(ctx, l, repo)
	if err == nil {
		return l.Unlock, nil
	}
	for _, unable := range []error{unix.EBADF, unix.EISDIR, unix.EINVAL, unix.ENOTSUP, unix.EOPNOTSUPP} {
		if errors.Is(err, unable) {
			return lockFile(ctx, repo)
		}
	}
	return nil, err
}

// take waits for the lock.
func take(ctx context.Context, l *flock.Flock, repo string) error {
	const pause = 20 * time.Millisecond
	locked, err := l.TryLock()
	if !locked && err == nil {
		locked, err = l.TryLockContext(ctx, pause)
	}
	switch {
	case locked:
		return nil
	case ctx.Err() != nil:
		return &BusyError{Repo: repo, PID: holder(l.Path()), Err: ctx.Err()}
	default:
		return fmt.Errorf("lock %s: %w", repo, err)
	}
}

// lockFile locks a hidden file in the repository. As its holder deletes it, a lock counts only if the file is still the
// one at the path.
func lockFile(ctx context.Context, repo string) (unlock func() error, err error) {
	p := filepath.Join(repo, ".harender.lock")
	for {
		l := flock.New(p, flock.SetFlag(os.O_CREATE|os.O_RDWR|unix.O_NOFOLLOW))
		if err := take(ctx, l, repo); err != nil {
			return nil, err
		}
		held, errHeld := l.Stat()
		there, errThere := os.Lstat(p)
		if errHeld == nil && errThere == nil && os.SameFile(held, there) {
			return func() error { return errors.Join(os.Remove(p), l.Unlock()) }, nil
		}
		if err := l.Unlock(); err != nil {
			return nil, err
		}
	}
}
