// Package sandbox runs the engines of [render] in a child process, which has limits and no key. jsonnet and kustomize have
// no limits of their own, and hostile input makes them eat their stack, their memory or all time: none of these can be
// caught from within.
package sandbox

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"strings"
	"time"

	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/diag"
)

// complaint bounds what is kept of the child's last words, in bytes.
const complaint = 4 << 10

// Sandbox is a child process as [render.Engines].
type Sandbox struct {
	cmd    *exec.Cmd
	budget *Budget
	in     *gob.Encoder
	out    *gob.Decoder
	stdin  io.Closer
	// bound ends what the child answers where the budget does.
	bound *io.LimitedReader
	words *head
	// used is the time of processors of which the child told.
	used time.Duration
	dead bool
}

// Start starts the child: a command that runs [Serve] on its standard input and output.
func Start(cmd *exec.Cmd, budget *Budget) (*Sandbox, error) {
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the evaluator: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the evaluator: %w", err)
	}
	bound := &io.LimitedReader{R: stdout}
	s := &Sandbox{
		cmd: cmd, budget: budget, in: gob.NewEncoder(stdin), out: gob.NewDecoder(bound), stdin: stdin, bound: bound, words: &head{},
	}
	cmd.Stderr = s.words
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the evaluator: %w", err)
	}
	return s, nil
}

// Evaluate implements [render.Engines]. The child reads the repository itself.
func (s *Sandbox) Evaluate(_ fs.FS, name, src string, args map[string]string) ([]byte, diag.List) {
	a := s.ask(jsonnet, name, request{Program: &program{Name: name, Src: src, Args: args}})
	return a.JSON, a.Findings
}

// Inspect implements [render.Engines].
func (s *Sandbox) Inspect() diag.List { return s.ask(kustomize, "", request{Inspect: true}).Findings }

// Shape implements [render.Engines].
func (s *Sandbox) Shape(p render.Parts) ([]render.Object, diag.List) {
	a := s.ask(kustomize, "", request{Parts: &p})
	return a.Objects, a.Findings
}

// engine is whose end is told.
type engine string

const (
	jsonnet   engine = "jsonnet"
	kustomize engine = "kustomize"
)

func (e engine) hint() string {
	if e == jsonnet {
		return "look for a function that calls itself without end, or for a string or an array that grows without bound"
	}
	return "look in overlays/ for patches, components or generators that copy again and again, or for files that are very large"
}

// ask hands the child a job, and waits for its answer as long as the budget lasts.
func (s *Sandbox) ask(e engine, file string, q request) (a response) {
	if s.dead {
		return response{Findings: diag.List{{
			Summary: string(e) + ": the evaluator has ended", Hint: "mend what ended it first", Pos: diag.Pos{File: file},
		}}}
	}
	room := s.budget.outputLeft()
	s.bound.N = room
	late, err := s.answer(&a, q)
	s.budget.takeOutput(room - s.bound.N)
	if err != nil {
		return response{Findings: diag.List{s.failure(e, file, late, err)}}
	}
	s.used += a.Took
	s.budget.take(a.Took, 0)
	return a
}

// errSpent: there is no time left to ask.
var errSpent = errors.New("no time is left")

// answer waits for what the child says, as long as the budget lasts by the clock; the kernel ends the child where it took too
// much of the processors. It reports whether it was late by the clock.
func (s *Sandbox) answer(a *response, q request) (late bool, err error) {
	processor, clock := s.budget.left()
	if processor <= 0 || clock <= 0 {
		return true, errSpent
	}
	q.Left = processor
	begun := time.Now()                                                 //nolint:forbidigo // a limit of time, which shows in no output
	timer := time.AfterFunc(clock, func() { _ = s.cmd.Process.Kill() }) // If it has ended, all the better.
	if err = s.in.Encode(q); err == nil {
		err = s.out.Decode(a)
	}
	s.budget.take(0, time.Since(begun))
	return !timer.Stop(), err
}

// failure reaps the child and words its end.
func (s *Sandbox) failure(e engine, file string, late bool, err error) diag.Diagnostic {
	s.dead = true
	_ = s.stdin.Close()      // The child is dead or dying; its end is what counts.
	_ = s.cmd.Process.Kill() // It may wait for somebody to read on.
	_ = s.cmd.Wait()
	left, _ := s.budget.left()
	took := s.cmd.ProcessState.UserTime() + s.cmd.ProcessState.SystemTime() - s.used
	s.budget.take(took, 0)
	d := diag.Diagnostic{Hint: e.hint(), Pos: diag.Pos{File: file}}
	words := s.words.String()
	switch {
	case late || took >= left:
		d.Summary = fmt.Sprintf("%s: not done within %s of processor time and %s by the clock, which all that one command evaluates has together",
			e, timeLimit, strings.TrimSuffix(clockLimit.String(), "0s"))
	case s.bound.N <= 0:
		d.Summary = fmt.Sprintf("%s: more than %d MiB come out, which all that one command evaluates has together", e, outputLimit>>20)
	case strings.Contains(words, "stack overflow") || strings.Contains(words, "stack exceeds"):
		d.Summary = string(e) + ": calls or brackets are nested too deep"
	case outOfMemory(words):
		d.Summary = fmt.Sprintf("%s: more than %d MiB of memory are needed", e, dataLimit>>20)
	default:
		d.Summary, d.Detail = string(e)+": the evaluator ended unexpectedly", strings.TrimSpace(err.Error()+"\n"+firstLine(words))
		return d
	}
	s.budget.exhaust()
	return d
}

// firstLine is what a dying Go program dies of; the rest is a trace, which helps nobody who uses the program.
func firstLine(words string) string {
	line, _, _ := strings.Cut(words, "\n")
	return line
}

// outOfMemory reports whether the words are those of a Go program that got no more memory. Its collector does not always
// say so: refused a page for itself, it faults, which no code but the runtime's own does without a panic.
func outOfMemory(words string) bool {
	for _, sign := range []string{"out of memory", "cannot allocate memory", "SIGSEGV: segmentation violation\nPC=", "unexpected signal during runtime execution"} {
		if strings.Contains(words, sign) {
			return true
		}
	}
	return false
}

// Close ends the child.
func (s *Sandbox) Close() error {
	if s.dead {
		return nil
	}
	s.dead = true
	if err := errors.Join(s.stdin.Close(), s.cmd.Wait()); err != nil {
		return fmt.Errorf("ending the evaluator: %w", err)
	}
	return nil
}

// head keeps the first bytes written to it: a dying Go program says first what it dies of.
type head struct{ bytes.Buffer }

// Write implements io.Writer.
func (h *head) Write(p []byte) (int, error) {
	if room := complaint - h.Len(); room > 0 {
		h.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
