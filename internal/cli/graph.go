package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/compile/topology"
	"github.com/harender/harender/internal/repository"
)

func newGraph(env Environment) *cobra.Command {
	var form format
	c := &cobra.Command{
		Use:   "graph [DIR]",
		Short: "Draw the cluster: who runs what, and who talks to whom",
		Long: `graph draws the cluster of the repository DIR from its spec: clients, the load balancer, control plane, etcd and workers, and which
of them connects to which, at which port, with which authority. It is a picture (SVG) or text that Mermaid draws.`,
		Args: atMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			p, list := repository.Plan(directory(args), env.Environment)
			if err := env.report(list, text); err != nil {
				return err
			}
			g := topology.Of(p.Cluster)
			if form == mermaid {
				_, err := fmt.Fprint(env.Out, g.Mermaid())
				return err
			}
			_, err := fmt.Fprint(env.Out, g.SVG())
			return err
		},
	}
	addFormat(c, &form, svg, mermaid)
	return c
}
