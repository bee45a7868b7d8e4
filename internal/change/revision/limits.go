package revision

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"github.com/harender/harender/internal/bounded"
)

// Bounds of what is read of a git repository, in bytes: what go-git reads at all, it reads whole.
const (
	maxObject = bounded.Index
	// maxText is for the files beside the objects: HEAD, the configuration, where objects lie.
	maxText = 1 << 20
	// maxList is for those that grow with the repository: some ten million objects, or a million branches.
	maxList = 256 << 20
)

// limited refuses objects that are too large, before they are in memory. One that another repository shares is not
// known before it is read.
type limited struct {
	*filesystem.Storage
	instead instead
}

// EncodedObject implements storer.EncodedObjectStorer.
func (l limited) EncodedObject(kind plumbing.ObjectType, hash plumbing.Hash) (plumbing.EncodedObject, error) {
	if err := l.instead.object(hash); err != nil {
		return nil, err
	}
	size, err := l.EncodedObjectSize(hash)
	if err != nil && !errors.Is(err, plumbing.ErrObjectNotFound) {
		return nil, err
	}
	if size > maxObject {
		return nil, fmt.Errorf("%w: the object %s has more than %d MiB, the most that is read of one", bounded.ErrTooLarge, hash, maxObject>>20)
	}
	return l.Storage.EncodedObject(kind, hash)
}

// readable finds what go-git would wait for without end, or read into memory without bound, in the repository around a
// directory.
func readable(dir string) error {
	disk := disk()
	for {
		git := filepath.Join(dir, ".git")
		info, err := disk.Lstat(git)
		switch {
		case err == nil && info.IsDir():
			return readableFolder(disk, git)
		case err == nil && !info.Mode().IsRegular() && info.Mode().Type() != fs.ModeSymlink:
			return fmt.Errorf("%s is neither a directory nor a file", git)
		case err == nil:
			return readableFile(disk, git, maxText)
		}
		up := filepath.Dir(dir)
		if up == dir {
			return nil
		}
		dir = up
	}
}

func readableFolder(disk billy.Filesystem, git string) error {
	for name, most := range map[string]int64{
		"HEAD": maxText, "config": maxText, "commondir": maxText, "shallow": maxList, "packed-refs": maxList, "objects/info/alternates": maxText,
	} {
		if err := readableFile(disk, filepath.Join(git, filepath.FromSlash(name)), most); err != nil {
			return err
		}
	}
	packs := filepath.Join(git, "objects", "pack")
	entries, _ := disk.ReadDir(packs) // Without packs there are loose objects.
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".idx") && !strings.HasSuffix(e.Name(), ".pack") {
			continue
		}
		most := int64(maxList)
		if strings.HasSuffix(e.Name(), ".pack") {
			most = 0
		}
		if err := readableFile(disk, filepath.Join(packs, e.Name()), most); err != nil {
			return err
		}
	}
	return nil
}

// readableFile holds a file, if it is there, to being one, and to a size, if there is one.
func readableFile(disk billy.Filesystem, name string, most int64) error {
	info, _ := disk.Stat(name) // Its reader says what is wrong.
	switch {
	case info == nil:
		return nil
	case info.IsDir() && filepath.Base(name) == ".git":
		return readableFolder(disk, name)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", name)
	case most > 0 && info.Size() > most:
		return fmt.Errorf("%w: %s has more than %d MiB, the most that is read of it", bounded.ErrTooLarge, name, most>>20)
	}
	return nil
}
