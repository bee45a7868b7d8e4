package jsonnet

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"runtime/debug"
	"strings"
	"time"

	"github.com/harender/harender/internal/diag"
)

// Bounds of a sandbox. A program of a thousand nodes takes a tenth of a second and of the memory.
const (
	timeLimit  = 30 * time.Second
	stackLimit = 256 << 20
	dataLimit  = 1 << 30
	// complaint bounds what is kept of the child's last words, in bytes.
	complaint = 4 << 10
)

type request struct {
	Name, Src string
	Args      map[string]string
}

type response struct {
	JSON     []byte
	Findings diag.List
}

// Serve is the child's side of a sandbox: it evaluates, from fsys, what r asks for, until r ends. It binds itself to
// less memory first, since go-jsonnet has no limits of its own.
func Serve(fsys fs.FS, r io.Reader, w io.Writer) error {
	debug.SetMaxStack(stackLimit)
	debug.SetMemoryLimit(dataLimit / 2) // From there on it is collected as often as it takes.
	if err := limitMemory(dataLimit); err != nil {
		return fmt.Errorf("limiting memory: %w", err)
	}
	in, out := gob.NewDecoder(r), gob.NewEncoder(w)
	for {
		var q request
		if err := in.Decode(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading a request: %w", err)
		}
		text, list := Evaluate(fsys, q.Name, q.Src, q.Args)
		if err := out.Encode(response{JSON: text, Findings: list}); err != nil {
			return fmt.Errorf("answering: %w", err)
		}
	}
}

// Sandbox evaluates in a child process, which can be ended when a program runs on, and which may die of one that eats
// its stack or its memory: neither can be caught from within.
type Sandbox struct {
	cmd   *exec.Cmd
	in    *gob.Encoder
	out   *gob.Decoder
	stdin io.Closer
	words *head
	dead  bool
}

// Start starts the child: a command that runs [Serve] on its standard input and output.
func Start(cmd *exec.Cmd) (*Sandbox, error) {
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the jsonnet evaluator: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the jsonnet evaluator: %w", err)
	}
	s := &Sandbox{cmd: cmd, in: gob.NewEncoder(stdin), out: gob.NewDecoder(stdout), stdin: stdin, words: &head{}}
	cmd.Stderr = s.words
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the jsonnet evaluator: %w", err)
	}
	return s, nil
}

// Evaluate is an [Evaluator]. The child reads the repository itself.
func (s *Sandbox) Evaluate(_ fs.FS, name, src string, args map[string]string) ([]byte, diag.List) {
	if s.dead {
		return nil, diag.List{{Summary: "jsonnet: the evaluator has ended", Hint: "mend what ended it first", Pos: diag.Pos{File: name}}}
	}
	timer := time.AfterFunc(timeLimit, func() { _ = s.cmd.Process.Kill() }) // If it has ended, all the better.
	var answer response
	err := s.in.Encode(request{Name: name, Src: src, Args: args})
	if err == nil {
		err = s.out.Decode(&answer)
	}
	late := !timer.Stop()
	if err != nil {
		return nil, diag.List{s.failure(name, late, err)}
	}
	return answer.JSON, answer.Findings
}

// failure reaps the child and words its end.
func (s *Sandbox) failure(name string, late bool, err error) diag.Diagnostic {
	s.dead = true
	_ = s.stdin.Close() // The child is dead or dying; its end is what counts.
	_ = s.cmd.Wait()
	d := diag.Diagnostic{
		Hint: "look for a function that calls itself without end, or for a string or an array that grows without bound",
		Pos:  diag.Pos{File: name},
	}
	words := s.words.String()
	switch {
	case late:
		d.Summary = fmt.Sprintf("jsonnet: not done after %s", timeLimit)
	case strings.Contains(words, "stack overflow") || strings.Contains(words, "stack exceeds"):
		d.Summary = "jsonnet: calls or brackets are nested too deep"
	case outOfMemory(words):
		d.Summary = fmt.Sprintf("jsonnet: more than %d MiB of memory are needed", dataLimit>>20)
	default:
		d.Summary, d.Detail = "jsonnet: the evaluator ended unexpectedly", strings.TrimSpace(err.Error()+"\n"+words)
	}
	return d
}

// outOfMemory tells whether the words are those of a Go program that got no more memory. Its collector does not always
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
		return fmt.Errorf("ending the jsonnet evaluator: %w", err)
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
