package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/repository"
)

// lockWait is how long a build waits for another one in the same repository.
const lockWait = time.Minute

func newBuild(env Environment) *cobra.Command {
	var f format
	var o repository.Options
	c := &cobra.Command{
		Use:   "build [DIR]",
		Short: "Issue what is missing and render every node",
		Long: `build reads the spec of the repository DIR, issues and seals the certificates and secrets that are missing or no longer
fit, and renders one directory per node into DIR/rendered. What is unchanged stays byte for byte as it is, and needs no key.`,
		Example: `  harender build
  harender build ./prod --locked`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			return env.runBuild(c.Context(), directory(c, args), o, f)
		},
	}
	addFormat(c, &f, text, jsonText)
	c.Flags().BoolVar(&o.Locked, "locked", false, "use no private key: fail where something would have to be issued")
	addRecipientFlags(c, &o)
	c.Flags().BoolVar(&o.Rebuilt, "rebuilt", false, "skip the upgrade check, and let etcd begin again: the machines are being reinstalled")
	return c
}

// addRecipientFlags are those of every command that seals.
func addRecipientFlags(c *cobra.Command, o *repository.Options) {
	c.Flags().BoolVar(&o.AcceptRecipients, "accept-recipients", false, "let existing secrets become readable for recipients that were added")
	c.Flags().BoolVar(&o.KeepUnopened, "keep-unopened", false, "leave secrets that no key at hand opens sealed as they are, though their recipients changed: after an operators' key was lost")
}

func (env Environment) printBuild(report repository.Report, list diag.List, failed error, f format) error {
	if failed != nil {
		list = append(list, finding(failed))
	}
	if f == jsonText {
		result := struct {
			*repository.Report
			Diagnostics diag.List `json:"diagnostics"`
		}{&report, notNil(list)}
		if list.HasErrors() {
			result.Report = nil
		}
		if err := env.printJSON(result); err != nil {
			return err
		}
	}
	if err := env.report(list, f); err != nil || f == jsonText {
		return err
	}
	if err := env.notes(report); err != nil {
		return err
	}
	_, err := fmt.Fprintln(env.Summary, summary(report))
	return err
}

// notes tell what a user may not expect: what was replaced and why, and which built-in files are not in use.
func (env Environment) notes(r repository.Report) error {
	var b strings.Builder
	for _, name := range r.Shadowed {
		fmt.Fprintf(&b, "note: %s of the repository stands in for the built-in one\n", diag.Escape(name))
	}
	for _, e := range r.Events {
		if e.Action == issue.Reissued || e.Action == issue.Resealed {
			fmt.Fprintf(&b, "%s secrets/%s: %s\n", e.Action, diag.Escape(e.ID), diag.Escape(strings.Join(e.Why, "; ")))
		}
	}
	for _, rotation := range r.Rotations {
		stands, next := outlook(rotation)
		fmt.Fprintf(&b, "note: %s; %s\n", stands, next)
	}
	_, err := io.WriteString(env.Notes, b.String())
	return err
}

// summary is one line about a build that succeeded.
func summary(r repository.Report) string {
	return fmt.Sprintf("%s: %s, Kubernetes %s; certificates and keys: %s; files: %s; next expiry: %s (secrets/%s.crt)",
		r.Cluster, count(r.Nodes, "node"), r.Kubernetes,
		tally(named{r.Counts.Issued, "issued"}, named{r.Counts.Reissued, "reissued"}, named{r.Counts.Resealed, "resealed"}, named{r.Counts.Retired, "retired"}, named{r.Counts.Kept, "kept"}),
		tally(named{r.Rendered.Written, "written"}, named{r.Rendered.Removed, "removed"}, named{r.Rendered.Unchanged, "unchanged"}),
		r.NextExpiry.Time.UTC().Format(time.DateOnly), r.NextExpiry.ID)
}

type named struct {
	n    int
	what string
}

// tally lists the numbers that are not zero.
func tally(all ...named) string {
	var parts []string
	for _, c := range all {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	return strings.Join(parts, ", ")
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
