package machine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"syscall"

	"github.com/harender/harender/internal/diag"
)

// Root reads what lies below a directory, which is / for the links in it. It follows none in the place of a file.
func Root(root *os.Root, asked Query) (Machine, error) {
	m := Machine{Files: map[string]File{}}
	for name := range asked.Files {
		if f, found := lookAt(root, name); found {
			m.Files[name] = f
		}
	}
	for _, folder := range asked.Folders {
		if err := m.walk(root, folder, asked); err != nil {
			return Machine{}, err
		}
	}
	var err error
	if m.Users, err = accountsOf(root, users); err != nil {
		return Machine{}, err
	}
	m.Groups, err = accountsOf(root, groups)
	return m, err
}

// walk adds the files below a folder that are not there yet, without reading them.
func (m *Machine) walk(root *os.Root, folder string, asked Query) error {
	inside, err := resolved(root, path.Join(folder, "x")) // The folder itself may be a link.
	if err != nil {
		return unreadFolder(folder, err)
	}
	place := path.Dir(inside)
	info, err := root.Lstat(place)
	switch {
	case err != nil:
		return unreadFolder(folder, err)
	case !info.IsDir():
		m.Files[folder] = described(info)
		return nil
	}
	below, err := root.OpenRoot(place)
	if err != nil {
		return unreadFolder(folder, err)
	}
	defer func() { _ = below.Close() }() // It was only read.
	return unreadFolder(folder, fs.WalkDir(below.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		name = path.Join(folder, name)
		if _, known := m.Files[name]; !known && err == nil {
			return m.add(name, described(info), asked)
		}
		return err
	}))
}

// unreadFolder says that a folder could not be listed. One that is not there is empty.
func unreadFolder(folder string, err error) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("listing /%s: %w", folder, diag.Cause(err))
}

// lookAt describes and hashes a file.
func lookAt(root *os.Root, name string) (File, bool) {
	place, err := resolved(root, name)
	var info fs.FileInfo
	if err == nil {
		info, err = root.Lstat(place)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return File{}, false
	case errors.Is(err, fs.ErrPermission):
		return File{Unread: diag.Cause(err).Error()}, true
	case err != nil:
		return File{Fault: "it cannot be reached: " + diag.Cause(err).Error()}, true
	case !info.Mode().IsRegular():
		return described(info), true
	}
	return read(root, place, described(info)), true
}

// read hashes the file. Anyone who puts something else in its place meanwhile makes it wait for nothing.
func read(root *os.Root, name string, seen File) File {
	r, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		seen.Unread = diag.Cause(err).Error()
		return seen
	}
	defer func() { _ = r.Close() }() // It was only read.
	info, err := r.Stat()
	if err != nil {
		seen.Unread = diag.Cause(err).Error()
		return seen
	}
	f := described(info)
	if f.Fault != "" {
		return f
	}
	return f.hashed(r, info.Size())
}

func described(info fs.FileInfo) File {
	f := File{Mode: info.Mode()}
	if !info.Mode().IsRegular() {
		f.Fault = kindFault(info.Mode())
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		f.Owner.ID, f.Group.ID = int(s.Uid), int(s.Gid)
	}
	return f
}

// accountsOf reads a list of accounts; there is none where there is no regular file.
func accountsOf(root *os.Root, name string) (map[string]int, error) {
	info, err := root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return nil, nil // What cannot be seen is not known.
	}
	r, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path.Join("/", name), diag.Cause(err))
	}
	defer func() { _ = r.Close() }() // It was only read.
	return accounts(r)
}
