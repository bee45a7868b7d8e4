package repository

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/adopt"
	"github.com/harender/harender/internal/keys/issue"
)

// Import takes what was found elsewhere into secrets/ of the repository at root, in one step. A node's name keeps
// certificates to that node. What is taken is told even if nothing is written for an error.
func Import(ctx context.Context, root string, env Environment, found adopt.Found, node string) ([]issue.Outcome, diag.List, error) {
	var taken []issue.Outcome
	list, err := rewrite(ctx, root, env, func(p plan.Plan, in issue.Inputs) (change, diag.List) {
		imported, list := issue.Import(p, in, found, node)
		taken = imported.Taken
		return change{imported.Write, imported.Remove}, list
	})
	return taken, list, err
}

// Request asks for what authorities elsewhere have to sign, and keeps keys and requests in secrets/ of the repository at
// root. What ends within the time before is asked for too, if there is one. It gives all requests that wait, new or not.
func Request(ctx context.Context, root string, env Environment, before time.Duration) (issue.CSRResult, diag.List, error) {
	var asked issue.CSRResult
	list, err := rewrite(ctx, root, env, func(p plan.Plan, in issue.Inputs) (change, diag.List) {
		var list diag.List
		in.Renew = issue.Renewal{Asked: before > 0, Before: before}
		asked, list = issue.Request(p, in)
		return change{asked.Write, nil}, list
	})
	return asked, list, err
}

// Copy writes files that are no secret into a directory, which it makes; what else is there stays.
func Copy(dir string, files []issue.Content) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("finding %s: %w", dir, err)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil { // #nosec G301 -- what lies there is public
		return err
	}
	_, err = tree.Replace(filepath.Dir(dir), filepath.Base(dir), contents(files), nil)
	return err
}

// change is what happens to secrets/.
type change struct {
	write  []issue.Content
	remove []string
}

// rewrite lets decide work out what happens to secrets/, and does it under the lock.
func rewrite(ctx context.Context, root string, env Environment, decide func(plan.Plan, issue.Inputs) (change, diag.List)) (diag.List, error) {
	dir, list := open(root)
	if list.HasErrors() {
		return list, nil
	}
	unlock, err := tree.Lock(ctx, root)
	if err != nil {
		return closeRoot(dir), err
	}
	list, err = rewriteLocked(dir, env, decide)
	return append(list, closeRoot(dir)...), errors.Join(err, unlock())
}

func rewriteLocked(dir *os.Root, env Environment, decide func(plan.Plan, issue.Inputs) (change, diag.List)) (diag.List, error) {
	if err := tree.Recover(dir.Name(), secrets); err != nil {
		return nil, err
	}
	doc, c, list := settled(dir, env)
	if list.HasErrors() {
		return list, nil
	}
	layers := layer.Stack{dir.FS(), env.Builtin}
	in, found := issueInputs(dir, env)
	if list = append(list, found...); list.HasErrors() {
		return list, nil
	}
	todo, found := decide(plan.Make(c), in)
	list = append(list, compile.Complete(layers, doc, found)...)
	if list.HasErrors() {
		return list, nil
	}
	files := contents(todo.write)
	listed, found := summed(dir.FS(), files, todo.remove)
	if list = append(list, found...); list.HasErrors() || len(files) == 0 {
		return list, nil
	}
	if _, err := tree.Replace(dir.Name(), secrets, append(files, listed), todo.remove); err != nil {
		return list, fmt.Errorf("writing %s: %w", secrets, err)
	}
	return list, nil
}

func contents(files []issue.Content) []tree.Entry {
	out := make([]tree.Entry, len(files))
	for i, f := range files {
		out[i] = tree.Entry{Path: f.Path, Content: f.Data}
	}
	return out
}
