package issue

import "sync/atomic"

// counter gives what is called for each thing that is done.
func (r *maker) counter(of int) func() {
	if r.in.Watch == nil {
		return func() {}
	}
	var done atomic.Int64
	return func() { r.in.Watch(int(done.Add(1)), of) }
}
