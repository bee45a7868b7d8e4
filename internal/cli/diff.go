package cli

import (
	"errors"
	"fmt"
	"path"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/review"
	"github.com/harender/harender/internal/revision"
)

// reviewing is how a difference is printed.
type reviewing string

const (
	reviewText     reviewing = "text"
	reviewJSON     reviewing = "json"
	reviewMarkdown reviewing = "markdown"
	reviewSARIF    reviewing = "sarif"
	reviewAnsible  reviewing = "ansible"
)

// String implements pflag.Value.
func (f *reviewing) String() string { return string(*f) }

// Set implements pflag.Value.
func (f *reviewing) Set(s string) error {
	switch reviewing(s) {
	case reviewText, reviewJSON, reviewMarkdown, reviewSARIF, reviewAnsible:
		*f = reviewing(s)
		return nil
	}
	return errors.New("it is text, json, markdown, sarif or ansible")
}

// Type implements pflag.Value.
func (f *reviewing) Type() string { return "text|json|markdown|sarif|ansible" }

func newDiff(env Environment) *cobra.Command {
	f := reviewText
	var base string
	c := &cobra.Command{
		Use:   "diff [DIR]",
		Short: "Tell what a build would change on the nodes, and how to roll it out, without any key",
		Long: `diff renders the repository DIR in memory and compares that with DIR/rendered or, with --base, with what a revision of
git has there. It tells who gains or loses access to secrets, what nodes trust, which flags, certificates and settings
change on which nodes, what restarts, and in which order nodes can take it so that etcd keeps its quorum and the
endpoint answers. What a build has yet to issue is told as planned. It writes nothing, and needs neither a key nor a
network.

text is for a terminal, markdown for one comment of a pull request, sarif for code scanning, json for programs
(docs/diff.schema.json describes it), and ansible is the rollout as a playbook for the role that brings the files.

The exit status is 0 if nothing changes, 1 if something does, and 2 if that cannot be told.`,
		Args:        atMost(1),
		Annotations: map[string]string{troubleCode: "2"},
		RunE: func(_ *cobra.Command, args []string) error {
			return env.diff(directory(args), base, f)
		},
	}
	c.Flags().VarP(&f, "output", "o", "how to print the difference")
	c.Flags().StringVar(&base, "base", "", "`REVISION` of git to compare with, such as origin/main (default: DIR/rendered as it is)")
	return c
}

func (env Environment) diff(dir, base string, f reviewing) error {
	found, list := compile.Diff(dir, env.Environment, base)
	if err := env.printDiff(dir, found, list, f); err != nil {
		return fmt.Errorf("writing the difference: %w", err)
	}
	told := text
	if f == reviewJSON {
		told = jsonText
	}
	if err := env.report(list, told); err != nil {
		return err
	}
	if found.Same {
		return nil
	}
	return errDifferent
}

// printDiff prints nothing but JSON after an error.
func (env Environment) printDiff(dir string, found review.Review, list diag.List, f reviewing) error {
	if f == reviewJSON {
		result := review.Result{Review: &found, Diagnostics: notNil(list)}
		if list.HasErrors() {
			result.Review = nil
		}
		return env.printJSON(result)
	}
	if list.HasErrors() {
		return nil
	}
	switch f {
	case reviewMarkdown:
		return review.Markdown(env.Out, found)
	case reviewSARIF:
		return review.SARIF(env.Out, found, path.Join(revision.Within(dir), compile.Output))
	case reviewAnsible:
		return review.Ansible(env.Out, found)
	case reviewText, reviewJSON:
	}
	return review.Text(env.Out, found, env.Screen)
}
