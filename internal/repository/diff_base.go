package repository

import (
	"errors"
	"io/fs"
	"os"

	"github.com/harender/harender/internal/change/revision"
	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/diag"
)

// based is the repository to compare with, and the name of its output.
func based(dir *os.Root, rev string) (fs.FS, string, diag.List) {
	if rev == "" {
		return layer.Stack{dir.FS()}, Output, nil
	}
	base, err := revision.Open(dir.Name(), rev)
	d := diag.Diagnostic{Summary: "cannot compare with " + diag.Quote(rev), Detail: ""}
	switch {
	case err == nil:
		return base, rev + ":" + Output, nil
	case errors.Is(err, revision.ErrNoRepository):
		d.Detail, d.Hint = "the directory is in no git repository", "without --base, diff compares with "+Output+"/ as it is"
	case errors.Is(err, revision.ErrExpression):
		d.Detail, d.Hint = revision.ErrExpression.Error(), "let git say which commit it is, and name that: git rev-parse "+diag.Quote(rev+"^{commit}")
	case errors.Is(err, revision.ErrUnknown):
		d.Detail, d.Hint = "there is no such revision", "fetch it first: git fetch origin; in CI, with its history"
	case errors.Is(err, revision.ErrIncomplete):
		d.Detail, d.Hint = incomplete, wholeHint
	case errors.Is(err, fs.ErrNotExist):
		d.Detail, d.Hint = "the revision does not have this directory", "a new cluster has nothing to compare with: harender build makes its output"
	default:
		d.Detail, d.Hint = err.Error(), unreadableGit(err)
	}
	return nil, "", diag.List{d}
}

// unreadableGit is what to do where the repository is of a form that only git reads, or cannot be read at all.
func unreadableGit(err error) string {
	if e, ok := errors.AsType[*revision.FormatError](err); ok {
		return e.Hint
	}
	return "see whether git itself reads it: git fsck"
}

const (
	incomplete = "the repository does not have all of that revision: it is a shallow or a partial clone"
	wholeHint  = "fetch the history (git fetch --unshallow; in CI, with depth 0), or clone without --filter"
)
