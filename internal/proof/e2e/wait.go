//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"time"
)

const (
	// patience bounds every wait. It is no mark to beat: a cluster that needs longer is broken.
	patience = 180 * time.Second
	// pollInterval is short against the times that the report states.
	pollInterval = 100 * time.Millisecond
)

// eventually repeats check until it succeeds, and gives its last error when patience or ctx ends.
func eventually(ctx context.Context, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("not within %s", patience))
	defer cancel()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		case <-time.After(pollInterval):
		}
	}
}

// repeat does the same at each tick, and gives a function that ends this. What is under way when that is called goes on, and
// has ended when it returns.
func repeat(interval time.Duration, do func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				do(context.WithoutCancel(ctx))
			}
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}
