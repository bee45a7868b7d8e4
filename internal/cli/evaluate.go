package cli

import (
	"fmt"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/compile/sandbox"
)

const evaluate = "evaluate-layers"

// Sandbox is this program as the child that computes and shapes the layers of the repository at root. It inherits no environment,
// and so no key.
func Sandbox(root string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	cmd := exec.Command(self, evaluate, root) //nolint:gosec,noctx // this program itself, which ends when its input does
	cmd.Args[0] = os.Args[0]
	cmd.Env = []string{}
	return cmd
}

// newEvaluate is the child's side of [Sandbox].
func newEvaluate(env Environment) *cobra.Command {
	return &cobra.Command{
		Use:    evaluate + " DIR",
		Short:  "Compute and shape layers for another harender",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir, err := os.OpenRoot(args[0])
			if err != nil {
				return fmt.Errorf("opening %s: %w", args[0], err)
			}
			// The process ends with this command, and the directory with it.
			layers := compile.Layers(dir.FS(), env.Builtin)
			return sandbox.Serve(layers, render.Here(layers), env.In, env.Out)
		},
	}
}
