package cli

import (
	"fmt"
	"path"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/change/review"
	"github.com/harender/harender/internal/change/revision"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/repository"
)

func newDiff(env Environment) *cobra.Command {
	var o diffOptions
	c := &cobra.Command{
		Use:   "diff [DIR]",
		Short: "Show what a build would change on the nodes, and the rollout plan",
		Long: `diff renders the repository DIR in memory and compares that with DIR/rendered or, with --base, with what a revision of
git has there. It tells who gains or loses access to secrets, what nodes trust, which flags, certificates and settings
change on which nodes, what restarts, and in which order nodes can take it so that etcd keeps its quorum and the
endpoint answers. What a build has yet to issue is told as planned. It writes nothing, and needs neither a key nor a
network.

text is for a terminal, and has the commands of each step with --commands. markdown is for one comment of a pull request, sarif
for code scanning, json for programs (docs/diff.schema.json describes it), and ansible is the rollout as a playbook for the
role that brings the files.

The exit status is 0 if nothing changes, 1 if something does, and 2 if that cannot be told. With --detailed-exitcode it
is as terraform has it: 2 if something changes, and 1 if that cannot be told.`,
		Example: `  harender diff
  harender diff --base origin/main -o markdown
  harender diff --commands`,
		Args:        atMost(1),
		Annotations: map[string]string{compares: "yes"},
		RunE: func(c *cobra.Command, args []string) error {
			if o.base == "" && c.Flags().Changed("base") {
				return &usageError{"--base names no revision", "name one, such as origin/main; or leave it out, to compare with DIR/rendered as it is"}
			}
			return env.diff(directory(c, args), o)
		},
	}
	addFormat(c, &o.format, text, jsonText, markdown, sarif, ansible)
	c.Flags().Bool(detailed, false, "exit with 2 if something changes, and with 1 for trouble")
	c.Flags().BoolVar(&o.commands, "commands", false, "print the commands of each step, too")
	c.Flags().StringArrayVar(&o.gone, "gone", nil, "`NODE` that leaves and whose machine is gone: nothing is run there; as often as there are nodes")
	c.Flags().StringVar(&o.base, "base", "", "`REVISION` of git to compare with, such as origin/main (default: DIR/rendered as it is)")
	return c
}

// diffOptions are the flags of diff.
type diffOptions struct {
	format   format
	base     string
	commands bool
	gone     []string
}

func (env Environment) diff(dir string, o diffOptions) error {
	found, list := repository.Diff(dir, env.Environment, repository.DiffOptions{Base: o.base, Gone: o.gone})
	if err := env.printDiff(dir, found, list, o); err != nil {
		return fmt.Errorf("writing the difference: %w", err)
	}
	if err := env.report(list, o.format); err != nil {
		return err
	}
	if found.Same {
		return nil
	}
	return errDifferent
}

// printDiff prints nothing but JSON after an error.
func (env Environment) printDiff(dir string, found review.Review, list diag.List, o diffOptions) error {
	if o.format == jsonText {
		result := review.Result{Review: &found, Diagnostics: notNil(list)}
		if list.HasErrors() {
			result.Review = nil
		}
		return env.printJSON(result)
	}
	if list.HasErrors() {
		return nil
	}
	switch o.format {
	case markdown:
		return review.Markdown(env.Out, found)
	case sarif:
		return review.SARIF(env.Out, found, path.Join(revision.Within(dir), repository.Output))
	case ansible:
		return review.Ansible(env.Out, found)
	}
	return review.Text(env.Out, found, env.Screen, o.commands)
}
