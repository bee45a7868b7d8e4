package sandbox

import (
	"sync"
	"time"
)

// Bounds of all the children of one command together. A cluster of a thousand nodes takes a tenth of a second, and a
// hundredth of the output. What counts is the time of processors, which is the same on a machine that is busy with more; the
// clock ends what waits.
const (
	timeLimit   = 30 * time.Second
	clockLimit  = 10 * time.Minute
	outputLimit = 128 << 20
)

// Budget is what one command may take for what it evaluates: its own cluster, the base of a comparison and its
// neighbours together. Each child has a memory of its own, and there is one at a time.
type Budget struct {
	mu sync.Mutex
	// time is that of processors.
	time, clock time.Duration
	output      int64
	spent       bool
}

// NewBudget is the budget of a command.
func NewBudget() *Budget { return &Budget{time: timeLimit, clock: clockLimit, output: outputLimit} }

// Spend runs what takes its time in this process. A budget that is not there has no end.
func (b *Budget) Spend(run func()) {
	if b == nil {
		run()
		return
	}
	begun, used := time.Now(), processorTime() //nolint:forbidigo // a limit of time, which shows in no output
	run()
	b.take(processorTime()-used, time.Since(begun))
}

// take notes what was taken.
func (b *Budget) take(processor, clock time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.time -= processor
	b.clock -= clock
}

func (b *Budget) left() (processor, clock time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.time, b.clock
}

// Spent reports whether there is no time left, or whether something took more than a child may have.
func (b *Budget) Spent() bool {
	if b == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.spent || b.time <= 0 || b.clock <= 0
}

// exhaust notes that something took more than it may have.
func (b *Budget) exhaust() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent = true
}

// outputLeft is how many bytes the children may still answer.
func (b *Budget) outputLeft() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.output
}

func (b *Budget) takeOutput(size int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.output -= size
}
