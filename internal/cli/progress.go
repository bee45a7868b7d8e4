package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
)

// Progress is how a command that takes its time tells on stderr how far it is.
type Progress int

// Ways to tell.
const (
	// NoProgress tells nothing.
	NoProgress Progress = iota
	// Lines tells it in lines, seconds apart: for logs.
	Lines
	// Bar paints one line over and over, and takes it away before anything else is written: for terminals.
	Bar
)

// ProgressOn is the way that suits f.
func ProgressOn(f *os.File, lookup func(string) (string, bool)) Progress {
	if term, _ := lookup("TERM"); term != "dumb" && IsTerminal(f) {
		return Bar
	}
	return Lines
}

// What takes less than patience needs no progress.
const (
	patience     = time.Second
	betweenLines = 5 * time.Second
	betweenBars  = 100 * time.Millisecond
)

// meter tells how far a command is.
type meter struct {
	way Progress
	err io.Writer
	now func() time.Time
	// late tells what is under way at the end of the patience, where nothing is heard of it since.
	late *time.Timer

	mu          sync.Mutex
	first, next time.Time
	// doing is what was told or would have been, done of it.
	doing    string
	done, of int
	// line is the last that was told: a log needs none twice.
	line string
	// painted: a bar is on the screen.
	painted bool
}

// metered gives the environment a meter, and writers that take its bar away.
func (env Environment) metered() (Environment, *meter) {
	m := &meter{way: env.Progress, err: env.Err, now: env.Now}
	if m.way == NoProgress {
		return env, m
	}
	m.first = m.now().Add(patience)
	m.late = time.AfterFunc(patience, m.overdue)
	env.Watch = m.watch
	env.Out, env.Err = clearing{m, env.Out}, clearing{m, env.Err}
	return env, m
}

// mute leaves stderr to the findings where a machine reads the result.
func (m *meter) mute(c *cobra.Command) {
	if f := c.Flags().Lookup("output"); f != nil && f.Value.String() == string(jsonText) {
		m.silence()
	}
}

// silence takes a bar away, and tells nothing from then on.
func (m *meter) silence() {
	m.clear()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.way = NoProgress
	if m.late != nil {
		m.late.Stop()
	}
}

// watch is [compile.Environment.Watch]. It is called by many, and tells nothing most of the time, but always what begins.
func (m *meter) watch(doing string, done, of int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	begins := doing != m.doing
	m.doing, m.done, m.of = doing, done, of
	if now := m.now(); !now.Before(m.first) && (begins || !now.Before(m.next)) {
		m.tell(now)
	}
}

func (m *meter) overdue() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.doing != "" && m.next.IsZero() {
		m.tell(m.now())
	}
}

// tell is called with the lock.
func (m *meter) tell(now time.Time) {
	switch m.way {
	case Bar:
		m.next = now.Add(betweenBars)
		m.painted = true
		_, _ = fmt.Fprintf(m.err, "\r\x1b[K%s", bar(m.doing, m.done, m.of)) // Anyone who does not see it misses no data.
	case Lines:
		m.next = now.Add(betweenLines)
		line := m.doing
		if m.of > 0 {
			line += " " + fraction(m.done, m.of)
		}
		if line != m.line {
			m.line = line
			_, _ = fmt.Fprintln(m.err, line)
		}
	case NoProgress:
	}
}

// bar has at most 60 columns.
func bar(doing string, done, of int) string {
	const width = 24
	if of <= 0 {
		return strings.TrimSpace(doing + " " + fraction(done, of))
	}
	full := min(width, done*width/of)
	return fmt.Sprintf("%s [%s%s] %s", doing, strings.Repeat("#", full), strings.Repeat("-", width-full), fraction(done, of))
}

func fraction(done, of int) string {
	switch {
	case of > 0:
		return fmt.Sprintf("%d of %d", done, of)
	case done > 0:
		return fmt.Sprintf("(%d so far)", done)
	}
	return ""
}

func (m *meter) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.painted {
		m.painted = false
		_, _ = fmt.Fprint(m.err, "\r\x1b[K")
	}
}

// clearing is a writer behind which no bar stays.
type clearing struct {
	meter *meter
	io.Writer
}

// Write implements io.Writer.
func (c clearing) Write(p []byte) (int, error) {
	c.meter.clear()
	return c.Writer.Write(p)
}
