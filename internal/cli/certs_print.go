package cli

import (
	"fmt"
	"io"
	"math"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/issue"
)

// inventoried are the certificates of a repository at one moment, and what there is to say about them.
type inventoried struct {
	cluster cluster.Cluster
	all     []issue.Held
	found   diag.List
	now     time.Time
}

func (env Environment) printCerts(form format, i inventoried) error {
	switch {
	case form == jsonText:
		return env.printJSON(i.document())
	case i.all == nil:
		return nil
	case form == prometheus:
		return printGauges(env.Out, i)
	}
	if form == wide {
		return env.printGrid(i.wideTable())
	}
	return env.printGrid(i.certTable())
}

// held is a certificate in JSON. What is missing or damaged has no times.
type held struct {
	Node      string       `json:"node"`
	Path      string       `json:"path"`
	File      string       `json:"file"`
	Subject   string       `json:"subject"`
	Issuer    string       `json:"issuer"`
	Names     []string     `json:"sans"`
	NotBefore *time.Time   `json:"notBefore"`
	NotAfter  *time.Time   `json:"notAfter"`
	DaysLeft  *int         `json:"daysLeft"`
	Status    issue.Status `json:"status"`
}

// document is the shape of the JSON: every key is always there.
func (i inventoried) document() any {
	out := struct {
		Cluster      string    `json:"cluster"`
		Certificates []held    `json:"certificates"`
		Diagnostics  diag.List `json:"diagnostics"`
	}{i.cluster.Name, make([]held, 0, len(i.all)), notNil(i.found)}
	for _, h := range i.all {
		row := held{Node: h.Node, Path: h.Path, File: h.File, Names: append([]string{}, h.Names...), Status: h.Status}
		if h.Cert != nil {
			from, to, days := h.Cert.NotBefore.UTC(), h.Cert.NotAfter.UTC(), daysUntil(h.Cert.NotAfter, i.now)
			row.Subject, row.Issuer = h.Cert.Subject.String(), h.Cert.Issuer.String()
			row.NotBefore, row.NotAfter, row.DaysLeft = &from, &to, &days
		}
		out.Certificates = append(out.Certificates, row)
	}
	return out
}

// daysUntil counts whole days; less than one after the end is -1.
func daysUntil(end, now time.Time) int { return int(math.Floor(end.Sub(now).Hours() / 24)) }

// certTable has a row for what is the same on several nodes; an authority is of no node.
func (i inventoried) certTable() grid {
	out := grid{head: []string{"CERTIFICATE", "NODES", "NOT AFTER", "DAYS", "STATUS"}}
	nodes := map[string][]string{}
	var order []issue.Held
	kind := func(h issue.Held) string {
		return strings.Join([]string{h.Path, path.Base(h.ID), i.end(h), string(h.Status)}, "\n")
	}
	for _, h := range i.all {
		if nodes[kind(h)] == nil || h.Node == "" {
			order = append(order, h)
		}
		nodes[kind(h)] = append(nodes[kind(h)], h.Node)
	}
	fleet := diff.FleetOf(i.cluster)
	for _, h := range order {
		where := "-"
		if h.Node != "" {
			where = fleet.Name(nodes[kind(h)])
		}
		out.rows = append(out.rows, []string{path.Base(h.ID), where, i.end(h), i.days(h), string(h.Status)})
	}
	return out
}

func (inventoried) end(h issue.Held) string {
	if h.Cert == nil {
		return "-"
	}
	return h.Cert.NotAfter.UTC().Format(time.DateOnly)
}

func (i inventoried) days(h issue.Held) string {
	if h.Cert == nil {
		return "-"
	}
	return strconv.Itoa(daysUntil(h.Cert.NotAfter, i.now))
}

// wideTable has a row for each: common names instead of subjects, dates instead of times. An authority has no node, and
// shows its file.
func (i inventoried) wideTable() grid {
	out := grid{head: []string{"NODE", "PATH", "SUBJECT", "ISSUER", "NOT AFTER", "DAYS", "STATUS"}, wide: true}
	for _, h := range i.all {
		node, place := h.Node, h.Path
		if node == "" {
			node, place = "-", h.File
		}
		subject, issuer := "-", "-"
		if c := h.Cert; c != nil {
			subject, issuer = c.Subject.CommonName, c.Issuer.CommonName
		}
		out.rows = append(out.rows, []string{node, place, subject, issuer, i.end(h), i.days(h), string(h.Status)})
	}
	return out
}

// oneLine is text that a terminal shows as one line and does not obey.
func oneLine(s string) string { return strings.ReplaceAll(diag.Escape(s), "\n", `\n`) }

// gauge is the one metric, and what is said about it. Zero makes an alert on what ends soon see what is missing too.
const (
	gauge     = "harender_certificate_not_after_seconds"
	gaugeHelp = "When the certificate ends, in seconds since 1970 UTC; 0 if it is missing or damaged."
)

// printGauges writes the text exposition format of Prometheus.
// https://prometheus.io/docs/instrumenting/exposition_formats/
func printGauges(w io.Writer, i inventoried) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s gauge\n", gauge, gaugeHelp, gauge)
	for _, h := range i.all {
		var subject, issuer string
		var end int64
		if h.Cert != nil {
			subject, issuer, end = h.Cert.Subject.String(), h.Cert.Issuer.String(), h.Cert.NotAfter.Unix()
		}
		fmt.Fprintf(&b, `%s{cluster="%s",node="%s",path="%s",subject="%s",issuer="%s",file="%s"} %d`+"\n", gauge,
			label(i.cluster.Name), label(h.Node), label(h.Path), label(subject), label(issuer), label(h.File), end)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// label escapes the value of a label for a terminal, and then as the format wants it.
func label(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(diag.Escape(s))
}
