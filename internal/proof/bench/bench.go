// Package bench measures harender as its users meet it, as whole processes: against a floor that does the same work in a
// plain loop, against the scripts that a user would glue together instead, and against itself with more nodes or fewer
// changes. It prints ratios and fails over none of them: a figure says something only beside the others of its run.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Options of a run.
type Options struct {
	// Harender, Floor, Hello and Glue are the programs.
	Harender, Floor, Hello, Glue string
	// Layers is the folder of the lib/ and base/ that the glue uses.
	Layers string
	// Dir is where repositories are made, and deleted in the end. It should lie on a real disk.
	Dir string
	// Rounds of measuring; each does every step once.
	Rounds int
	// Env is the environment of the programs. The glue needs jsonnet, kustomize, cfssl, cfssljson, sops and openssl on its PATH.
	Env []string
	Now func() time.Time
}

// starts is how often the start of the program is measured.
const starts = 41

// Run measures, and prints a report in Markdown. What goes on meanwhile goes to progress.
func Run(ctx context.Context, o Options, out, progress io.Writer) (err error) {
	if err := os.MkdirAll(o.Dir, 0o750); err != nil {
		return err
	}
	if o.Dir, err = os.MkdirTemp(o.Dir, "run-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(o.Dir)) }()
	m := meter{env: append(o.Env, "SOPS_AGE_KEY_FILE="+filepath.Join(o.Dir, "operator.txt")), now: o.Now}
	r := report{begin: load(), rounds: o.Rounds}
	if err := r.measure(ctx, m, o, progress); err != nil {
		return err
	}
	r.end = load()
	return r.write(out)
}

func (r *report) measure(ctx context.Context, m meter, o Options, progress io.Writer) (err error) {
	if r.start, err = measureStart(ctx, m, o); err != nil {
		return err
	}
	if r.binary, err = os.Stat(o.Harender); err != nil {
		return err
	}
	for _, s := range sizes(o.Rounds) {
		_, _ = fmt.Fprintf(progress, "bench: %d nodes, %d rounds\n", s.nodes(), s.rounds) // Progress may get lost.
		c, err := newCluster(ctx, m, o, s)
		if err != nil {
			return err
		}
		if err := c.build(ctx, m, o); err != nil {
			return err
		}
		r.clusters = append(r.clusters, c)
	}
	_, _ = fmt.Fprintln(progress, "bench: one changed node") // As above.
	for _, c := range r.clusters {
		if c.workers > reference {
			continue
		}
		if err := c.changes(ctx, m, o); err != nil {
			return err
		}
	}
	return nil
}

// start is what starting a program costs.
type start struct{ version, hello series }

func measureStart(ctx context.Context, m meter, o Options) (s start, err error) {
	for range starts {
		if err := errors.Join(s.version.add(m.run(ctx, o.Harender, "version")), s.hello.add(m.run(ctx, o.Hello))); err != nil {
			return s, err
		}
	}
	return s, nil
}
