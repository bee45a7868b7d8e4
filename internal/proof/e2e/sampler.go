//go:build e2e

package e2e

import (
	"context"
	"slices"
	"time"
)

// sampler asks the same ten times a second, and notes when it was answered.
type sampler struct {
	name string
	ask  func(context.Context) error
	// answered is when the answers came. It may be read when the sampler has stopped.
	answered []time.Time
}

func (s *sampler) start() (stop func()) {
	return repeat(pollInterval, func(ctx context.Context) {
		if s.ask(ctx) == nil {
			s.answered = append(s.answered, time.Now())
		}
	})
}

// window is a part of the run.
type window struct {
	name     string
	from, to time.Time
}

// longestGap is the longest time between two of the moments, of which at least one is in the window.
func (w window) longestGap(moments []time.Time) time.Duration {
	moments = slices.Clone(moments)
	slices.SortFunc(moments, time.Time.Compare)
	var longest time.Duration
	for i, t := range moments {
		if i > 0 && t.After(w.from) && moments[i-1].Before(w.to) {
			longest = max(longest, t.Sub(moments[i-1]))
		}
	}
	return longest
}
