package repository

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/access"
	"github.com/harender/harender/internal/layout"
)

// Pruning says which of the secrets that nothing needs are to go.
type Pruning struct {
	// Retired were replaced; Departed are of nodes and duties that left the spec.
	Retired, Departed bool
	// OlderThan spares what was needed since; zero spares none.
	OlderThan time.Duration
}

func (o Pruning) takes(r access.StaleSecret, now time.Time) bool {
	wanted := o.Departed
	if r.Kind == access.Retired {
		wanted = o.Retired
	}
	return wanted && (o.OlderThan == 0 || !r.Since().IsZero() && now.Sub(r.Since()) > o.OlderThan)
}

// Prune removes secrets that nothing needs from the repository at root, in one step, and gives those. What rendered/ still
// holds, or what a node's copy was made of, stays, with a warning.
func Prune(ctx context.Context, root string, env Environment, o Pruning) (removed []access.StaleSecret, list diag.List, err error) {
	dir, list := open(root)
	if list.HasErrors() {
		return nil, list, nil
	}
	unlock, err := tree.Lock(ctx, root)
	if err != nil {
		return nil, closeRoot(dir), err
	}
	removed, list, err = prune(dir, env, o)
	return removed, append(list, closeRoot(dir)...), errors.Join(err, unlock())
}

func prune(dir *os.Root, env Environment, o Pruning) ([]access.StaleSecret, diag.List, error) {
	if err := tree.Recover(dir.Name(), secrets); err != nil {
		return nil, nil, err
	}
	_, c, list := settled(dir, env)
	if list.HasErrors() {
		return nil, list, nil
	}
	own := layer.Below(layer.Stack{dir.FS()}, secrets)
	stale, found := access.StaleSecrets(plan.Make(c), own, env.Now())
	if list = append(list, found...); list.HasErrors() {
		return nil, list, nil
	}
	stale = slices.DeleteFunc(stale, func(r access.StaleSecret) bool { return !o.takes(r, env.Now()) })
	used, err := inUse(dir.Name(), own, stale)
	if err != nil {
		return nil, nil, err
	}
	stale, found = spared(stale, used)
	list = append(list, found...)
	if len(stale) == 0 {
		return nil, list, nil
	}
	names := filesOf(stale)
	listed, touched := summed(dir.FS(), nil, names)
	if list = append(list, touched...); list.HasErrors() {
		return nil, list, nil
	}
	if _, err := tree.Replace(dir.Name(), secrets, []tree.Entry{listed}, names); err != nil {
		return nil, list, fmt.Errorf("writing %s: %w", secrets, err)
	}
	return stale, list, nil
}

// filesOf are their paths below secrets/.
func filesOf(stale []access.StaleSecret) []string {
	var out []string
	for _, r := range stale {
		for _, f := range r.Files {
			out = append(out, strings.TrimPrefix(f, layout.Secrets))
		}
	}
	return out
}

// inUse are the SHA-256 of what the output lists, and of what the copies that stay were made of.
func inUse(root string, own fs.FS, stale []access.StaleSecret) (map[string]string, error) {
	going := map[string]bool{}
	for _, name := range filesOf(stale) {
		going[name] = true
	}
	used := map[string]string{}
	err := fs.WalkDir(own, "nodes", func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && name == "nodes":
			return fs.SkipAll
		case err != nil || !d.Type().IsRegular() || path.Ext(name) != layout.Source || going[name]:
			return err
		}
		text, err := bounded.ReadFile(own, name, bounded.File)
		for line := range strings.Lines(string(text)) {
			sum, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			used[sum] = "a node's copy was made of them"
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", secrets, err)
	}
	listed, err := tree.Listed(root, Output)
	if err != nil {
		return nil, fmt.Errorf("reading the indexes of %s: %w", Output, err)
	}
	for sum := range maps.Keys(listed) {
		used[sum] = Output + "/ still holds them"
	}
	return used, nil
}

// spared parts what is in use from the rest, with a warning for each way in which it is.
func spared(stale []access.StaleSecret, used map[string]string) (rest []access.StaleSecret, list diag.List) {
	kept := map[string][]string{}
	for _, r := range stale {
		i := slices.IndexFunc(r.Sums, func(sum string) bool { return used[sum] != "" })
		if i < 0 {
			rest = append(rest, r)
			continue
		}
		kept[used[r.Sums[i]]] = append(kept[used[r.Sums[i]]], r.Files[i])
	}
	for _, why := range slices.Sorted(maps.Keys(kept)) {
		files := kept[why]
		list = append(list, diag.Diagnostic{
			Severity: diag.Warning, Summary: fmt.Sprintf("%d secrets stay: %s", len(files), why), Detail: diag.Few(files),
			Hint: "run harender build, which lets go of what the spec does not ask for, and then prune with --departed too", Pos: diag.Pos{File: secrets},
		})
	}
	return rest, list
}
