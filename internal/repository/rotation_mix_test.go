package repository_test

import (
	"bytes"
	"errors"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/repository"
)

// turn is a step of a rotation. Apart tells that nodes which miss it, and have only what was before the step before, cannot keep up.
type turn struct {
	phase issue.Phase
	apart bool
}

// turns lead through a rotation, and back from each of its points.
func turns() []turn {
	return []turn{
		{issue.Stage, false}, {issue.Back, false}, {issue.Stage, false}, {issue.Promote, true},
		{issue.Back, false}, {issue.Promote, false}, {issue.Retire, true},
	}
}

// TestRotationOfMixedNodes makes every step of every authority's rotation, and mixes the directories before and after it in every
// way that five nodes can be mixed: each client accepts each server that it may meet, and the other way round. openssl judges
// a sample of it.
func TestRotationOfMixedNodes(t *testing.T) {
	judge := &verifier{now: time.Now(), known: map[string]verdict{}}
	mixes := 0
	for _, authority := range []string{"etcd", "front-proxy", "kubernetes"} {
		t.Run(authority, func(t *testing.T) {
			f := newFleet(t, 3, 2)
			f.build(t)
			p := compileRepository(t, os.DirFS(f.dir)).Plan
			links := linksOf(t, os.DirFS(filepath.Join(f.dir, repository.Output)), p)
			mixes += f.rotated(t, p, authority, func(mix map[string]nodeTree) (errs []error) {
				for _, l := range links {
					errs = append(errs, judge.link(mix, l))
				}
				return errs
			})
		})
	}
	t.Logf("%d mixes of nodes, %d certificates verified in them, %d of these different", mixes, judge.count, len(judge.known))
	t.Logf("openssl agrees on %d of them", judge.second(t))
}

// rotated leads a rotation through its phases. At each, check sees every way to have some nodes before it and the others after it,
// and finds nothing; and finds something in the ways to have nodes two steps apart, where they cannot be. It gives the number of ways.
func (f fleet) rotated(t *testing.T, p plan.Plan, name string, check func(mix map[string]nodeTree) []error) int {
	t.Helper()
	states, mixes := []map[string]nodeTree{f.rendered(t, p)}, 0
	for i, turn := range turns() {
		_, list, err := repository.Build(t.Context(), f.dir, f.env, repository.Options{Rotate: repository.Rotation{Name: name, Phase: turn.phase}})
		if err != nil || list.HasErrors() {
			t.Fatal(err, list)
		}
		states = append(states, f.rendered(t, p))
		before, after := states[i], states[i+1]
		if len(differing(before, after)) == 0 {
			t.Fatalf("%s of %s changes nothing", turn.phase, name)
		}
		for m := range mixed(before, after) {
			mixes++
			if err := errors.Join(check(m.nodes)...); err != nil {
				t.Fatalf("%s of %s, with %v behind: %v", turn.phase, name, m.behind, err)
			}
		}
		if turn.apart && !slices.ContainsFunc(slices.Collect(mixed(states[i-1], after)), func(m mixture) bool {
			return errors.Join(check(m.nodes)...) != nil
		}) {
			t.Errorf("%s of %s: nodes that missed the step before are not cut off, or the test does not see it", turn.phase, name)
		}
	}
	return mixes
}

// nodeTree are those of one node by their path.
type nodeTree map[string][]byte

// rendered reads the directories of all nodes.
func (f fleet) rendered(t *testing.T, p plan.Plan) map[string]nodeTree {
	t.Helper()
	out := map[string]nodeTree{}
	for _, name := range p.NodeNames() {
		all := nodeTree{}
		dir := os.DirFS(filepath.Join(f.dir, repository.Output, name))
		err := fs.WalkDir(dir, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			all[path], err = fs.ReadFile(dir, path)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		out[name] = all
	}
	return out
}

// differing lists the nodes whose files differ.
func differing(before, after map[string]nodeTree) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if !maps.EqualFunc(before[name], after[name], bytes.Equal) {
			out = append(out, name)
		}
	}
	return out
}

// mixture has some nodes as they were before a step.
type mixture struct {
	nodes  map[string]nodeTree
	behind []string
}

// mixed yields all mixtures: 2^n for n nodes.
func mixed(before, after map[string]nodeTree) iter.Seq[mixture] {
	names := slices.Sorted(maps.Keys(after))
	return func(yield func(mixture) bool) {
		for chosen := range 1 << len(names) {
			m := mixture{nodes: maps.Clone(after)}
			for i, name := range names {
				if chosen>>i&1 == 1 {
					m.nodes[name], m.behind = before[name], append(m.behind, name)
				}
			}
			if !yield(m) {
				return
			}
		}
	}
}
