package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/layout"
	"github.com/harender/harender/internal/repository"
)

func newCertsCSR(env Environment) *cobra.Command {
	var f format
	var out string
	var before time.Duration
	c := &cobra.Command{
		Use:   "csr [DIR]",
		Short: "Request the certificates that an authority elsewhere has to sign",
		Long: `csr is for authorities of which the repository DIR has the certificate and not the key. It makes a key for each of their
certificates that is missing or has to be reissued, sealed at once, and a request (PKCS #10) with the subject, names
and usages that the spec asks for: DIR/secrets/pending/ID.csr. Requests that are still right stay as they are.

Have the requests signed, and take the certificates with harender certs import; then build.`,
		Example: `  harender certs csr --out requests`,
		Args:    atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("before") && before <= 0 {
				return &usageError{"--before is not a time from now", "write how long from now, such as --before 720h"}
			}
			return env.requestCerts(c.Context(), directory(c, args), out, before, f)
		},
	}
	addFormat(c, &f, text, jsonText)
	c.Flags().StringVar(&out, "out", "", "copy all requests that wait for an answer to `DIRECTORY` too")
	c.Flags().DurationVar(&before, "before", 0, "request also what ends within `DURATION`, such as 2160h, earlier than the renewal window of the spec")
	return c
}

func (env Environment) requestCerts(ctx context.Context, dir, out string, before time.Duration, f format) error {
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	asked, list, err := repository.Request(ctx, dir, env.Environment, before)
	if err == nil && out != "" && !list.HasErrors() {
		if err = repository.Copy(out, asked.Requests); err != nil {
			err = fmt.Errorf("copying the requests to %s: %w", out, err)
		}
	}
	if err != nil {
		list = append(list, finding(err))
	}
	if f == jsonText {
		return env.printRequests(asked, list)
	}
	if err := env.report(list, f); err != nil {
		return err
	}
	counts := map[issue.Action]int{}
	for _, e := range asked.Events {
		counts[e.Action]++
		if _, err := fmt.Fprintf(env.Out, "%-9s  secrets/pending/%s.csr\n", e.Action, e.ID); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	}
	if len(asked.Events) == 0 {
		_, err = fmt.Fprintln(env.Out, "nothing to request: every certificate is in order")
	} else {
		_, err = fmt.Fprintln(env.Out, tally(named{counts[issue.Requested], "requested"}, named{counts[issue.Pending], "pending before"}))
	}
	return err
}

func (env Environment) printRequests(asked issue.CSRResult, list diag.List) error {
	type row struct {
		ID     string       `json:"id"`
		Action issue.Action `json:"action"`
		File   string       `json:"file"`
		Why    []string     `json:"why,omitempty"`
	}
	result := struct {
		Requests    []row     `json:"requests"`
		Diagnostics diag.List `json:"diagnostics"`
	}{[]row{}, notNil(list)}
	if !list.HasErrors() {
		for _, e := range asked.Events {
			result.Requests = append(result.Requests, row{e.ID, e.Action, layout.Secrets + layout.Pending(e.ID, layout.Request), e.Why})
		}
	}
	if err := env.printJSON(result); err != nil {
		return err
	}
	return env.report(list, jsonText)
}
