package revision

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestInstead sets up a repository so that git reads something else than what lies there, or would run or fetch something: what is
// read is what git itself shows of that revision, or it is refused. Nothing is run.
func TestInstead(t *testing.T) {
	for name, c := range map[string]struct {
		script, rev string
		// refused: by a message of its own, or as incomplete; else it is read.
		refused bool
	}{
		"as it is":                     {"true", "HEAD", false},
		"a commit replaced":            {"git replace HEAD HEAD~1", "HEAD", true},
		"another commit replaced":      {"git replace HEAD HEAD~1", "HEAD~1", true}, // The way there is through HEAD.
		"not on the way":               {"git replace HEAD HEAD~1", "v1", false},
		"a tree replaced":              {"git replace HEAD^{tree} HEAD~1^{tree}", "HEAD", true},
		"a folder replaced":            {"git replace HEAD:c HEAD~1:c", "HEAD", true},
		"a file replaced":              {"git replace -f $(git rev-parse HEAD:c/cluster.yaml) $(git rev-parse HEAD~1:c/cluster.yaml)", "HEAD", true},
		"a tag replaced":               {"git tag -a -m x v2 HEAD && git tag -a -m x v3 HEAD~1 && git replace $(git rev-parse v2) $(git rev-parse v3)", "v2", true},
		"replaced, and packed":         {"git replace HEAD HEAD~1 && git pack-refs --all", "HEAD", true},
		"replaced, and not to be read": {"git replace HEAD HEAD~1 && git config core.useReplaceRefs false", "HEAD", false},
		"a graft":                      {"git commit -q --allow-empty -m 3 && echo $(git rev-parse HEAD) $(git rev-parse v1) > .git/info/grafts", "HEAD~1", true},
		"a graft beside the way":       {"git commit -q --allow-empty -m 3 && echo $(git rev-parse HEAD) $(git rev-parse v1) > .git/info/grafts", "HEAD", false},
		"cut":                          {"git rev-parse HEAD > .git/shallow", "HEAD~1", true},
		"cut behind":                   {"git rev-parse HEAD > .git/shallow", "HEAD", false},
		"alternates":                   {"git clone -q --shared . ../other && git -C ../other commit -q --allow-empty -m 3", "HEAD", false},
		"http-alternates":              {"echo http://127.0.0.1:9/objects > .git/objects/info/http-alternates", "HEAD", false},
		"another worktree":             {"mkdir ../tree && git config core.worktree ../../tree", "HEAD", true},
		"another one, absolute":        {"mkdir -p ../tree && git config core.worktree $PWD/../tree", "HEAD", true},
		"the same worktree":            {"git config core.worktree $PWD", "HEAD", false},
		"a worktree of its own":        {"mkdir ../tree && git config core.repositoryFormatVersion 1 && git config extensions.worktreeConfig true && git config --worktree core.worktree $PWD/../tree", "HEAD", true},
		"a .git elsewhere":             {"mv .git ../dot && echo gitdir: ../dot > .git", "HEAD", false},
		"a .git nowhere":               {"mv .git ../dot && echo gitdir: ../nothing > .git", "HEAD", true},
		"an include":                   {"printf '[core]\\n\\tworktree = /nowhere\\n[extensions]\\n\\tobjectFormat = sha256\\n' > more && git config include.path $PWD/more", "HEAD", false},
		"programs": {
			"for k in core.fsmonitor core.sshCommand core.pager core.editor diff.external diff.x.textconv filter.x.smudge filter.x.process filter.x.clean core.askPass credential.helper; do " +
				"git config $k \"touch $PWD/ran\"; done; mkdir hooks; printf '#!/bin/sh\\ntouch ran\\n' > hooks/post-checkout; chmod +x hooks/*; git config core.hooksPath hooks; echo '* filter=x diff=x' > .gitattributes",
			"HEAD", false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := repository(t)
			run := func(script string) (string, error) {
				cmd := exec.Command("bash", "-ec", script) // #nosec G204 -- the test's own words
				cmd.Dir = root
				cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_NAME=n", "GIT_AUTHOR_EMAIL=e", "GIT_COMMITTER_NAME=n", "GIT_COMMITTER_EMAIL=e")
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			if out, err := run(c.script); err != nil {
				t.Fatal(out)
			}
			got := ""
			files, err := Open(root, c.rev)
			if err == nil {
				var text []byte
				text, err = fs.ReadFile(files, "c/cluster.yaml")
				got = string(text)
			}
			if _, ran := os.Stat(filepath.Join(root, "ran")); ran == nil {
				t.Error("a program was run")
			}
			said, _ := run("git cat-file blob " + c.rev + ":c/cluster.yaml")
			_, form := errors.AsType[*FormatError](err)
			switch {
			case c.refused && !form && !errors.Is(err, ErrIncomplete) && (err == nil || !strings.Contains(name, "nowhere")):
				t.Errorf("it is %q, %v; git says %q", got, err, said)
			case !c.refused && (err != nil || got != said):
				t.Errorf("it is %q, %v; git says %q", got, err, said)
			}
		})
	}
}
