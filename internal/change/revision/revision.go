// Package revision reads what git has committed, without git. It is the only package that knows go-git.
package revision

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// ErrNoRepository says that a directory is in no git repository.
var ErrNoRepository = errors.New("it is in no git repository")

// ErrUnknown says that there is no such revision.
var ErrUnknown = errors.New("there is no such revision")

// ErrIncomplete says that the repository has a part of its history or of its files alone, and not what was asked for.
var ErrIncomplete = errors.New("the repository does not have all of it")

// Open gives the directory dir as it is at a revision of the git repository around it, such as HEAD or origin/main. Links
// are there and cannot be read, submodules are not there. The error wraps [ErrNoRepository], [ErrExpression],
// [ErrUnknown] or [ErrIncomplete] where these are the cause, and [fs.ErrNotExist] if the revision does not have the directory.
func Open(dir, rev string) (fs.FS, error) {
	top, repo, err := find(dir)
	if err != nil {
		return nil, err
	}
	hash, err := resolve(repo, rev)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, rev)
	}
	root, err := treeOf(repo, hash)
	if err != nil {
		return nil, fmt.Errorf("reading the revision %s: %w", rev, known(err))
	}
	if top != "." {
		if root, err = root.Tree(filepath.ToSlash(top)); err != nil {
			return nil, fmt.Errorf("%s at the revision %s: %w", top, rev, known(err))
		}
	}
	return &committed{root: root}, nil
}

func treeOf(repo *git.Repository, hash plumbing.Hash) (*object.Tree, error) {
	commit, err := repo.CommitObject(hash)
	if err != nil {
		return nil, err
	}
	return commit.Tree()
}

// Within is the slash path from the top of the git repository around dir to dir, or nothing if there is no such repository.
func Within(dir string) string {
	way, _, err := find(dir)
	if err != nil || way == "." {
		return ""
	}
	return filepath.ToSlash(way)
}

// find opens the repository around dir, and gives the way from its top to dir.
func find(dir string) (string, *git.Repository, error) {
	absolute, err := filepath.Abs(dir)
	if err == nil {
		absolute, err = filepath.EvalSymlinks(absolute)
	}
	if err != nil {
		return "", nil, err
	}
	if err := readable(absolute); err != nil {
		return "", nil, fmt.Errorf("reading the git repository around %s: %w", dir, err)
	}
	top, err := topOf(absolute)
	if err != nil {
		return "", nil, err
	}
	repo, err := opened(top)
	if err != nil {
		return "", nil, fmt.Errorf("reading the git repository around %s: %w", dir, err)
	}
	way, err := filepath.Rel(top, absolute)
	return way, repo, err
}

// known gives errors of go-git the names that callers know.
func known(err error) error {
	switch {
	case errors.Is(err, object.ErrDirectoryNotFound), errors.Is(err, object.ErrEntryNotFound), errors.Is(err, object.ErrFileNotFound):
		return fs.ErrNotExist
	case errors.Is(err, plumbing.ErrObjectNotFound):
		return ErrIncomplete
	}
	return err
}
