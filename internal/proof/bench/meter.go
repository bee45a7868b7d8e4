package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// sample is what one process cost, with all that it started and waited for.
type sample struct {
	wall, cpu time.Duration
	// peak is the largest resident memory of a single process, in bytes.
	peak int64
	out  string
}

// meter runs processes.
type meter struct {
	env []string
	now func() time.Time
}

// run runs a program to its end.
func (m meter) run(ctx context.Context, program string, args ...string) (sample, error) {
	return m.ends(ctx, 0, program, args...)
}

// ends runs a program that ends with that status. The disk has nothing left to write when it begins, so that no run pays for
// another.
func (m meter) ends(ctx context.Context, status int, program string, args ...string) (sample, error) {
	syscall.Sync()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = m.env, &stdout, &stderr
	begin := m.now()
	err := cmd.Run()
	wall := m.now().Sub(begin)
	state := cmd.ProcessState
	if state == nil || state.ExitCode() != status {
		return sample{}, fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, stderr.String())
	}
	return sample{wall: wall, cpu: state.UserTime() + state.SystemTime(), peak: peak(state), out: stdout.String()}, nil
}

func peak(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	switch {
	case !ok:
		return 0
	case runtime.GOOS == "darwin":
		return usage.Maxrss
	default:
		return usage.Maxrss << 10
	}
}

// series are samples of one step.
type series []sample

func (s *series) add(one sample, err error) error {
	*s = append(*s, one)
	return err
}

// median has the median of each figure.
func (s series) median() sample {
	if len(s) == 0 {
		return sample{}
	}
	return sample{
		wall: middle(s, func(one sample) time.Duration { return one.wall }),
		cpu:  middle(s, func(one sample) time.Duration { return one.cpu }),
		peak: middle(s, func(one sample) int64 { return one.peak }),
	}
}

// middle is the lower one of two in the middle.
func middle[T time.Duration | int64](s series, figure func(sample) T) T {
	var all []T
	for _, one := range s {
		all = append(all, figure(one))
	}
	slices.Sort(all)
	return all[(len(all)-1)/2]
}
