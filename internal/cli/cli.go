// Package cli is the command line: it reads flags, runs one stage of the program, and prints what came of it. Data goes
// to stdout, messages to stderr.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/change/review"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/repository"
)

// Environment is all that the program takes from outside.
type Environment struct {
	repository.Environment
	In       io.Reader
	Out, Err io.Writer
	// Summary is Out, and Notes is Err, for what only tells how it went; with --quiet they are nowhere.
	Summary, Notes io.Writer
	// Color: Err is a terminal that shows colours.
	Color bool
	// Shown: Out is a terminal.
	Shown bool
	// Screen is what Out is shown on.
	Screen review.Screen
	// Progress is how to tell on Err how far a command is that takes more than a second.
	Progress Progress
}

// errReported: the findings were printed, and are the whole message.
var errReported = errors.New("the input has errors")

// errDifferent: the differences were printed, and are the result of a command that looks for them.
var errDifferent = errors.New("there are differences")

// compares annotates a command whose exit code tells differences from trouble.
const compares = "compares"

// detailed is the flag that swaps the two.
const detailed = "detailed-exitcode"

// Run executes one command line and gives the exit code.
func Run(ctx context.Context, args []string, env Environment) int {
	env, progress := env.with(args)
	defer progress.silence()
	root := newRoot(env)
	root.PersistentPreRun = func(c *cobra.Command, _ []string) {
		progress.mute(c)
		env.renamed(c)
	}
	root.SetArgs(args)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	ran, err := root.ExecuteContextC(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errDifferent):
		different, _ := codes(ran, args)
		return different
	case errors.Is(err, errReported):
	default:
		_ = diag.Print(env.Err, diag.List{finding(err)}, env.Color) // Nobody is left to tell.
	}
	_, trouble := codes(ran, args)
	return trouble
}

// codes are the exit codes of a command that found differences, or failed: those of diff(1) or, if asked for, of terraform
// plan -detailed-exitcode. They hold too where the flags could not be read.
func codes(ran *cobra.Command, args []string) (different, trouble int) {
	asked, _ := ran.Flags().GetBool(detailed)
	switch {
	case ran.Annotations[compares] == "":
		return 1, 1
	case asked || slices.Contains(args, "--"+detailed):
		return 2, 1
	}
	return 1, 2
}

func newRoot(env Environment) *cobra.Command {
	root := &cobra.Command{
		Use:   "harender",
		Short: "Render highly available Kubernetes control planes from a repository",
		Long: `harender compiles a cluster spec through jsonnet and kustomize layers into one directory per node: static pod
manifests, PKI, kubeconfigs, kubelet, kube-proxy and load balancer configuration. Certificates are issued by cfssl, keys
sealed by sops. The output is committed, reviewed, and delivered by what you already run.`,
		Args:          noCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	addGroup(root, "Author:", newInit(env), newCheck(env), newSet(env), newBuild(env), newExplain(env), newSchema(env), newVersions(env))
	addGroup(root, "Review:", newDiff(env), newVerify(env), newReport(env), newGraph(env), newTextconv(env))
	addGroup(root, "Deliver:", newPayload(env), newRestore(env))
	addGroup(root, "Keys:", newCerts(env), newSecrets(env), newKubeconfig(env))
	root.AddCommand(newVersion(env), newMan(env), newEvaluate(env))
	root.SetFlagErrorFunc(badFlag)
	addGlobal(root.PersistentFlags(), new(globals))
	env.addCompletions(root)
	root.InitDefaultCompletionCmd()
	fitHelp(root)
	return root
}

// fitHelp keeps the help of all commands to the columns of a plain terminal.
func fitHelp(root *cobra.Command) {
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages ", fmt.Sprintf(".FlagUsagesWrapped %d ", defaultColumns)))
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		c.Long = reflow(c.Long, defaultColumns)
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
}

// addGroup adds commands that the help lists below a title.
func addGroup(root *cobra.Command, title string, commands ...*cobra.Command) {
	root.AddGroup(&cobra.Group{ID: title, Title: title})
	for _, c := range commands {
		c.GroupID = title
	}
	root.AddCommand(commands...)
}
