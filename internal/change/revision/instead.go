package revision

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/util"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// instead is where git has something else than what lies there, and go-git has what lies there. Reading that is refused.
type instead struct {
	// replaced are objects in whose place git reads others.
	replaced map[plumbing.Hash]bool
	// grafted are commits with other parents than their own, and cut those without, as a shallow clone ends there.
	grafted, cut map[plumbing.Hash]bool
}

const replaceRefs = "refs/replace/"

// insteadOf looks at a repository, whose shared part lies in common.
func insteadOf(s *filesystem.Storage, settings *config.Config, common billy.Filesystem) (instead, error) {
	out := instead{map[plumbing.Hash]bool{}, map[plumbing.Hash]bool{}, map[plumbing.Hash]bool{}}
	if !strings.EqualFold(settings.Raw.Section("core").Option("useReplaceRefs"), "false") {
		refs, err := s.IterReferences()
		if err != nil {
			return out, err
		}
		err = refs.ForEach(func(r *plumbing.Reference) error {
			if hash, is := strings.CutPrefix(r.Name().String(), replaceRefs); is {
				out.replaced[plumbing.NewHash(hash)] = true
			}
			return nil
		})
		if err != nil {
			return out, err
		}
	}
	text, err := util.ReadFile(common, "info/grafts")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return out, err
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 0 {
			out.grafted[plumbing.NewHash(fields[0])] = true
		}
	}
	ends, err := s.Shallow()
	for _, h := range ends {
		out.cut[h] = true
	}
	return out, err
}

// object refuses one that is replaced.
func (i instead) object(hash plumbing.Hash) error {
	if !i.replaced[hash] {
		return nil
	}
	return &FormatError{
		replaceRefs + hash.String() + ", in whose place git reads another object", "see git replace -l; what nobody needs is deleted by git replace -d " + hash.String(),
	}
}

// parents refuses a commit that has others, or none any more.
func (i instead) parents(hash plumbing.Hash) error {
	switch {
	case i.cut[hash]:
		return ErrIncomplete
	case i.grafted[hash]:
		return &FormatError{
			"info/grafts with other parents of " + hash.String(), "name the commit itself, or remove the line from info/grafts",
		}
	}
	return nil
}

// elsewhere refuses a repository that says that the folder around its .git is not its worktree. A linked worktree has that
// setting for the main one.
func elsewhere(settings *config.Config, dot, top string) error {
	own, err := util.ReadFile(disk(), filepath.Join(dot, "config.worktree"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	more := config.NewConfig()
	if err := more.Unmarshal(own); err != nil {
		return fmt.Errorf("config.worktree: %w", err)
	}
	for _, place := range []string{settings.Core.Worktree, more.Core.Worktree} {
		if place == "" {
			continue
		}
		at := place
		if !filepath.IsAbs(at) {
			at = filepath.Join(dot, at)
		}
		if found, err := filepath.EvalSymlinks(at); err != nil || found != top {
			return &FormatError{"core.worktree = " + place, "run it in that folder, or git config --unset core.worktree"}
		}
	}
	return nil
}
