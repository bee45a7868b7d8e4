package cli

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/report"
)

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
func counted(c report.Certificate, h issue.Held) report.Certificate {
	c.Count++
	if severity(h.Status) > severity(issue.Status(c.Status)) {
		c.Status = string(h.Status)
	}
	if h.Cert == nil {
		return c
	}
	if end := h.Cert.NotAfter; c.First.IsZero() || end.Before(c.First) {
		c.First = end
	}
	if end := h.Cert.NotAfter; end.After(c.Last) {
		c.Last = end
	}
	return c
}

// severity puts the statuses in order.
func severity(s issue.Status) int {
	return slices.Index([]issue.Status{issue.OK, issue.Renew, issue.Expired, issue.Missing, issue.Damaged}, s)
}
