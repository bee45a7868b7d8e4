package issue

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// counter gives what is called for each thing that is done.
func (r *run) counter(of int) func() {
	if r.in.Watch == nil {
		return func() {}
	}
	var done atomic.Int64
	return func() { r.in.Watch(int(done.Add(1)), of) }
}

// each calls do for 0 to n-1 on all cores. The order of the calls is open, so do may write only to what i owns.
func each(n int, do func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}
