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
func risky(all []rollout.Risk) bool {
	return slices.ContainsFunc(all, func(x rollout.Risk) bool { return riskLevel(x.Class) == "warning" })
}

// Unacknowledged are those of the classes that the change has, and the spec does not agree to.
func Unacknowledged(r Review, classes []string) []rollout.Risk {
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

// judgedLines say what a step disturbs, how long it takes at most, and how it is taken back, if it changes something.
func judgedLines(s rollout.Step) []line {
	var out []line
	say := func(head, text string) { out = append(out, line{mark: plain, text: head + ": " + clean(text)}) }
	if s.Kind == rollout.Inspection {
		return nil
	}
	for _, d := range s.Disturbs {
		say("disturbs", d)
	}
	if s.AtMost > 0 {
		turn := ""
		if len(s.Nodes) > 1 {
			turn = " a node"
		}
		say("takes", "at most "+counted(s.AtMost, "minute")+turn)
	}
	if len(s.Risks) > 0 && s.Risks[0] != rollout.NoRisk {
		say("risk", strings.Join(s.Risks, ", "))
	}
	say("way back", s.Back)
	return out
}
