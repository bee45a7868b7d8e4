package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/harender/harender/internal/deliver/payload"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/durable"
)

// writePayload writes one file, or a new directory, at the path out. After an error there is what was before.
func writePayload(out string, made payload.Made, several, keys bool) (diag.List, error) {
	if several {
		return writeDirectory(out, made.Files)
	}
	if keys {
		return nil, writeSecret(out, made.Files[0].Content)
	}
	return nil, replaceFile(out, made.Files[0])
}

// replaceFile writes the whole file under another name first.
func replaceFile(out string, a payload.Artifact) error {
	info, err := os.Lstat(out)
	if err == nil && !info.Mode().IsRegular() {
		return &usageError{"cannot write " + diag.Quote(out) + ": something is there that is no file", "choose another file, or remove what is there"}
	}
	if err := durable.Replace(out, a.Content.Reveal(), a.Mode); err != nil {
		return cannotWrite(out, err)
	}
	return nil
}

func cannotWrite(out string, err error) error {
	if e, ok := errors.AsType[*os.LinkError](err); ok { // A rename's.
		err = e.Err
	}
	return &usageError{"cannot write " + diag.Quote(out) + ": " + diag.Cause(err).Error(), "name a place in a directory that exists and that you may write to"}
}

// writeDirectory fills a directory beside out, and gives it the name when it is whole.
func writeDirectory(out string, files []payload.Artifact) (diag.List, error) {
	switch _, err := os.Lstat(out); {
	case err == nil:
		return nil, &usageError{"there is a " + diag.Quote(out) + " already", "choose another directory, or remove this one: files of an earlier payload would stay"}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, cannotWrite(out, err)
	}
	whole := filepath.Clean(out)
	partial, err := os.MkdirTemp(filepath.Dir(whole), filepath.Base(whole)+".partial-*") // In sight: it may hold keys.
	if err != nil {
		return nil, cannotWrite(out, err)
	}
	strangers, err := fill(partial, files)
	if err == nil {
		err = os.Chmod(partial, 0o755) // #nosec G302 -- a directory; what is secret in it has a mode of its own
	}
	if err == nil {
		err = durable.SyncAll(partial)
	}
	if err == nil {
		err = os.Rename(partial, out)
	}
	if err != nil {
		return nil, errors.Join(cannotWrite(out, err), os.RemoveAll(partial))
	}
	return strangers, durable.SyncNames(filepath.Dir(whole))
}

func fill(partial string, files []payload.Artifact) (strangers diag.List, err error) {
	dir, err := os.OpenRoot(partial)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	var unknown []string
	for _, f := range files {
		name := filepath.FromSlash(path.Clean(f.Path))
		if err := folders(dir, filepath.Dir(name)); err != nil {
			return nil, err
		}
		if err := dir.WriteFile(name, f.Content.Reveal(), 0o600); err != nil {
			return nil, err
		}
		missing, err := give(dir, name, f)
		if err != nil {
			return nil, err
		}
		unknown = append(unknown, missing...)
		if err := dir.Chmod(name, f.Mode); err != nil {
			return nil, err
		}
	}
	slices.Sort(unknown)
	for _, account := range slices.Compact(unknown) {
		strangers = append(strangers, diag.Diagnostic{
			Severity: diag.Warning, Summary: "files of " + diag.Quote(account) + " belong to root here", Detail: "this machine has no such account",
			Hint: "an archive (--format tar) keeps names; so do the other formats",
		})
	}
	return strangers, nil
}

// folders makes a directory and those above it, which everybody may enter, whatever the umask is.
func folders(dir *os.Root, name string) error {
	if name == "." {
		return nil
	}
	switch err := dir.Mkdir(name, 0o755); {
	case errors.Is(err, fs.ErrExist):
		return nil
	case errors.Is(err, fs.ErrNotExist):
		if err := folders(dir, filepath.Dir(name)); err != nil {
			return err
		}
		return folders(dir, name)
	case err != nil:
		return err
	}
	return dir.Chmod(name, 0o755)
}

// give makes root's files those of their owners. Nobody else can give files away.
func give(dir *os.Root, name string, f payload.Artifact) (unknown []string, err error) {
	if os.Geteuid() != 0 || f.Owner == "" {
		return nil, nil
	}
	var uid, gid int
	if u, err := user.Lookup(f.Owner); err != nil {
		unknown = append(unknown, f.Owner)
	} else if uid, err = strconv.Atoi(u.Uid); err != nil {
		return nil, fmt.Errorf("the account %s: %w", f.Owner, err)
	}
	if g, err := user.LookupGroup(f.Group); err != nil {
		unknown = append(unknown, f.Group)
	} else if gid, err = strconv.Atoi(g.Gid); err != nil {
		return nil, fmt.Errorf("the group %s: %w", f.Group, err)
	}
	return unknown, dir.Chown(name, uid, gid)
}
