package tree

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/harender/harender/internal/bounded"
)

// handle is an open directory. Its methods take single names, never paths, and follow no link: what they reach lies in
// this very directory, whatever others do to the tree meanwhile.
type handle struct {
	file *os.File
	// fd is the file's descriptor, at hand because asking the file for it costs a system call.
	fd int
	// path is for messages, from the repository.
	path string
}

// open opens the directory of that name.
func (h handle) open(name string) (handle, error) {
	fd, err := h.openat(name, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return handle{}, err
	}
	p := path.Join(h.path, name)
	return handle{file: os.NewFile(uintptr(fd), p), fd: fd, path: p}, nil
}

func (h handle) close() { _ = h.file.Close() }

func (h handle) openat(name string, flags int, mode uint32) (fd int, err error) {
	err = h.call("open", name, func() error {
		fd, err = unix.Openat(h.fd, name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, mode)
		return err
	})
	return fd, err
}

// call repeats a system call that a signal cut short, and says in its error what was done to which path.
func (h handle) call(op, name string, do func() error) error {
	for {
		err := do()
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return &fs.PathError{Op: op, Path: path.Join(h.path, name), Err: err}
		}
		return nil
	}
}

// list gives the entries sorted by name.
func (h handle) list() ([]fs.DirEntry, error) {
	entries, err := h.file.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}

// stat gives what the system knows of the directory itself.
func (h handle) stat() (attributes, error) { return h.fstat(h.fd, "") }

// fstat gives what the system knows of an open file in the directory.
func (h handle) fstat(fd int, name string) (attributes, error) {
	var st unix.Stat_t
	err := h.call("stat", name, func() error { return unix.Fstat(fd, &st) })
	return attributesOf(&st), err
}

// attributes are those of a file or directory that matter here. Mode has the system's bits.
type attributes struct {
	mode, uid, gid uint32
	device         uint64
	size           int64
}

// reader opens a regular file; it does not wait for the other end of a pipe.
func (h handle) reader(name string) (*os.File, error) {
	fd, err := h.openat(name, unix.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), path.Join(h.path, name)), nil
}

// read gives the content of a regular file.
func (h handle) read(name string) ([]byte, error) {
	f, err := h.reader(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return bounded.ReadAll(f, bounded.Index)
}

// holds reports whether the regular file of that name has exactly these bytes, and reads through buf. It speaks to the
// system directly: a build without changes does little else, and an os.File costs three more calls.
func (h handle) holds(name string, want, buf []byte) (same bool, err error) {
	fd, err := h.openat(name, unix.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return false, err
	}
	defer func() { _ = unix.Close(fd) }()
	st, err := h.fstat(fd, name)
	if err != nil || st.mode&unix.S_IFMT != unix.S_IFREG || st.size != int64(len(want)) {
		return false, err
	}
	for len(want) > 0 {
		n := 0
		err := h.call("read", name, func() (err error) { n, err = unix.Read(fd, buf); return err })
		if err != nil || n == 0 || !bytes.HasPrefix(want, buf[:n]) {
			return false, err
		}
		want = want[n:]
	}
	return true, nil
}

// mkdir makes a directory that can be filled, and opens it.
func (h handle) mkdir(name string, mode uint32) (handle, error) {
	err := h.call("mkdir", name, func() error { return unix.Mkdirat(h.fd, name, mode&modeBits|0o700) })
	if err != nil {
		return handle{}, err
	}
	return h.open(name)
}

// modeBits are those that chmod sets.
const modeBits = 0o7777

// chmod sets the directory's own mode, unless it is so already.
func (h handle) chmod(is, shall uint32) error {
	if is&modeBits == shall&modeBits {
		return nil
	}
	return h.call("chmod", "", func() error { return unix.Fchmod(h.fd, shall&modeBits) })
}

// create writes a new file of that mode, whatever the umask, and takes whatever is there already for an error.
func (h handle) create(name string, content io.Reader, mode fs.FileMode) error {
	fd, err := h.openat(name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, uint32(mode.Perm()))
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), path.Join(h.path, name))
	_, err = io.Copy(f, content)
	return errors.Join(err, fix(f, mode), settle(f), f.Close())
}

// fix sets a file's mode if the umask has changed it.
func fix(f *os.File, mode fs.FileMode) error {
	info, err := f.Stat()
	if err != nil || info.Mode() == mode {
		return err
	}
	return f.Chmod(mode)
}

// link gives the file of that name a second one in another directory.
func (h handle) link(name string, to handle) error {
	return to.call("link", name, func() error { return unix.Linkat(h.fd, name, to.fd, name, 0) })
}

func (h handle) unlink(name string) error {
	return h.call("remove", name, func() error { return unix.Unlinkat(h.fd, name, 0) })
}

func (h handle) rmdir(name string) error {
	return h.call("remove", name, func() error { return unix.Unlinkat(h.fd, name, unix.AT_REMOVEDIR) })
}

func (h handle) readlink(name string) (target string, err error) {
	buf := make([]byte, unix.PathMax)
	err = h.call("readlink", name, func() error {
		n, err := unix.Readlinkat(h.fd, name, buf)
		target = string(buf[:max(n, 0)])
		return err
	})
	return target, err
}

func (h handle) symlink(target, name string) error {
	return h.call("symlink", name, func() error { return unix.Symlinkat(target, h.fd, name) })
}

// rename moves an entry within the directory.
func (h handle) rename(from, to string) error {
	return h.call("rename", to, func() error { return unix.Renameat(h.fd, from, h.fd, to) })
}
