package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/access"
	"github.com/harender/harender/internal/repository"
)

func newSecretsRetired(env Environment) *cobra.Command {
	var form format
	c := &cobra.Command{
		Use:   "retired [DIR]",
		Short: "List the secrets that nothing needs any more, without any key",
		Long: `retired lists what lies below DIR/secrets and the spec does not ask for: retired (replaced), departed (of a node that left
the spec) and unused (of a duty that a node has no more). A certificate that still works is a risk for as long as somebody
has its key: there is no taking it back, but by another authority. harender secrets prune removes what is listed.`,
		Example: `  harender secrets retired`,
		Args:    atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			return env.listRelics(directory(c, args), form)
		},
	}
	addFormat(c, &form, table, wide, jsonText)
	return c
}

func (env Environment) listRelics(root string, form format) error {
	stale, list := repository.StaleSecrets(root, env.Environment)
	list = append(list, risky(stale)...)
	if err := env.printRelics(stale, list, form); err != nil {
		return err
	}
	return env.report(list, text)
}

// risky names what still works: that a secret was replaced takes nothing from who has it.
func risky(stale []access.StaleSecret) diag.List {
	n := 0
	var last access.StaleSecret
	for _, r := range stale {
		if r.Works {
			n++
			if r.Until.After(last.Until) {
				last = r
			}
		}
	}
	if n == 0 {
		return nil
	}
	return diag.List{{
		Severity: diag.Warning, Summary: fmt.Sprintf("%s that nothing needs still work, the last until %s", count(n, "certificate"), last.Until.UTC().Format(time.DateOnly)),
		Detail: "anyone who has a key of them can use it, and removing the file takes nothing from them",
		Hint:   "where a key may have got into wrong hands, rotate the authority: harender certs rotate-ca",
	}}
}

func newSecretsPrune(env Environment) *cobra.Command {
	var form format
	var o repository.Pruning
	c := &cobra.Command{
		Use:   "prune [DIR]",
		Short: "Remove secrets that nothing needs any more",
		Long: `prune removes from DIR/secrets what harender secrets retired lists: with --retired what was replaced, with --departed what
belongs to nodes and duties that left the spec. What DIR/rendered still holds stays. It happens in one step, and prints
what was removed. The history of the repository keeps it.`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case !o.Retired && !o.Departed:
				return &usageError{"prune does not know what to remove", "say --retired, --departed or both; harender secrets retired lists what there is"}
			case o.OlderThan < 0:
				return &usageError{"--older-than cannot be negative", "give a duration such as 720h"}
			}
			ctx, cancel := context.WithTimeout(c.Context(), lockWait)
			defer cancel()
			removed, list, err := repository.Prune(ctx, directory(c, args), env.Environment, o)
			if err != nil {
				return err
			}
			return env.tellPruned(removed, list, form)
		},
	}
	addFormat(c, &form, table, wide, jsonText)
	c.Flags().BoolVar(&o.Retired, "retired", false, "remove what was replaced")
	c.Flags().BoolVar(&o.Departed, "departed", false, "remove what belongs to nodes and duties that left the spec")
	c.Flags().DurationVar(&o.OlderThan, "older-than", 0, "spare what was replaced, or else sealed, within `DURATION`, such as 720h")
	return c
}

func (env Environment) tellPruned(removed []access.StaleSecret, list diag.List, form format) error {
	if err := env.printRelics(removed, list, form); err != nil {
		return err
	}
	if err := env.report(list, text); err != nil {
		return err
	}
	said := "nothing to remove"
	if len(removed) > 0 {
		said = "removed the above; the history of the repository keeps them, and anyone who had a key can open them there"
	}
	_, err := fmt.Fprintln(env.Notes, said)
	return err
}

// relic is a secret that nothing needs, in JSON. What is not known is null or empty.
type relic struct {
	ID       string      `json:"id"`
	Node     string      `json:"node"`
	Kind     access.Kind `json:"kind"`
	Serial   string      `json:"serial"`
	Sealed   *time.Time  `json:"sealed"`
	Replaced *time.Time  `json:"replaced"`
	NotAfter *time.Time  `json:"notAfter"`
	Works    bool        `json:"works"`
	Files    []string    `json:"files"`
}

func (env Environment) printRelics(stale []access.StaleSecret, list diag.List, form format) error {
	switch {
	case form == jsonText:
	case list.HasErrors() || len(stale) == 0:
		return nil
	default:
		return env.printGrid(staleTable(stale).shown(form == wide, 0, 1, 3, 5, 6))
	}
	out := struct {
		Secrets     []relic   `json:"secrets"`
		Diagnostics diag.List `json:"diagnostics"`
	}{[]relic{}, notNil(list)}
	for _, r := range stale {
		out.Secrets = append(out.Secrets, relic{r.ID, r.Node, r.Kind, r.Serial, moment(r.Sealed), moment(r.Replaced), moment(r.Until), r.Works, r.Files})
	}
	return env.printJSON(out)
}

func staleTable(stale []access.StaleSecret) grid {
	out := grid{head: []string{"ID", "KIND", "SERIAL", "REPLACED", "SEALED", "NOT AFTER", "WORKS", "FILES"}}
	for _, r := range stale {
		works := "-"
		if !r.Until.IsZero() {
			works = map[bool]string{true: "still", false: "no"}[r.Works]
		}
		files := fmt.Sprintf("%d: %s", len(r.Files), r.Files[0])
		out.rows = append(out.rows, []string{r.ID, string(r.Kind), orDash(r.Serial), day(r.Replaced), day(r.Sealed), day(r.Until), works, files})
	}
	return out
}

func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.DateOnly)
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
