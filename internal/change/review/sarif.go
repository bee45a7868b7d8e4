package review

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/url"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/layout"
)

// Rules of SARIF, by what they are about.
const (
	ruleRecipients = "recipients"
	ruleTrust      = "trust"
	ruleRisk       = "risk"
	ruleRollout    = "rollout"
	ruleUpgrade    = "upgrade"
	ruleRestart    = "restart"
	ruleDeprecated = "deprecated"
	ruleChange     = "change"
)

// SARIF prints what somebody should look at as a report of code scanning (SARIF 2.1.0). output is the path of the output from
// the root of the git repository, as files are named there.
func SARIF(w io.Writer, r Review, output string) error {
	run := sarif.NewRunWithInformationURI("harender", "https://github.com/harender/harender")
	run.WithAutomationDetails(sarif.NewRunAutomationDetails().WithID("harender diff " + clean(r.Cluster) + "/")) // Clusters of one repository stand side by side.
	for _, rule := range [][2]string{
		{ruleRecipients, "Who can open secrets changes"}, {ruleTrust, "What nodes trust changes"}, {ruleRisk, "A class of risk that the change has"}, {ruleRollout, "There is no safe order in which nodes take this"},
		{ruleUpgrade, "A version asks for something before the first node takes it"},
		{ruleRestart, "A component restarts"}, {ruleDeprecated, "A flag is deprecated"}, {ruleChange, "A file of a node changes"},
	} {
		run.AddRule(rule[0]).WithDescription(rule[1])
	}
	s := findings{run, strings.TrimSuffix(output, "/") + "/"}
	for _, l := range r.recipientLines() {
		s.add(ruleRecipients, "error", l.text, "../.sops.yaml")
	}
	for _, a := range r.Authorities {
		s.add(ruleTrust, "error", clean(a.ID)+": "+r.meaning(a), "../secrets/"+a.ID+publicPart(a))
	}
	for _, p := range r.Pins {
		s.add(ruleTrust, "error", repinned(p), "../secrets/pins.json")
	}
	for _, id := range r.Resealed {
		s.add(ruleTrust, "error", resealed(id), "../secrets/SHA256SUMS")
	}
	for i, l := range r.riskLines() {
		s.add(ruleRisk, riskLevel(r.Impact.Risks[i].Class), l.text, r.anyIndex())
	}
	for _, x := range r.Rollout.Refused {
		s.add(ruleRollout, "error", clean(x.Summary+". "+x.Detail+" Hint: "+x.Hint), r.anyIndex())
	}
	for _, n := range r.Notices {
		if !n.Barred {
			s.add(ruleUpgrade, "warning", clean(r.Fleet.Name(n.Nodes)+": "+n.Summary+". "+n.Detail+" Hint: "+n.Hint), n.Nodes[0]+layout.Index)
		}
	}
	for _, x := range r.Impact.Restarts {
		s.add(ruleRestart, "note", r.happening(x), x.Nodes[0]+layout.Index)
	}
	for _, c := range r.Changes {
		s.change(r, c)
	}
	report := sarif.NewReport()
	report.AddRun(run)
	if err := report.PrettyWrite(w); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// publicPart is how the name of the file ends that has what nodes trust.
func publicPart(a diff.Authority) string {
	for _, c := range []*certificate.Certificate{a.Old, a.New} {
		if c != nil && c.IsKey() {
			return layout.PublicKey
		}
	}
	return ".crt"
}

// anyIndex stands for the output as a whole.
func (r Review) anyIndex() string {
	if len(r.Fleet.Nodes) == 0 {
		return tree.Addons + layout.Index
	}
	return r.Fleet.Nodes[0] + layout.Index
}

type findings struct {
	run    *sarif.Run
	output string
}

// add names a file by its path from the output. Code scanning takes nothing without a place.
func (s findings) add(rule, level, message, file string) {
	message = unlinked(message)
	file = clean(s.output + file)
	if up := strings.Index(file, "/../"); up >= 0 {
		file = file[:strings.LastIndexByte(file[:up], '/')+1] + file[up+len("/../"):]
	}
	place := sarif.NewPhysicalLocation().WithArtifactLocation(sarif.NewSimpleArtifactLocation((&url.URL{Path: file}).String())).
		WithRegion(sarif.NewRegion().WithStartLine(1))
	// Code scanning tells findings apart by this name of theirs, and without it by their line, which is the first for all.
	name := sha256.Sum256([]byte(rule + "\n" + file + "\n" + message))
	s.run.AddResult(sarif.NewRuleResult(rule).WithLevel(level).WithMessage(sarif.NewTextMessage(message)).
		WithPartialFingerprints(map[string]string{"primaryLocationLineHash": hex.EncodeToString(name[:8]) + ":1"}).
		WithLocations([]*sarif.Location{sarif.NewLocationWithPhysicalLocation(place)}))
}

// unlinked is a message without links: SARIF has [text](target) in plain text, too, and the backslash takes that away (3.11.6).
func unlinked(message string) string {
	if !strings.Contains(message, "](") {
		return message
	}
	return strings.NewReplacer("[", `\[`, "]", `\]`).Replace(message)
}

func (s findings) change(r Review, c diff.Change) {
	file := c.Nodes[0] + "/" + c.Path
	if c.Kind == diff.Sealed {
		file += layout.Sealed
	}
	var told []string
	for _, l := range first(changeLines(c), 200, 16000, r.command()) {
		told = append(told, string(l.mark)+" "+l.text)
	}
	s.add(ruleChange, "note", strings.Join(append([]string{r.title(c)}, told...), "\n"), file)
	for _, d := range c.Details {
		if strings.HasPrefix(d.Note, "deprecated: ") {
			s.add(ruleDeprecated, "warning", clean(d.What)+" is "+clean(d.Note), file)
		}
	}
}
