package cluster

import (
	"slices"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// The classes of risk that a change can have. Somebody who reviews it can be asked to acknowledge each.
const (
	// RiskIdentity: who somebody is, and what they may do.
	RiskIdentity = "identity"
	// RiskData: what is stored, and how.
	RiskData = "data-at-rest"
	// RiskQuorum: members of etcd come, go or restart.
	RiskQuorum = "quorum"
	// RiskEndpoint: where clients find the apiservers.
	RiskEndpoint = "endpoint"
	// RiskRestart: something restarts, starts or stops.
	RiskRestart = "restart"
	// RiskIrreversible cannot be taken back.
	RiskIrreversible = "irreversible"
)

// Risks are the classes, in the order in which they are told.
func Risks() []string {
	return []string{RiskIrreversible, RiskIdentity, RiskData, RiskQuorum, RiskEndpoint, RiskRestart}
}

// acknowledged are the classes that the spec agrees to.
func acknowledged(r *report, s spec.Spec) []string {
	const field = diag.Path("spec.acknowledge")
	for i, class := range s.Acknowledge {
		switch at := field.Index(i); {
		case !slices.Contains(Risks(), class):
			r.error(at, diag.Quote(class)+" is no class of risk", choose(class, Risks()))
		case slices.Contains(s.Acknowledge[:i], class):
			r.error(at, diag.Quote(class)+" is given twice", "remove one of the two")
		}
	}
	return s.Acknowledge
}
