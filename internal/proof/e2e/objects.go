//go:build e2e

package e2e

import (
	"slices"
	"time"
)

// object is what all of the API's objects have.
type object struct {
	Metadata struct{ Name string }
}

// nodeObject is a Node.
type nodeObject struct {
	object
	Spec   struct{ PodCIDRs []string }
	Status struct{ Conditions []condition }
}

// podObject is a Pod.
type podObject struct {
	object
	Spec   struct{ NodeName string }
	Status struct {
		Phase      string
		Conditions []condition
	}
}

// lease is a Lease. Components elect their leader with one.
type lease struct {
	object
	Spec struct {
		HolderIdentity string
		RenewTime      time.Time
	}
}

type condition struct{ Type, Status, Message string }

func isReady(conditions []condition) bool {
	return slices.ContainsFunc(conditions, func(c condition) bool { return c.Type == "Ready" && c.Status == "True" })
}

// saidOfReady is what the condition Ready says in words.
func saidOfReady(conditions []condition) string {
	i := slices.IndexFunc(conditions, func(c condition) bool { return c.Type == "Ready" })
	if i < 0 {
		return "no condition Ready"
	}
	return conditions[i].Message
}
