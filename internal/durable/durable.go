// Package durable makes files that are there after a loss of power, too: whole, or not at all.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Create makes a file and brings it to the disk, with its name. The error wraps [fs.ErrExist] if there is one already; after
// any other error there is none.
func Create(file string, text []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode) // #nosec G304 -- the callers' users name it
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = SyncNames(filepath.Dir(file))
	}
	if err != nil {
		return errors.Join(err, os.Remove(file))
	}
	return nil
}

// Replace gives a file other content: whenever it is stopped, the old file is there or the whole new one. What is written first lies
// beside it, under another name.
func Replace(file string, text []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".harender-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return SyncNames(filepath.Dir(file))
}

// MkdirAll makes a directory and those above it that are missing, and brings their names to the disk.
func MkdirAll(dir string, mode fs.FileMode) error {
	_, err := os.Stat(dir)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, os.MkdirAll(dir, mode))
	}
	above := filepath.Dir(dir)
	if above != dir {
		if err := MkdirAll(above, mode); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, mode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return SyncNames(above)
}

// SyncAll brings all files and directories below a directory to the disk, and itself.
func SyncAll(dir string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() && !d.Type().IsRegular() {
			return err
		}
		if d.IsDir() {
			return SyncNames(name)
		}
		return sync(name)
	})
}

// SyncNames brings the names in a directory to the disk, where that can be asked for: some file systems cannot, and a
// directory may be one to write to and not to read.
func SyncNames(dir string) error {
	err := sync(dir)
	for _, unable := range []error{fs.ErrPermission, errors.ErrUnsupported, syscall.EINVAL} {
		if errors.Is(err, unable) {
			return nil
		}
	}
	return err
}

func sync(name string) error {
	f, err := os.Open(name) // #nosec G304 -- the callers' own
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
