package tree

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// workers bounds how many goroutines work on a tree at once, however deep its walk goes.
type workers chan struct{}

// mostHands is where more of them only wait for the same disk.
const mostHands = 32

// newCrew has a few hands for each further processor, as they also wait for the disk, and none where there is but one.
func newCrew() workers { return make(workers, min(4*(runtime.GOMAXPROCS(0)-1), mostHands)) }

// each does the work for 0 to n-1, in goroutines while the crew has hands free, else in the caller. It gives the first
// error, and starts no work after one.
func (c workers) each(n int, work func(int) error) error {
	var wg sync.WaitGroup
	var first atomic.Pointer[error]
	do := func(i int) {
		if err := work(i); err != nil {
			first.CompareAndSwap(nil, &err)
		}
	}
	for i := 0; i < n && first.Load() == nil; i++ {
		select {
		case c <- struct{}{}:
			wg.Go(func() {
				defer func() { <-c }()
				do(i)
			})
		default:
			do(i)
		}
	}
	wg.Wait()
	if err := first.Load(); err != nil {
		return *err
	}
	return nil
}
