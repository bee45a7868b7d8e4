package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/repository"
)

func newCerts(env Environment) *cobra.Command {
	c := &cobra.Command{
		Use:   "certs",
		Short: "List, renew, rotate, import and pin certificates",
		Args:  noCommand,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newCertsList(env), newCertsPins(env), newCertsRenew(env), newCertsImport(env), newCertsCSR(env), newRotate(env, authorities), newRotate(env, keys))
	return c
}

// ask is what a user wants to know about the certificates.
type ask struct {
	form format
	// within counts if set: otherwise each certificate's renewal window does.
	within time.Duration
	set    bool
}

func newCertsList(env Environment) *cobra.Command {
	var a ask
	c := &cobra.Command{
		Use:   "list [DIR]",
		Short: "List every certificate and when it ends, without any key",
		Long: `list shows the certificates that the spec of the repository DIR asks for, as they lie in DIR/secrets: whose, by whom,
for which names, until when. It needs no key. The status is ok, renew (inside the renewal window), expired, missing or
damaged. Nodes whose certificates agree share a row; -o wide has a row for each, with its path, subject and issuer.

It fails if a certificate is missing or damaged, or ends within the time that --expires-within gives, so that cron and
CI can watch; the list is printed all the same.`,
		Example: `  harender certs list
  harender certs list -o prometheus`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			a.set = c.Flags().Changed("expires-within")
			if a.within < 0 {
				return &usageError{"--expires-within cannot be negative", "to hear only of what has expired, use --expires-within 0s"}
			}
			return env.listCerts(directory(c, args), a)
		},
	}
	addFormat(c, &a.form, table, wide, jsonText, prometheus)
	c.Flags().DurationVar(&a.within, "expires-within", 0, "fail if a certificate ends within `DURATION`, such as 2160h (default: the renewal window of the spec)")
	return c
}

func (env Environment) listCerts(root string, a ask) error {
	now := env.Now()
	p, list := repository.PlanForKeys(root, env.Environment)
	var all []issue.Held
	if !list.HasErrors() {
		var found diag.List
		all, found = repository.Certificates(root, p, now)
		list = append(list, found...)
	}
	for _, h := range all {
		within := h.RenewBefore
		if a.set {
			within = a.within
		}
		if d, ending := h.Ending(now, within); ending {
			list = append(list, d)
		}
	}
	if err := env.printCerts(a.form, inventoried{p.Cluster, all, list, now}); err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	return env.report(list, text) // Also beside JSON: cron mails what is on stderr.
}
