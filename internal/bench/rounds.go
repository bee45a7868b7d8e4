package bench

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// size is a cluster of so many nodes, and how often it is measured.
type size struct{ masters, workers, rounds int }

func (s size) nodes() int { return s.masters + s.workers }

func sizes(rounds int) []size {
	return []size{{3, 2, rounds}, {5, 100, rounds}, {5, 1000, rounds}, {5, 10000, (rounds + 2) / 3}}
}

// reference is the number of workers for which the aims are stated.
const reference = 1000

// cluster is a repository under measurement.
type cluster struct {
	size
	dir, repository, floorDir, list string
	spec                            []byte

	first, unchanged, label, address, floor, floorSync series
	labelWrote, addressWrote                           int
	glue                                               glue
}

// measureSize does each step once a round: what is compared lies close together in time.
func measureSize(ctx context.Context, m meter, o Options, dir string, s size) (*cluster, error) {
	dir = filepath.Join(dir, strconv.Itoa(s.nodes()))
	c := &cluster{
		size: s, dir: dir, repository: filepath.Join(dir, "bench"), floorDir: filepath.Join(dir, "floor"), list: filepath.Join(dir, "work"),
	}
	if _, err := m.run(ctx, o.Harender, "init", c.repository, "--control-plane", strconv.Itoa(s.masters), "--workers", strconv.Itoa(s.workers)); err != nil {
		return nil, err
	}
	var err error
	if c.spec, err = os.ReadFile(c.specFile()); err != nil {
		return nil, err
	}
	for i := range s.rounds {
		if err := errors.Join(c.build(ctx, m, o), c.floors(ctx, m, o)); err != nil {
			return nil, err
		}
		if s.workers != reference {
			continue
		}
		if err := c.glue.round(ctx, m, o, c, i); err != nil {
			return nil, err
		}
	}
	return c, os.RemoveAll(dir)
}

func (c *cluster) specFile() string { return filepath.Join(c.repository, "cluster.yaml") }

// build measures a first build, one without changes, and one after each of two changes.
func (c *cluster) build(ctx context.Context, m meter, o Options) error {
	err := errors.Join(os.RemoveAll(filepath.Join(c.repository, "secrets")), os.RemoveAll(filepath.Join(c.repository, "rendered")))
	if err != nil {
		return err
	}
	for _, s := range []*series{&c.first, &c.unchanged} {
		if err := s.add(m.run(ctx, o.Harender, "build", c.repository)); err != nil {
			return err
		}
	}
	if err := c.survey(ctx, m, o); err != nil {
		return err
	}
	if c.labelWrote, err = c.change(ctx, m, o, &c.label, "labels: {example.org/rack: a1}"); err != nil {
		return err
	}
	if c.addressWrote, err = c.change(ctx, m, o, &c.address, "publicAddress: 203.0.113.11"); err != nil {
		return err
	}
	return os.WriteFile(c.specFile(), c.spec, 0o600)
}

// survey lists, once, the work that the floor has to do. A process of its own does it: a child's peak memory is never
// below what its parent had, so this one has to stay small.
func (c *cluster) survey(ctx context.Context, m meter, o Options) error {
	if _, err := os.Stat(c.list); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, err := m.run(ctx, o.Floor, "-survey", c.repository, c.list)
	return err
}

var filesWritten = regexp.MustCompile(`(\d+) files written`)

// change measures a build after one worker got a further field, and tells how many files were rewritten.
func (c *cluster) change(ctx context.Context, m meter, o Options, s *series, field string) (wrote int, err error) {
	worker := fmt.Sprintf("name: w%d,", (c.workers+1)/2)
	before, line, found := strings.Cut(string(c.spec), worker)
	if !found {
		return 0, fmt.Errorf("%s has no %q", c.specFile(), worker)
	}
	changed := before + worker + " " + field + "," + line
	if err := os.WriteFile(c.specFile(), []byte(changed), 0o600); err != nil {
		return 0, err
	}
	if err := s.add(m.run(ctx, o.Harender, "build", c.repository)); err != nil {
		return 0, err
	}
	said := (*s)[len(*s)-1].out
	count := filesWritten.FindStringSubmatch(said)
	if count == nil {
		return 0, fmt.Errorf("a build after a change says %q", said)
	}
	return strconv.Atoi(count[1])
}

// floors measures the plain loop, once leaving the disk to the system and once waiting for it.
func (c *cluster) floors(ctx context.Context, m meter, o Options) error {
	if err := c.floor.add(m.run(ctx, o.Floor, c.list, c.floorDir)); err != nil {
		return err
	}
	if err := os.RemoveAll(c.floorDir); err != nil {
		return err
	}
	if err := c.floorSync.add(m.run(ctx, o.Floor, "-sync", c.list, c.floorDir)); err != nil {
		return err
	}
	return os.RemoveAll(c.floorDir)
}
