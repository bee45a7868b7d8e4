package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/repository"
)

func newCheck(env Environment) *cobra.Command {
	var f format
	c := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Check the spec and the layers; writes nothing, needs no key",
		Example: `  harender check
  harender check ./prod -o json`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			compiled, list := repository.Check(directory(c, args), env.Environment)
			if f == jsonText {
				if err := env.printJSON(struct {
					Diagnostics diag.List `json:"diagnostics"`
				}{notNil(list)}); err != nil {
					return err
				}
			}
			if err := env.report(list, f); err != nil || f == jsonText {
				return err
			}
			_, err := fmt.Fprintf(env.Summary, "%s: no errors in the spec and layers of %s\n", compiled.Plan.Cluster.Name, count(len(compiled.Plan.Nodes), "node"))
			return err
		},
	}
	addFormat(c, &f, text, jsonText)
	return c
}

func newSchema(env Environment) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the spec",
		Args:  atMost(0),
		RunE: func(*cobra.Command, []string) error {
			_, err := env.Out.Write(spec.Schema())
			return err
		},
	}
}
