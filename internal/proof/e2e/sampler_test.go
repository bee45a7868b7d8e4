//go:build e2e

package e2e

import (
	"testing"
	"time"
)

func TestWindowFindsItsOwnGaps(t *testing.T) {
	at := func(seconds int) time.Time { return time.Unix(int64(seconds), 0) }
	answered := []time.Time{at(31), at(1), at(2), at(9), at(10), at(20)} // Gaps of 1, 7, 1, 10 and 11 seconds.
	for _, test := range []struct {
		name     string
		from, to int
		want     time.Duration
	}{
		{"inside", 1, 9, 7 * time.Second},
		{"begins before", 5, 10, 7 * time.Second},
		{"ends after", 10, 15, 10 * time.Second},
		{"around", 12, 14, 10 * time.Second},
		{"none", 40, 50, 0},
	} {
		if got := (window{from: at(test.from), to: at(test.to)}).longestGap(answered); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}
