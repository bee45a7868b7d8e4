package cli

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/change/review"
	"github.com/harender/harender/internal/change/revision"
	"github.com/harender/harender/internal/change/rollout"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/repository"
)

func newDiff(env Environment) *cobra.Command {
	var o diffOptions
	c := &cobra.Command{
		Use:   "diff [DIR]",
		Short: "Show what a build would change, and the plan of the rollout",
		Long: `diff renders the repository DIR in memory and compares that with DIR/rendered or, with --base, with what a revision of
git has there. It tells who gains or loses access to secrets, what nodes trust, which flags, certificates and settings
change on which nodes, what restarts, and in which order nodes can take it so that etcd keeps its quorum and the
endpoint answers. What a build has yet to issue is told as planned. It writes nothing, and needs neither a key nor a
network.

text is for a terminal, and has the commands of each step with --commands. markdown is for one comment of a pull request, sarif
for code scanning, json for programs (docs/diff.schema.json describes it), and ansible is the rollout as a playbook for the
role that brings the files.

The exit status is 0 if nothing changes, 1 if something does, and 2 if that cannot be told. With --detailed-exitcode it
is as terraform has it: 2 if something changes, and 1 if that cannot be told.

Every change has classes of risk: irreversible, identity, data-at-rest, quorum, endpoint, restart, or none. With --require-ack the
exit status is 1 if the change has a class that is named and that spec.acknowledge does not, and else 0.`,
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
	c.Flags().StringArrayVar(&o.require, "require-ack", nil, "`CLASS` of risk that takes a word in spec.acknowledge; as often as there are classes")
	c.Flags().StringVar(&o.base, "base", "", "`REVISION` of git to compare with, such as origin/main (default: DIR/rendered as it is)")
	return c
}

// diffOptions are the flags of diff.
type diffOptions struct {
	format   format
	base     string
	commands bool
	gone     []string
	// require are classes of risk that the spec has to acknowledge.
	require []string
}

func (env Environment) diff(dir string, o diffOptions) error {
	for _, class := range o.require {
		if !slices.Contains(cluster.Risks(), class) {
			return &usageError{"--require-ack " + diag.Quote(class) + " is no class of risk", diag.DidYouMean(class, cluster.Risks(), "it can be "+strings.Join(cluster.Risks(), ", "))}
		}
	}
	found, list := repository.Diff(dir, env.Environment, repository.DiffOptions{Base: o.base, Gone: o.gone})
	missing := unacknowledged(found, list, o.require)
	if err := env.printDiff(dir, found, list, missing, o); err != nil {
		return fmt.Errorf("writing the difference: %w", err)
	}
	if err := env.report(list, o.format); err != nil {
		return err
	}
	if err := env.report(missing, o.format); err != nil && !errors.Is(err, errReported) {
		return err
	}
	if found.Same || len(o.require) > 0 && !missing.HasErrors() {
		return nil
	}
	return errDifferent
}

// unacknowledged are the classes of risk that were asked for, and that the spec does not agree to; and those that it agrees to for
// another change than this.
func unacknowledged(found review.Review, list diag.List, classes []string) diag.List {
	var out diag.List
	if list.HasErrors() || found.Same || len(classes) == 0 {
		return nil
	}
	for _, r := range review.Unacknowledged(found, classes) {
		out = append(out, diag.Diagnostic{
			Field: "spec.acknowledge", Summary: "nobody has acknowledged the risk " + r.Class, Detail: "this change has it for " + diag.Few(r.What),
			Hint: "who takes it on writes acknowledge: [" + r.Class + "] below spec",
		})
	}
	for _, class := range found.Acknowledged {
		if !slices.ContainsFunc(found.Impact.Risks, func(r rollout.Risk) bool { return r.Class == class }) {
			out = append(out, diag.Diagnostic{
				Severity: diag.Warning, Field: "spec.acknowledge", Summary: "this change does not have the risk " + class, Detail: "It would stand for a later one that nobody has looked at.",
				Hint: "take " + class + " out of spec.acknowledge",
			})
		}
	}
	return out
}

// printDiff prints nothing but JSON after an error.
func (env Environment) printDiff(dir string, found review.Review, list, missing diag.List, o diffOptions) error {
	if o.format == jsonText {
		result := review.Result{Review: &found, Diagnostics: notNil(slices.Concat(list, missing))}
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
