package revision

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/proof/testtool"
)

// TestLimits: what would not fit into memory, and what would be waited for without end, is refused in a moment.
func TestLimits(t *testing.T) {
	const huge = 3 << 30
	for name, spoil := range map[string]func(root string) error{
		"a pipe as .git": func(root string) error {
			git := filepath.Join(root, ".git")
			return errors.Join(os.RemoveAll(git), syscall.Mkfifo(git, 0o600))
		},
		"a pipe as HEAD": func(root string) error {
			head := filepath.Join(root, ".git/HEAD")
			return errors.Join(os.Remove(head), syscall.Mkfifo(head, 0o600))
		},
		"a huge config": func(root string) error { return os.Truncate(filepath.Join(root, ".git/config"), huge) },
		"a huge index of a pack": func(root string) error {
			packs, err := filepath.Glob(filepath.Join(root, ".git/objects/pack/*.idx"))
			if err != nil || len(packs) == 0 {
				return errors.Join(err, errors.New("no pack"))
			}
			return errors.Join(os.Chmod(packs[0], 0o600), os.Truncate(packs[0], huge))
		},
		"a device as packed-refs": func(root string) error {
			refs := filepath.Join(root, ".git/packed-refs")
			return errors.Join(os.RemoveAll(refs), os.Symlink("/dev/zero", refs))
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := repository(t)
			if err := spoil(root); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(root, "HEAD"); err == nil || !strings.Contains(err.Error(), ".git") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestHugeBlob: a blob is refused by what its header says, before it is unpacked.
func TestHugeBlob(t *testing.T) {
	root := repository(t)
	large := filepath.Join(root, "large")
	if err := errors.Join(os.WriteFile(large, nil, 0o600), os.Truncate(large, bounded.Index+1)); err != nil {
		t.Fatal(err)
	}
	testtool.Git(t, root, "add", "large")
	testtool.Git(t, root, "commit", "-q", "-m", "large")
	files, err := Open(root, "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fs.ReadFile(files, "large"); !errors.Is(err, bounded.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	if _, err := fs.ReadFile(files, "c/cluster.yaml"); err != nil {
		t.Error(err)
	}
}
