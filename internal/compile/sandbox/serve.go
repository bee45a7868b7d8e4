package sandbox

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/diag"
)

// Bounds of a child.
const (
	stackLimit = 256 << 20
	dataLimit  = 1 << 30
)

// request has one of the jobs, and the time that is left for it.
type request struct {
	Left    time.Duration
	Program *program
	Inspect bool
	Parts   *render.Parts
}

// program is jsonnet to evaluate.
type program struct {
	Name, Src string
	Args      map[string]string
}

type response struct {
	JSON     []byte
	Objects  []render.Object
	Findings diag.List
	// Took is the time of processors since the answer before.
	Took time.Duration
}

// processors that a child uses: the engines use one, and the collector of memory, which would take all that are idle, another.
const processors = 2

// Serve is the child's side of a sandbox: it does with engines what r asks for, until r ends. It binds itself to less
// memory first, and to the time that is left, since the engines have no limits of their own.
func Serve(layers fs.FS, engines render.Engines, r io.Reader, w io.Writer) error {
	debug.SetMaxStack(stackLimit)
	debug.SetMemoryLimit(dataLimit / 2) // From there on it is collected as often as it takes.
	runtime.GOMAXPROCS(processors)
	if err := limitMemory(dataLimit); err != nil {
		return fmt.Errorf("limiting memory: %w", err)
	}
	told := time.Duration(0)
	in, out := gob.NewDecoder(r), gob.NewEncoder(w)
	for {
		var q request
		if err := in.Decode(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading a request: %w", err)
		}
		if err := limitTime(q.Left); err != nil {
			return fmt.Errorf("limiting time: %w", err)
		}
		a := answer(layers, engines, q)
		used := processorTime()
		a.Took, told = used-told, used
		if err := out.Encode(a); err != nil {
			return fmt.Errorf("answering: %w", err)
		}
	}
}

func answer(layers fs.FS, engines render.Engines, q request) (a response) {
	switch {
	case q.Program != nil:
		a.JSON, a.Findings = engines.Evaluate(layers, q.Program.Name, q.Program.Src, q.Program.Args)
	case q.Parts != nil:
		a.Objects, a.Findings = engines.Shape(*q.Parts)
	case q.Inspect:
		a.Findings = engines.Inspect()
	}
	return a
}
