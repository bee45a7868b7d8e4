//go:build e2e

package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// index is what rendered/NODE.index.json says.
type index struct{ Files []indexFile }

type indexFile struct {
	Path, Mode, Owner, Group, SHA256 string
	Sealed                           bool
}

func readIndex(rendered, node string) (index, error) {
	var x index
	text, err := os.ReadFile(filepath.Join(rendered, node+".index.json"))
	if err != nil {
		return x, err
	}
	if err := json.Unmarshal(text, &x); err != nil {
		return x, fmt.Errorf("index of %s: %w", node, err)
	}
	return x, nil
}

// layer lays rendered directories on hosts.
type layer struct {
	// sops is the stock program.
	sops string
	// rendered is the folder that holds the nodes' directories and indexes.
	rendered string
}

// lay puts a node's files below root as the index says: every file that is there, no other, with the listed bytes, and
// sealed ones opened. It gives the number of files and how many of them were sealed.
func (l layer) lay(ctx context.Context, name, root string) (files, sealed int, err error) {
	x, err := readIndex(l.rendered, name)
	if err != nil {
		return 0, 0, err
	}
	for _, f := range x.Files {
		from := filepath.Join(l.rendered, name, f.Path)
		if f.Sealed {
			from += ".sops"
			sealed++
		}
		content, err := l.open(ctx, from, f.SHA256, f.Sealed)
		if err != nil {
			return 0, 0, err
		}
		if err := place(root, f.Path, content, f.Mode, f.Owner, f.Group); err != nil {
			return 0, 0, err
		}
	}
	found, err := countFiles(filepath.Join(l.rendered, name))
	if err == nil && found != len(x.Files) {
		err = fmt.Errorf("%s has %d files and its index lists %d", name, found, len(x.Files))
	}
	return len(x.Files), sealed, err
}

// open reads a file, compares its bytes with the index, and takes off the seal.
func (l layer) open(ctx context.Context, path, sum string, sealed bool) ([]byte, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if got := sha256.Sum256(content); hex.EncodeToString(got[:]) != sum {
		return nil, fmt.Errorf("%s does not have the sha256 that its index lists", path)
	}
	if !sealed {
		return content, nil
	}
	opened, err := run(here(ctx, l.sops, "decrypt", "--input-type", "binary", "--output-type", "binary", path))
	return []byte(opened), err
}

func place(root, name string, content []byte, mode, owner, group string) error {
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return err
	}
	r, err := readRights(root, mode, owner, group)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := os.Chown(path, r.uid, r.gid); err != nil {
		return err
	}
	return os.Chmod(path, r.mode)
}

// rights are what a file has beside its bytes.
type rights struct {
	mode     fs.FileMode
	uid, gid int
}

// readRights takes the mode in octal digits, and accounts of the host below root.
func readRights(root, mode, owner, group string) (rights, error) {
	bits, err := strconv.ParseUint(mode, 8, 32)
	if err != nil {
		return rights{}, fmt.Errorf("mode: %w", err)
	}
	uid, err := idOf(filepath.Join(root, "etc/passwd"), owner)
	if err != nil {
		return rights{}, err
	}
	gid, err := idOf(filepath.Join(root, "etc/group"), group)
	return rights{fs.FileMode(bits), uid, gid}, err
}

// hasRights wants a file below root to be as the index lists it.
func hasRights(root string, f indexFile) error {
	want, err := readRights(root, f.Mode, f.Owner, f.Group)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	info, err := os.Stat(filepath.Join(root, f.Path))
	if err != nil {
		return err
	}
	got := rights{mode: info.Mode()}
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		got.uid, got.gid = int(s.Uid), int(s.Gid)
	}
	if got != want {
		return fmt.Errorf("%s has %+v, want %+v", f.Path, got, want)
	}
	return nil
}

// idOf is the number that stands third in the line of a name, in passwd as in group.
func idOf(file, name string) (int, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Split(line, ":"); fields[0] == name && len(fields) > 2 {
			return strconv.Atoi(fields[2])
		}
	}
	return 0, fmt.Errorf("%s has no %s", file, name)
}

func countFiles(dir string) (int, error) {
	count := 0
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			count++
		}
		return err
	})
	return count, err
}
