package cli

import (
	"fmt"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/compile/jsonnet"
	"github.com/harender/harender/internal/compile/layer"
)

const evaluate = "evaluate-jsonnet"

// Sandbox is this program as the child that evaluates jsonnet for the repository at root. It inherits no environment,
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
		Short:  "Evaluate jsonnet for another harender",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir, err := os.OpenRoot(args[0])
			if err != nil {
				return fmt.Errorf("opening %s: %w", args[0], err)
			}
			// The process ends with this command, and the directory with it.
			return jsonnet.Serve(layer.Stack{dir.FS(), env.Builtin}, env.In, env.Out)
		},
	}
}
