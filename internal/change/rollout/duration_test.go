package rollout_test

import (
	"slices"
	"strings"
	"testing"
)

// TestDisturbs: each step says what it disturbs and after how long it has ended.
func TestDisturbs(t *testing.T) {
	_, plan := upgraded().make()
	for i, c := range []struct {
		disturbs string
		minutes  int
	}{
		{"", 40},
		{"etcd: one member at a time: of 3, 1 can be away|kube-apiserver: its clients and watches move to another apiserver", 0},
		{"pods of the node move|static pods of the node end while the program is replaced|etcd: one member at a time: of 3, 1 can be away", 0},
		{"pods of the node move|static pods of the node end while the program is replaced", 0},
	} {
		s := plan.Steps[i]
		if got := strings.Join(s.Disturbs, "|"); got != c.disturbs {
			t.Errorf("%s disturbs %q, want %q", s.Title, got, c.disturbs)
		}
		if s.AtMost <= 0 || c.minutes > 0 && s.AtMost != c.minutes {
			t.Errorf("%s takes at most %d minutes, want %d", s.Title, s.AtMost, c.minutes)
		}
	}
	if slices.Contains(plan.Steps[0].Disturbs, "") {
		t.Error("an empty line")
	}
}
