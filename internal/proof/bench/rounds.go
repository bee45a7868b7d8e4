package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// size is a cluster of so many nodes, and how often it is measured.
type size struct{ masters, workers, rounds int }

func (s size) nodes() int { return s.masters + s.workers }

func sizes(rounds int) []size {
	return []size{{3, 2, rounds}, {5, 100, rounds}, {5, reference, rounds}, {5, 10 * reference, (rounds + 4) / 5}}
}

// reference is the number of workers for which the aims are stated.
const reference = 1000

// cluster is what was measured of one size.
type cluster struct {
	size
	dir string

	first, unchanged, label, address, floor, floorSync series
	// same and differs are of diff, without changes and after a label.
	same, differs            series
	labelWrote, addressWrote int
	glue                     glue
}

// newCluster makes a repository for each round. Nothing is deleted before all is measured: some file systems take long to
// make files where they deleted others a moment ago, and the next to be measured would pay.
func newCluster(ctx context.Context, m meter, o Options, s size) (*cluster, error) {
	c := &cluster{size: s, dir: filepath.Join(o.Dir, strconv.Itoa(s.nodes()))}
	for i := range s.rounds {
		_, err := m.run(ctx, o.Harender, "init", c.repository(i),
			"--control-plane", strconv.Itoa(s.masters), "--workers", strconv.Itoa(s.workers))
		if err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *cluster) repository(round int) string {
	return filepath.Join(c.dir, strconv.Itoa(round), "bench")
}

// build does each step once a round: what is compared lies close together in time.
func (c *cluster) build(ctx context.Context, m meter, o Options) error {
	for i := range c.rounds {
		for _, s := range []*series{&c.first, &c.unchanged} {
			if err := s.add(m.run(ctx, o.Harender, "build", c.repository(i))); err != nil {
				return err
			}
		}
		if err := c.same.add(m.run(ctx, o.Harender, "diff", c.repository(i))); err != nil {
			return err
		}
		if err := c.floors(ctx, m, o, i); err != nil {
			return err
		}
		if c.workers != reference {
			continue
		}
		if err := c.glue.round(ctx, m, o, c, i); err != nil {
			return err
		}
	}
	return nil
}

// floors measures the plain loop, once leaving the disk to the system and once waiting for it. A process of its own lists
// its work: a child's peak memory is never below what its parent had, so this one has to stay small.
func (c *cluster) floors(ctx context.Context, m meter, o Options, round int) error {
	list := filepath.Join(c.dir, "work")
	if round == 0 {
		if _, err := m.run(ctx, o.Floor, "-survey", c.repository(0), list); err != nil {
			return err
		}
	}
	dir := filepath.Dir(c.repository(round))
	return errors.Join(
		c.floor.add(m.run(ctx, o.Floor, list, filepath.Join(dir, "floor"))),
		c.floorSync.add(m.run(ctx, o.Floor, "-sync", list, filepath.Join(dir, "floor-sync"))),
	)
}

// changes measures a build after each of two changes to one worker.
func (c *cluster) changes(ctx context.Context, m meter, o Options) (err error) {
	for i := range c.rounds {
		if c.labelWrote, err = c.change(ctx, m, o, i, &c.label, "labels: {example.org/rack: a1}"); err != nil {
			return err
		}
		if c.addressWrote, err = c.change(ctx, m, o, i, &c.address, "publicAddress: 203.0.113.11"); err != nil {
			return err
		}
	}
	return nil
}

// change measures a build, and a diff before the first one, after one worker got a further field, and tells how many files were rewritten. (Its report in
// JSON costs a hundredth more than the line that other builds print.)
func (c *cluster) change(ctx context.Context, m meter, o Options, round int, s *series, field string) (wrote int, err error) {
	name := filepath.Join(c.repository(round), "cluster.yaml")
	spec, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	worker := fmt.Sprintf("name: w%d,", (c.workers+1)/2)
	before, after, found := strings.Cut(string(spec), worker)
	if !found {
		return 0, fmt.Errorf("%s has no %q", name, worker)
	}
	if err := os.WriteFile(name, []byte(before+worker+" "+field+","+after), 0o600); err != nil {
		return 0, err
	}
	if s == &c.label {
		if err := c.differs.add(m.ends(ctx, 1, o.Harender, "diff", c.repository(round))); err != nil {
			return 0, err
		}
	}
	one, err := m.run(ctx, o.Harender, "build", "-o", "json", c.repository(round))
	if err != nil {
		return 0, err
	}
	*s = append(*s, one)
	var said struct{ Rendered struct{ Written int } }
	if err := json.Unmarshal([]byte(one.out), &said); err != nil {
		return 0, fmt.Errorf("the report of a build: %w", err)
	}
	return said.Rendered.Written, nil
}
