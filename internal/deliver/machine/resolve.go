package machine

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
)

// mostLinks on the way to a file are as many as Linux follows.
const mostLinks = 40

// resolved is the path below the root that the node would find under that name: on the node, links among the folders that lead to a
// file begin at its own root, and lead nowhere above it. The file itself may be a link.
func resolved(root *os.Root, name string) (string, error) {
	at, rest := ".", strings.Split(name, "/")
	for links := 0; len(rest) > 1; {
		next := path.Join(at, rest[0])
		info, err := root.Lstat(next)
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			at, rest = next, rest[1:]
			continue
		}
		if links++; links > mostLinks {
			return "", &fs.PathError{Op: "lstat", Path: name, Err: errors.New("too many symbolic links")}
		}
		target, err := root.Readlink(next)
		if err != nil {
			return "", err
		}
		if !path.IsAbs(target) {
			target = path.Join("/", at, target)
		}
		at, rest = ".", append(strings.Split(clean(target), "/"), rest[1:]...)
	}
	return path.Join(at, rest[0]), nil
}
