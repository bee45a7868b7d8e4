package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/repository"
)

func newSecrets(env Environment) *cobra.Command {
	c := &cobra.Command{
		Use:   "secrets",
		Short: "Show who opens the secrets; renew them, remove stale ones",
		Args:  noCommand,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newSecretsAccess(env), newSecretsRetired(env), newSecretsPrune(env), newSecretsRenew(env))
	return c
}

// inquiry is what a user wants to know about who opens what.
type inquiry struct {
	form                    format
	recipient, file, stolen string
}

func newSecretsAccess(env Environment) *cobra.Command {
	var q inquiry
	c := &cobra.Command{
		Use:   "access [DIR]",
		Short: "Tell who opens which secret, and what a stolen machine has",
		Long: `access reads from the sealed files of the repository DIR who can open them: operators, by the rules of .sops.yaml that
name them, and nodes. Nodes that open the same of their own files share a row. A warning tells where the files are sealed
to others than .sops.yaml and the spec say.

Long keys are cut, unless -o wide asks for all of them and more columns.

With --stolen, it tells what anyone who has that machine can read, whom they can pass for and until when, and what to replace,
in which order.`,
		Example: `  harender secrets access
  harender secrets access --stolen m1`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			if q.stolen != "" && q.recipient+q.file != "" {
				return &usageError{"--stolen goes without --recipient and --file", "ask for one thing at a time"}
			}
			return env.tellAccess(directory(c, args), q)
		},
	}
	addFormat(c, &q.form, table, wide, jsonText)
	c.Flags().StringVar(&q.recipient, "recipient", "", "list the files that this `RECIPIENT` opens: a node's name, a recipient, or how it begins")
	c.Flags().StringVar(&q.file, "file", "", "list who opens the file at this `PATH` below secrets/ or rendered/")
	c.Flags().StringVar(&q.stolen, "stolen", "", "tell what anyone who stole this `NODE` can do, and what to replace")
	return c
}

func (env Environment) tellAccess(root string, q inquiry) error {
	all, list := repository.SurveyAccess(root, env.Environment, q.stolen)
	s := surveyed{all}
	if !list.HasErrors() {
		list = append(list, s.narrow(q)...)
	}
	if q.stolen == "" && !list.HasErrors() {
		list = append(list, s.Drift()...)
	}
	var err error
	switch {
	case q.form == jsonText && q.stolen != "":
		err = env.printJSON(compromiseDocument(s, list))
	case q.form == jsonText:
		err = env.printJSON(accessDocument(s, list))
	case list.HasErrors():
	case q.stolen != "":
		err = env.printCompromise(s.Compromise, q.form == wide)
	default:
		err = env.printGrid(s.table(q))
	}
	if err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return env.report(list, text) // Also beside JSON: stderr is for people.
}

// surveyed is who can open what in a repository.
type surveyed struct{ repository.Access }

// narrow leaves what was asked for.
func (s *surveyed) narrow(q inquiry) diag.List {
	var list diag.List
	if q.file != "" {
		s.At(strings.TrimPrefix(q.file, "./"))
		if len(s.Files) == 0 {
			list = append(list, diag.Diagnostic{
				Summary: "there is no sealed file " + diag.Quote(q.file), Hint: "name it from the repository's root, such as secrets/cluster/etcd-ca.key.sops",
			})
		}
	}
	if q.recipient != "" {
		s.Of(q.recipient)
		if len(s.Holders) == 0 {
			list = append(list, diag.Diagnostic{
				Summary: "nobody who opens anything is called " + diag.Quote(q.recipient), Hint: "harender secrets access lists who does",
			})
		}
	}
	return list
}
