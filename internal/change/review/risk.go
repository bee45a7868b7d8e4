package review

import (
	"slices"
	"strings"

	"github.com/harender/harender/internal/change/rollout"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/diag"
)

// meaningOf a class of risk.
func meaningOf(class string) string {
	switch class {
	case cluster.RiskIdentity:
		return "identity and authorization"
	case cluster.RiskData:
		return "data at rest"
	case cluster.RiskIrreversible:
		return "cannot be taken back"
	}
	return class
}

// riskLines are the classes of the change, each with what has it.
func (r Review) riskLines() []line {
	var out []line
	if r.Same {
		return nil
	}
	for _, x := range r.Impact.Risks {
		text := x.Class
		if means := meaningOf(x.Class); means != x.Class {
			text += " (" + means + ")"
		}
		if slices.Contains(r.Acknowledged, x.Class) {
			text += ", acknowledged"
		}
		if len(x.What) > 0 {
			text += ": " + clean(diag.Few(x.What))
		}
		mark := swap
		if x.Class == rollout.NoRisk {
			mark = plain
		}
		out = append(out, line{mark: mark, text: text})
	}
	return out
}

// risky: more than what a plan takes care of.
func (r Review) risky() bool {
	return slices.ContainsFunc(r.Impact.Risks, func(x rollout.Risk) bool { return riskLevel(x.Class) == "warning" })
}

// Unacknowledged are those of the classes that the change has, and the spec does not agree to.
func (r Review) Unacknowledged(classes []string) []rollout.Risk {
	var out []rollout.Risk
	for _, x := range r.Impact.Risks {
		if slices.Contains(classes, x.Class) && !slices.Contains(r.Acknowledged, x.Class) && !r.Same {
			out = append(out, x)
		}
	}
	return out
}

// riskLevel of SARIF.
func riskLevel(class string) string {
	if slices.Contains([]string{cluster.RiskQuorum, cluster.RiskRestart, cluster.RiskEndpoint, rollout.NoRisk}, class) {
		return "note"
	}
	return "warning"
}

// backLines say how a step is taken back that changes something.
func backLines(s rollout.Step) []line {
	if s.Kind == rollout.Inspection {
		return nil
	}
	out := []line{{mark: plain, text: "way back: " + clean(s.Back)}}
	if len(s.Risks) > 0 && s.Risks[0] != rollout.NoRisk {
		return append([]line{{mark: plain, text: "risk: " + clean(strings.Join(s.Risks, ", "))}}, out...)
	}
	return out
}
