package revision

import (
	"errors"
	"io/fs"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestForms reads repositories as git makes them for those who use more of it, or names the extension that it cannot read and
// a way out.
func TestForms(t *testing.T) {
	for name, c := range map[string]struct {
		script, at, extension string
	}{
		"sparse once":       {"git sparse-checkout set --no-cone '/*' && git sparse-checkout disable", ".", ""},
		"sparse":            {"git sparse-checkout set c/rendered", ".", ""},
		"worktree settings": {"git config core.repositoryformatversion 1 && git config extensions.worktreeConfig true", ".", ""},
		"linked":            {"git worktree add -q ../linked HEAD", "../linked", ""},
		"linked and sparse": {"git worktree add -q ../linked HEAD && cd ../linked && git sparse-checkout set c/rendered", "../linked", ""},
		"linked relatively": {"git worktree add -q ../linked HEAD && echo gitdir: ../root/.git/worktrees/linked > ../linked/.git && git config core.repositoryformatversion 1 && git config extensions.relativeWorktrees true", "../linked", ""},
		"packed":            {"git gc -q && git pack-refs --all", ".", ""},
		"precious":          {"git config core.repositoryformatversion 1 && git config extensions.preciousObjects true", ".", ""},
		"files by name":     {"git config core.repositoryformatversion 1 && git config extensions.objectFormat sha1 && git config extensions.refStorage files", ".", ""},
		"borrowing":         {"git clone -q --shared . ../copy", "../copy", ""},
		"a promisor":        {"git config core.repositoryformatversion 1 && git config extensions.partialClone origin", ".", ""},
		"a submodule":       {"git init -q ../over && cd ../over && git -c protocol.file.allow=always submodule --quiet add ../root sub", "../over/sub", ""},
		"SHA-256":           {"git init -q --object-format=sha256 ../new && cp -r c ../new && cd ../new && git add . && git commit -qm x", "../new", "extensions.objectFormat = sha256"},
		"reftable":          {"git config core.repositoryformatversion 1 && git config extensions.refStorage reftable", ".", "extensions.refStorage = reftable"},
		"an unknown one":    {"git config core.repositoryformatversion 1 && git config extensions.later yes", ".", "extensions.later"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := filepath.Join(t.TempDir(), "root")
			if out, err := exec.Command("git", "clone", "-q", "--no-hardlinks", repository(t), root).CombinedOutput(); err != nil { // #nosec G204 -- the test's own folders
				t.Fatalf("%v\n%s", err, out)
			}
			cmd := exec.Command("bash", "-ec", c.script) // #nosec G204 -- the test's own words
			cmd.Dir = root
			cmd.Env = append(cmd.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_NAME=n", "GIT_AUTHOR_EMAIL=e", "GIT_COMMITTER_NAME=n", "GIT_COMMITTER_EMAIL=e")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			files, err := Open(filepath.Join(root, c.at), "HEAD")
			if c.extension != "" {
				e, ok := errors.AsType[*FormatError](err)
				if !ok || e.Extension != c.extension || e.Hint == "" {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := fs.ReadFile(files, "c/cluster.yaml"); err != nil {
				t.Error(err)
			}
		})
	}
}
