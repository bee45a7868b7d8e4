package machine

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// Archive reads a tar, plain or with gzip, of which the names are absolute or from the node's root. Of what it has twice the
// last counts, as for anyone who extracts it.
func Archive(r io.Reader, asked Query) (Machine, error) {
	buffered := bufio.NewReader(r)
	r = buffered
	if magic, err := buffered.Peek(2); err == nil && bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			return Machine{}, fmt.Errorf("unpacking: %w", err)
		}
		r = unpacked
	}
	m := Machine{Files: map[string]File{}}
	var end zeros
	t := tar.NewReader(io.TeeReader(r, &end))
	for n := 0; ; n++ {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF) && n == 0:
			return Machine{}, errors.New("it is empty")
		case errors.Is(err, io.EOF) && end < 2*block:
			return Machine{}, fmt.Errorf("it ends after %d files, and has more", n)
		case errors.Is(err, io.EOF):
			return m, nil
		case errors.Is(err, tar.ErrHeader) && n == 0:
			return Machine{}, errors.New("it is no tar, plain or with gzip")
		case err != nil:
			return Machine{}, fmt.Errorf("after %d files: %w", n, err)
		}
		if err := m.take(h, t, asked); err != nil {
			return Machine{}, fmt.Errorf("%s: %w", h.Name, err)
		}
	}
}

// block is the unit of a tar, which ends in two that are zero. Go's reader takes one that was cut off between files for a whole one.
const block = 512

// zeros counts the bytes at the end that are zero.
type zeros int

func (z *zeros) Write(p []byte) (int, error) {
	rest := len(bytes.TrimRight(p, "\x00"))
	if rest > 0 {
		*z = 0
	}
	*z += zeros(len(p) - rest)
	return len(p), nil
}

// take adds one entry, if it is asked for.
func (m *Machine) take(h *tar.Header, content io.Reader, asked Query) error {
	name := clean(h.Name)
	info := h.FileInfo()
	if info.Mode().IsRegular() && h.Typeflag == tar.TypeReg {
		var err error
		switch name {
		case users:
			m.Users, err = accounts(content)
		case groups:
			m.Groups, err = accounts(content)
		}
		if err != nil {
			return err
		}
	}
	if h.Typeflag == tar.TypeSymlink && asked.above(name) {
		return errors.New("it is a symbolic link to " + h.Linkname + ", and what lies behind that has other names here; with --dereference, tar follows it")
	}
	if !asked.has(name) {
		return nil
	}
	f := File{Mode: info.Mode(), Owner: Account{h.Uname, h.Uid}, Group: Account{h.Gname, h.Gid}}
	switch {
	case h.Typeflag == tar.TypeLink:
		f = m.linked(h.Linkname)
	case info.IsDir() && !asked.Files[name]:
		delete(m.Files, name)
		return nil
	case !info.Mode().IsRegular():
		f.Fault = kindFault(info.Mode())
	default:
		if f = f.hashed(content, h.Size); f.Unread != "" {
			return errors.New(f.Unread)
		}
	}
	return m.add(name, f, asked)
}

// linked is the file that a hard link is another name of.
func (m *Machine) linked(target string) File {
	if f, known := m.Files[clean(target)]; known {
		return f
	}
	return File{Fault: "it is a hard link to /" + clean(target)}
}
