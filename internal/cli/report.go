package cli

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/access"
	"github.com/harender/harender/internal/cluster"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/issue"
	"github.com/harender/harender/internal/plan"
	"github.com/harender/harender/internal/report"
	"github.com/harender/harender/internal/review"
	"github.com/harender/harender/internal/topology"
)

// pageColumns is how wide a text is on the page, in letters.
const pageColumns = 120

func newReport(env Environment) *cobra.Command {
	var base string
	c := &cobra.Command{
		Use:   "report [DIR]",
		Short: "Write a page about the cluster: topology, nodes, certificates, who can open what",
		Long: `report writes one HTML file about the cluster of the repository DIR: a picture of it, its nodes and their versions, its certificates and
when they end, who can open its secrets, and what changed. The file has no script and fetches nothing; it is for screens of any width, light or dark, and for paper. It needs no key.`,
		Args: atMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			page, list := env.page(directory(args), base)
			if err := env.report(list, text); err != nil {
				return err
			}
			return page.Write(env.Out)
		},
	}
	c.Flags().StringVar(&base, "base", "", "`REVISION` of git since which to tell what changed, such as HEAD~1 (default: DIR/rendered as it is)")
	return c
}

// page gathers what the report tells.
func (env Environment) page(root, base string) (report.Page, diag.List) {
	now := env.Now()
	s, list := env.survey(root, "")
	if list.HasErrors() {
		return report.Page{}, list
	}
	held, found := inventory(s.plan, root, now)
	c := s.plan.Cluster
	since, changes, trouble := env.changed(root, base)
	if trouble.HasErrors() {
		return report.Page{}, trouble
	}
	return report.Page{
		Since: since, Changes: changes,
		Cluster: c.Name, Kubernetes: c.Version.String(), Now: now, Graph: topology.Of(c), Nodes: nodeRows(c.Nodes),
		Certificates: certificateRows(s.plan, held), Holders: access.Fold(s.plan, s.holders), Notes: notes(slices.Concat(list, found, access.Drift(s.holders, s.files))),
	}, list
}

// changed is what a build changes in the output, or what has changed since a revision. Before the first build there is nothing to
// compare with.
func (env Environment) changed(root, base string) (since, changes string, list diag.List) {
	found, list := compile.Diff(root, env.Environment, base)
	switch {
	case list.HasErrors() && base == "":
		return "", "", nil
	case list.HasErrors() || found.Same:
		return "", "", list
	}
	var b strings.Builder
	_ = review.Text(&b, found, review.Screen{Width: pageColumns}) // a strings.Builder takes whatever comes
	return cmp.Or(base, "the last build"), b.String(), nil
}

// notes are what was found, each in a line.
func notes(list diag.List) []string {
	var out []string
	for _, d := range list {
		out = append(out, d.Summary)
	}
	return out
}

// nodeRows has one row for each node, and one for the workers of a pool that are alike.
func nodeRows(nodes []cluster.Node) []report.Node {
	var out []report.Node
	at := map[report.Node]int{}
	for _, n := range nodes {
		var roles []string
		for _, r := range n.Roles {
			roles = append(roles, string(r))
		}
		row := report.Node{Roles: strings.Join(roles, ", "), Pool: n.Pool, Version: n.Version.String()}
		if i, ok := at[row]; ok && row.Pool != "" {
			out[i].Count++
			out[i].Name = "pool " + n.Pool
			continue
		}
		at[row] = len(out)
		row.Name, row.Count = n.Name, 1
		out = append(out, row)
	}
	return out
}

// certificateRows has the authorities first, and then one row for each kind.
func certificateRows(p plan.Plan, held []issue.Held) []report.Certificate {
	issuers := map[string]string{}
	for _, c := range p.Certificates {
		issuers[c.ID] = c.Authority
	}
	var out []report.Certificate
	at := map[string]int{}
	for _, h := range held {
		name, issuer := path.Base(h.ID), issuers[h.ID]
		i, ok := at[issuer+name]
		if !ok {
			i, at[issuer+name] = len(out), len(out)
			out = append(out, report.Certificate{Name: name, Issuer: path.Base(cmp.Or(issuer, h.ID)), Authority: issuer == "", Status: string(issue.OK)})
		}
		out[i] = counted(out[i], h)
	}
	slices.SortStableFunc(out, func(a, b report.Certificate) int {
		return cmp.Or(order(b.Authority)-order(a.Authority), strings.Compare(a.Issuer, b.Issuer), strings.Compare(a.Name, b.Name))
	})
	return out
}

func order(first bool) int {
	if first {
		return 1
	}
	return 0
}

// counted adds one to the row.
func counted(row report.Certificate, h issue.Held) report.Certificate {
	row.Count++
	if severity(h.Status) > severity(issue.Status(row.Status)) {
		row.Status = string(h.Status)
	}
	if h.Cert != nil {
		row.First, row.Last = earliest(row.First, h.Cert.NotAfter), latest(row.Last, h.Cert.NotAfter)
	}
	return row
}

// severity puts the statuses in order.
func severity(s issue.Status) int {
	return slices.Index([]issue.Status{issue.OK, issue.Renew, issue.Expired, issue.Missing, issue.Damaged}, s)
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
