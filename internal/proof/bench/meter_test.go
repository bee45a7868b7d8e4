package bench

import (
	"context"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	s := series{
		{wall: 5 * time.Second, cpu: 1 * time.Second, peak: 10},
		{wall: 1 * time.Second, cpu: 3 * time.Second, peak: 30},
		{wall: 2 * time.Second, cpu: 9 * time.Second, peak: 20},
	}
	if got, want := s.median(), (sample{wall: 2 * time.Second, cpu: 3 * time.Second, peak: 20}); got != want {
		t.Errorf("%+v", got)
	}
	if got := s[:2].median().wall; got != time.Second {
		t.Errorf("of two: %v", got)
	}
}

func TestWhole(t *testing.T) {
	g := glue{
		cluster: series{{wall: 7 * time.Second, peak: 1}},
		master:  series{{wall: 2 * time.Second, peak: 3}},
		worker:  series{{wall: time.Second, peak: 2}},
	}
	if got, want := g.whole(size{masters: 5, workers: 100}), (sample{wall: 117 * time.Second, peak: 3}); got != want {
		t.Errorf("%+v", got)
	}
}

// TestRun counts what a process burns, also in the children that it waits for.
func TestRun(t *testing.T) {
	m := meter{now: time.Now}
	burn := `sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done'; echo done`
	got, err := m.run(context.Background(), "/bin/sh", "-c", burn)
	if err != nil {
		t.Fatal(err)
	}
	if got.out != "done\n" || got.cpu < 10*time.Millisecond || got.peak < 1<<18 {
		t.Errorf("%+v", got)
	}
	if _, err := m.run(context.Background(), "/bin/sh", "-c", "exit 3"); err == nil {
		t.Error("a failure went unnoticed")
	}
}
