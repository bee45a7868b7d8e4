package revision

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-billy/v5/util"
	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"
)

// FormatError is about a git repository of a form that cannot be read without git.
type FormatError struct {
	// Extension is the setting that says so, and Hint the way out.
	Extension, Hint string
}

// Error names the extension.
func (e *FormatError) Error() string {
	return "the git repository has " + e.Extension + ", which harender cannot read"
}

// disk is the file system as go-git reads it.
func disk() billy.Filesystem { return osfs.New("/") }

// topOf is the directory that holds .git, at dir or above it.
func topOf(dir string) (string, error) {
	for {
		if _, err := disk().Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", ErrNoRepository
		}
		dir = up
	}
}

// opened opens the repository at top, with what it borrows from others on this machine, as clones with --shared and
// --reference do. go-git opens none with an extension that it does not know; most say nothing about what was committed.
func opened(top string) (*git.Repository, error) {
	dot, err := gitDirectory(top)
	if err != nil {
		return nil, err
	}
	common, err := pathIn(filepath.Join(dot, "commondir"), "", dot)
	if err != nil {
		return nil, err
	}
	var shared billy.Filesystem
	if common != "" {
		shared = osfs.New(common)
	}
	files := dotgit.NewRepositoryFilesystem(osfs.New(dot), shared)
	s := filesystem.NewStorageWithOptions(files, cache.NewObjectLRUDefault(), filesystem.Options{AlternatesFS: osfs.New("/")})
	settings, err := s.Config()
	if err != nil {
		return nil, err
	}
	if err := unreadable(settings); err != nil {
		return nil, err
	}
	if common == "" {
		shared = osfs.New(dot)
		if err := elsewhere(settings, dot, top); err != nil {
			return nil, err
		}
	}
	other, err := insteadOf(s, settings, shared)
	if err != nil {
		return nil, err
	}
	repo, err := git.Open(lenient{limited{s, other}}, osfs.New(top))
	if errors.Is(err, git.ErrRepositoryNotExists) {
		return nil, ErrNoRepository
	}
	return repo, err
}

// gitDirectory is where .git is: a directory, or a file that names one, as in a linked worktree or a submodule.
func gitDirectory(top string) (string, error) {
	dot := filepath.Join(top, ".git")
	if info, err := disk().Stat(dot); err != nil || info.IsDir() {
		return dot, err
	}
	return pathIn(dot, "gitdir: ", top)
}

// pathIn is the path in a file of one line, which may be relative to a directory; empty if there is no such file.
func pathIn(file, prefix, from string) (string, error) {
	text, err := util.ReadFile(disk(), file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	name, found := strings.CutPrefix(strings.TrimRight(string(text), "\r\n"), prefix)
	if !found || name == "" {
		return "", fmt.Errorf("%s names no directory", file)
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(from, name)
	}
	return name, nil
}

const section = "extensions"

// unreadable finds an extension that changes how objects or references are stored. Those of the second list do not (git,
// Documentation/config/extensions.txt): they are about worktrees, and about objects that are not to be deleted or not here.
func unreadable(settings *config.Config) error {
	for _, o := range settings.Raw.Section(section).Options {
		key, value := strings.ToLower(o.Key), strings.ToLower(o.Value)
		switch key {
		case "objectformat":
			if value != "sha1" {
				return &FormatError{
					"extensions.objectFormat = " + o.Value,
					"keep the cluster in a repository with SHA-1 objects: git init --object-format=sha1",
				}
			}
		case "refstorage":
			if value != "files" {
				return &FormatError{"extensions.refStorage = " + o.Value, "run git refs migrate --ref-format=files"}
			}
		case "worktreeconfig", "relativeworktrees", "preciousobjects", "partialclone", "compatobjectformat", "noop", "noop-v1":
		default:
			return &FormatError{"extensions." + o.Key, "if no program needs it any more: git config --unset extensions." + o.Key}
		}
	}
	return nil
}

// lenient shows go-git no extension: those that matter were found before.
type lenient struct{ limited }

// Config is the configuration without them.
func (l lenient) Config() (*config.Config, error) {
	c, err := l.Storage.Config()
	if err == nil {
		c.Raw.RemoveSection(section)
	}
	return c, err
}
