package rollout

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
)

// ending is a time-out in a command, or what has one of its own.
var ending = regexp.MustCompile(`(?:timeout |-timeout=)(\d+[sm])|curl [^|&;]*--retry 30`)

// retried is how long curl asks at most: 30 times more, with 5 s between, and 10 s each.
const retried = 31*10*time.Second + 30*5*time.Second

// atMost is the time, in minutes, after which a node's turn has ended one way or the other, without what brings files and packages.
func (s Step) atMost() int {
	var total time.Duration
	for _, c := range slices.Concat(s.Before, s.Restart, s.After) {
		for _, m := range ending.FindAllStringSubmatch(c.Run, -1) {
			limit, err := time.ParseDuration(m[1])
			if err != nil {
				limit = retried
			}
			total += limit
		}
	}
	return int(math.Ceil(total.Minutes()))
}

// disturbs is what somebody notices of a step, each once.
func (t planner) disturbs(s Step, all []Restart) []string {
	out := []string{}
	add := func(text string) {
		if text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	if slices.ContainsFunc(s.Before, func(c Command) bool { return strings.Contains(c.Run, " drain ") }) {
		add("pods of the node move")
	}
	switch s.Kind {
	case LeaveEtcd:
		add(leftover(t.remaining()))
	case LeaveEndpoint:
		add("connections through the node break")
	case KubeletUpgrade:
		add("static pods of the node end while the program is replaced")
		if t.now.Directories[s.Nodes[0]].Member() {
			add("etcd: " + quorum(t.present()))
		}
	case Delivery:
		happening := t.turn(s.Nodes[0])
		for _, r := range all {
			if happening[r.Name] == r.Happens && r.Effect != "" {
				add(r.Name + ": " + r.Effect)
			}
		}
	}
	return out
}

// leftover is how many members can be away where one leaves for good: nothing restarts.
func leftover(members []string) string {
	if n := spare(members); n > 0 {
		return fmt.Sprintf("etcd: of the %d members that stay, %d can be away", len(members), n)
	}
	return fmt.Sprintf("etcd: of the %d members that stay, none can be away", len(members))
}
