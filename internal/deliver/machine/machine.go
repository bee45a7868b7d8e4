// Package machine reads what lies on a node: below a directory, in an archive, or in a list of hashes. It keeps hashes and never
// contents, and looks at nothing but what it is asked for.
package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Machine is what is known of a node.
type Machine struct {
	// Files by slash path from the node's root, without a leading slash. Directories are none.
	Files map[string]File
	// Users and Groups are the node's own, IDs by name; nil where it is not known which there are.
	Users, Groups map[string]int
	// HashesOnly: of modes, owners and kinds of files nothing is known.
	HashesOnly bool
	// foreign counts the files that were not asked for.
	foreign int
}

// File is a file of a node.
type File struct {
	// Mode has the type and all permission bits.
	Mode         fs.FileMode
	Owner, Group Account
	// SHA256 of its bytes in lower case hex. It is empty where Fault says why the file is none that could be as it should, or
	// Unread why it could not be read.
	SHA256, Fault, Unread string
}

// Account is a user or a group: the name, where it is known, and else the ID.
type Account struct {
	Name string
	ID   int
}

// Query says what is looked at: files by their paths, and everything below folders.
type Query struct {
	Files   map[string]bool
	Folders []string
}

func (a Query) has(name string) bool {
	if a.Files[name] {
		return true
	}
	for _, f := range a.Folders {
		if strings.HasPrefix(name, f+"/") {
			return true
		}
	}
	return false
}

// above reports whether something that is asked for lies below the path.
func (a Query) above(name string) bool {
	for f := range a.Files {
		if strings.HasPrefix(f, name+"/") {
			return true
		}
	}
	return slices.ContainsFunc(a.Folders, func(f string) bool { return f == name || strings.HasPrefix(f, name+"/") })
}

// maxForeign bounds what is kept of what lies in the folders that are asked for, and is not asked for itself.
const maxForeign = 20_000

// add keeps a file, unless there are too many that are nobody's.
func (m *Machine) add(name string, f File, asked Query) error {
	if _, known := m.Files[name]; !known && !asked.Files[name] {
		if m.foreign++; m.foreign > maxForeign {
			return fmt.Errorf("the folders that harender watches have more than %d foreign files, the most that are looked at", maxForeign)
		}
	}
	m.Files[name] = f
	return nil
}

const (
	users  = "etc/passwd"
	groups = "etc/group"
	// most bounds a file, in bytes. None of harender's is as large, so that it need not be read to know that it is another.
	most = 4 << 20
	// mostRead bounds the lists of accounts.
	mostRead = 16 << 20
)

// hashed is the file with the hash of what r has; size is what the file says of itself.
func (f File) hashed(r io.Reader, size int64) File {
	if size <= most {
		h := sha256.New()
		n, err := io.Copy(h, io.LimitReader(r, most+1))
		if err != nil {
			f.Unread = err.Error()
			return f
		}
		if size = n; size <= most {
			f.SHA256 = hex.EncodeToString(h.Sum(nil))
			return f
		}
	}
	f.Fault = fmt.Sprintf("it has more than %d bytes", most)
	return f
}

// kindFault says why a file that is not regular is wrong.
func kindFault(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "it is a directory"
	case mode&fs.ModeSymlink != 0:
		return "it is a symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "it is a pipe"
	case mode&fs.ModeSocket != 0:
		return "it is a socket"
	case mode&fs.ModeDevice != 0:
		return "it is a device"
	}
	return "it is no regular file"
}

// clean gives the path from the root, of one that is absolute, begins with ./, or has neither.
func clean(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }
