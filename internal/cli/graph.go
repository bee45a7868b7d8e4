package cli

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/compile/topology"
	"github.com/harender/harender/internal/repository"
)

func newGraph(env Environment) *cobra.Command {
	var form format
	var out string
	c := &cobra.Command{
		Use:   "graph [DIR]",
		Short: "Draw the cluster as SVG or Mermaid",
		Long: `graph draws the cluster of the repository DIR from its spec: clients, the load balancer, control plane, etcd and workers, and which
of them connects to which, at which port, with which authority. It is a picture (SVG) or text that Mermaid draws.`,
		Example: `  harender graph --out cluster.svg
  harender graph -o mermaid`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			p, list := repository.Plan(directory(c, args), env.Environment)
			if err := env.report(list, text); err != nil {
				return err
			}
			g := topology.Of(p.Cluster)
			draw := g.SVG
			if form == mermaid {
				draw = g.Mermaid
			}
			return env.writeTo(out, func(w io.Writer) error {
				_, err := io.WriteString(w, draw())
				return err
			})
		},
	}
	addFormat(c, &form, svg, mermaid)
	addOut(c, &out)
	return c
}
