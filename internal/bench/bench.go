// Package bench measures harender as its users meet it, as whole processes: against a floor that does the same work in a
// plain loop, against the scripts that a user would glue together instead, and against itself with more nodes or fewer
// changes. It prints ratios and fails over none of them: a figure says something only beside the others of its run.
package bench

import (
	"context"
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
	// Dir is where repositories are made. It should lie on a real disk, and what it held is lost.
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
func Run(ctx context.Context, o Options, out, progress io.Writer) error {
	dir, err := fresh(o.Dir)
	if err != nil {
		return err
	}
	o.Env = append(o.Env, "SOPS_AGE_KEY_FILE="+filepath.Join(dir, "operator.txt"))
	m := meter{env: o.Env, now: o.Now}
	r := report{begin: load(), rounds: o.Rounds}
	if r.start, err = measureStart(ctx, m, o); err != nil {
		return err
	}
	for _, s := range sizes(o.Rounds) {
		_, _ = fmt.Fprintf(progress, "bench: %d nodes, %d rounds\n", s.nodes(), s.rounds) // Progress alone may get lost.
		c, err := measureSize(ctx, m, o, dir, s)
		if err != nil {
			return fmt.Errorf("%d nodes: %w", s.nodes(), err)
		}
		r.clusters = append(r.clusters, c)
	}
	if r.binary, err = os.Stat(o.Harender); err != nil {
		return err
	}
	r.end = load()
	return r.write(out)
}

// fresh makes an empty directory of it.
func fresh(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o750)
}

// start is what starting a program costs.
type start struct{ version, hello series }

func measureStart(ctx context.Context, m meter, o Options) (s start, err error) {
	for range starts {
		if err := s.version.add(m.run(ctx, o.Harender, "version")); err != nil {
			return s, err
		}
		if err := s.hello.add(m.run(ctx, o.Hello)); err != nil {
			return s, err
		}
	}
	return s, nil
}
