package sandbox

import "time"

// Limit is a smaller budget than a command has.
func Limit(t time.Duration, output int64) *Budget {
	return &Budget{time: t, clock: clockLimit, output: output}
}

// LimitClock is one that ends by the clock.
func LimitClock(clock time.Duration) *Budget {
	return &Budget{time: timeLimit, clock: clock, output: outputLimit}
}

// Left is how much time of processors is left.
func (b *Budget) Left() time.Duration {
	processor, _ := b.left()
	return processor
}
