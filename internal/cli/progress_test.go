package cli

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// TestLate: what began before the patience ended, and tells nothing itself, is told; what is done, or muted, is not.
func TestLate(t *testing.T) {
	for name, c := range map[string]struct {
		way   Progress
		quiet bool
		want  string
	}{
		"bar": {Bar, false, "\r\x1b[Kwriting\r\x1b[K"}, "lines": {Lines, false, "writing\n"}, "muted": {Bar, true, ""}, "none": {NoProgress, false, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			env := Environment{Err: &out, Progress: c.way}
			env.Now = time.Now
			_, m := env.metered()
			m.watch("issuing", 1, 2)
			m.watch("writing", 0, 0)
			if c.quiet {
				m.silence()
			}
			time.Sleep(3 * time.Second)
			m.silence()
			time.Sleep(3 * time.Second)
			if out.String() != c.want {
				t.Errorf("%s: %q", name, out.String())
			}
		})
	}
}

// TestBegins: a part of the work is told when it begins, however short ago the last was told.
func TestBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		env := Environment{Err: &out, Progress: Lines}
		env.Now = time.Now
		_, m := env.metered()
		time.Sleep(2 * time.Second)
		for done := range 3 {
			m.watch("issuing", done, 3)
		}
		m.watch("writing", 0, 0)
		if want := "issuing 0 of 3\nwriting\n"; out.String() != want {
			t.Errorf("%q", out.String())
		}
		m.silence()
	})
}
