//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestReadiness(t *testing.T) {
	const begins, other = "[container runtime status check may not have completed yet, " + starting + "]", "PLEG is not healthy"
	for _, test := range []struct {
		name   string
		looks  []string // What is said each second; nothing where the node is ready.
		want   string
		starts bool
	}{
		{"a kubelet that starts", []string{"", begins, begins, ""}, "[m1 for 2 s: " + begins + "]", true},
		{"a kubelet that is not well", []string{"", begins, other, ""}, "[m1 for 2 s: " + begins + "; " + other + "]", false},
		{"a kubelet that gets no answer", append(slices.Repeat([]string{begins}, 17), ""), "[m1 for 17 s: " + begins + "]", false},
		{"a node that is not ready at the end", []string{"", other}, "[m1 for 0 s: " + other + "]", false},
		{"a node that is ready", []string{"", ""}, "[]", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, at := readiness{now: map[string]unready{}}, time.Now()
			for i, said := range test.looks {
				var n nodeObject
				n.Status.Conditions = []condition{{"Ready", "False", said}}
				if said == "" {
					n.Status.Conditions[0].Status = "True"
				}
				r.look(at.Add(time.Duration(i)*time.Second), map[string]nodeObject{"m1": n})
			}
			all := r.all()
			if got := fmt.Sprint(all); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			for _, u := range all {
				if u.starts() != test.starts {
					t.Errorf("starts: %v, want %v", u.starts(), test.starts)
				}
			}
		})
	}
}
