// Package layer stacks file systems: the user's repository over the built-in assets. The first that has a file wins.
//
// Only regular files and directories are served, so that no name in a repository can make a build read a pipe, a
// device, or, with a user's file system made by os.Root, anything outside the repository.
package layer

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/bounded"
)

// maxFile bounds one source file, in bytes. Nothing that a person writes comes near.
const maxFile = 4 << 20

// Stack is an ordered union of file systems, the strongest first.
type Stack []fs.FS

// Below is a folder of a file system, by a name that the program has and no user gives.
func Below(base fs.FS, folder string) fs.FS {
	sub, err := fs.Sub(base, folder)
	if err != nil {
		return Stack{} // Only a name that is no path is wrong.
	}
	return sub
}

// roots are the folders that exist in a user's repository and in the assets alike.
var roots = [...]string{"lib", "base", "overlays", "secrets"}

// ReadFile reads name from the first layer that has it.
func (s Stack) ReadFile(name string) ([]byte, error) {
	for _, l := range s {
		info, err := fs.Stat(l, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		return readRegular(l, name, info)
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func readRegular(l fs.FS, name string, info fs.FileInfo) ([]byte, error) {
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("not a regular file")}
	}
	text, err := bounded.ReadFile(l, name, maxFile)
	if err != nil {
		return nil, err
	}
	return source(name, text)
}

// Open implements fs.FS for files and directories.
func (s Stack) Open(name string) (fs.File, error) {
	for _, l := range s {
		info, err := fs.Stat(l, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() && !info.IsDir() {
			return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("not a regular file")}
		}
		return l.Open(name)
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadDir merges the directories of all layers.
func (s Stack) ReadDir(name string) ([]fs.DirEntry, error) {
	merged := map[string]fs.DirEntry{}
	found := false
	for _, l := range s {
		info, err := fs.Stat(l, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && !info.IsDir() {
			err = &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
		}
		if err != nil {
			return nil, err
		}
		// Only now: to open a pipe is to wait for its other end.
		entries, err := fs.ReadDir(l, name)
		if err != nil {
			return nil, err
		}
		found = true
		for _, e := range entries {
			if _, ok := merged[e.Name()]; !ok {
				merged[e.Name()] = e
			}
		}
	}
	if !found {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	out := make([]fs.DirEntry, 0, len(merged))
	for _, e := range merged {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return out, nil
}

// Shadowed lists the files of the weakest layer that a stronger one hides, sorted.
func (s Stack) Shadowed() ([]string, error) {
	if len(s) < 2 {
		return nil, nil
	}
	var out []string
	for _, root := range roots {
		err := fs.WalkDir(s[len(s)-1], root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if s[:len(s)-1].has(name) {
				out = append(out, name)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("listing built-in %s: %w", root, err)
		}
	}
	return out, nil
}

func (s Stack) has(name string) bool {
	return slices.ContainsFunc(s, func(l fs.FS) bool {
		_, err := fs.Stat(l, name)
		return err == nil
	})
}

// Resolve joins a reference found in a file to that file's folder, and refuses what would leave the file system.
func Resolve(from, ref string) (string, error) {
	if path.IsAbs(ref) {
		return "", fmt.Errorf("%s is an absolute path; a layer may only name files of its own repository", ref)
	}
	name := path.Join(path.Dir(from), ref)
	if !fs.ValidPath(name) {
		return "", fmt.Errorf("%s lies outside the repository", ref)
	}
	return name, nil
}
