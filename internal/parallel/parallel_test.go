package parallel_test

import (
	"testing"

	"github.com/harender/harender/internal/parallel"
)

func TestEachCallsEachOnce(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		calls := make([]int, n)
		parallel.Each(n, func(i int) { calls[i]++ })
		for i, c := range calls {
			if c != 1 {
				t.Fatalf("%d of %d was called %d times", i, n, c)
			}
		}
	}
}
