package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/change/review"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/repository"
)

func newRestore(env Environment) *cobra.Command {
	var f format
	var snapshot string
	var fresh []string
	c := &cobra.Command{
		Use:   "restore --snapshot FILE [DIR]",
		Short: "Tell how to bring etcd back from a snapshot, node by node",
		Long: `restore is for a cluster that lost the majority of its etcd, or its data. It looks whether the snapshot FILE is whole, and
prints the commands for the nodes that DIR/rendered has: all members go back to the same snapshot, while nothing asks
them. What was written after the snapshot is gone. Each command may be run again where one failed.

Copy the snapshot to every member first, as /var/lib/etcd-restore.db. Name the nodes whose machines are new with --new:
they get their files in between, and start nothing before.`,
		Example: `  harender restore --snapshot etcd.db
  harender restore --snapshot etcd.db --new m2 --new m3`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			if snapshot == "" {
				return &usageError{"restore needs a snapshot", "name its file: harender restore --snapshot FILE"}
			}
			return env.restore(directory(c, args), snapshot, fresh, f)
		},
	}
	addFormat(c, &f, text, jsonText)
	c.Flags().StringVar(&snapshot, "snapshot", "", "`FILE` that etcdctl snapshot save has made, or a copy of member/snap/db of a stopped member")
	c.Flags().StringArrayVar(&fresh, "new", nil, "`NODE` whose machine is new; as often as there are such nodes")
	return c
}

func (env Environment) restore(dir, snapshot string, fresh []string, f format) error {
	way, list := repository.Restore(dir, env.Environment, snapshot, fresh)
	var err error
	switch {
	case f == jsonText:
		result := struct {
			*repository.Restoration
			Diagnostics diag.List `json:"diagnostics"`
		}{&way, notNil(list)}
		if list.HasErrors() {
			result.Restoration = nil
		}
		err = env.printJSON(result)
	case !list.HasErrors():
		err = review.Steps(env.Out, way.Steps, way.Fleet, env.Screen)
	}
	if err != nil {
		return fmt.Errorf("writing the steps: %w", err)
	}
	return env.report(list, f)
}
