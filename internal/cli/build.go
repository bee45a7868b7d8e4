package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/issue"
)

// lockWait is how long a build waits for another one in the same repository.
const lockWait = time.Minute

func newBuild(env Environment) *cobra.Command {
	var f format
	var o compile.Options
	c := &cobra.Command{
		Use:   "build [DIR]",
		Short: "Issue what is missing and render every node",
		Long: `build reads the spec of the repository DIR, issues and seals the certificates and secrets that are missing or no longer
fit, and renders one directory a node into DIR/rendered. What is unchanged stays byte for byte as it is, and needs no key.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			ctx, cancel := context.WithTimeout(c.Context(), lockWait)
			defer cancel()
			report, list, err := compile.Build(ctx, directory(args), env.Environment, o)
			return env.printBuild(report, list, err, f)
		},
	}
	addFormat(c, &f)
	c.Flags().BoolVar(&o.Locked, "locked", false, "use no private key: fail where something would have to be issued")
	c.Flags().BoolVar(&o.AcceptRecipients, "accept-recipients", false, "let existing secrets become readable for recipients that were added")
	return c
}

func (env Environment) printBuild(report compile.Report, list diag.List, failed error, f format) error {
	if f == jsonText {
		if err := env.printJSON(struct {
			compile.Report
			Diagnostics diag.List `json:"diagnostics"`
		}{report, notNil(list)}); err != nil {
			return err
		}
	}
	err := env.report(list, f)
	switch {
	case failed != nil:
		return failed
	case err != nil || f == jsonText:
		return err
	}
	for _, name := range report.Shadowed {
		if _, err := fmt.Fprintf(env.Err, "note: %s of the repository stands in for the built-in one\n", name); err != nil {
			return err
		}
	}
	for _, e := range report.Events {
		if e.Action != issue.Reissued && e.Action != issue.Resealed {
			continue
		}
		if _, err := fmt.Fprintf(env.Err, "%s secrets/%s: %s\n", e.Action, diag.Escape(e.ID), diag.Escape(strings.Join(e.Why, "; "))); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(env.Out, summary(report))
	return err
}

func summary(r compile.Report) string {
	parts := []string{fmt.Sprintf("%s: %d nodes, Kubernetes %s", r.Cluster, r.Nodes, r.Kubernetes)}
	for _, c := range []struct {
		n    int
		what string
	}{
		{r.Counts.Issued, "issued"}, {r.Counts.Reissued, "reissued"}, {r.Counts.Resealed, "resealed"}, {r.Counts.Kept, "kept"},
	} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	if r.Rendered.Written+r.Rendered.Removed == 0 {
		parts = append(parts, "no file changed")
	} else {
		parts = append(parts, fmt.Sprintf("%d files written, %d removed, %d unchanged", r.Rendered.Written, r.Rendered.Removed, r.Rendered.Unchanged))
	}
	return fmt.Sprintf("%s; next expiry %s (secrets/%s.crt)", strings.Join(parts, ", "), r.NextExpiry.Time.UTC().Format(time.DateOnly), r.NextExpiry.ID)
}
