//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// run gives what a command says on standard output; its standard error is in the error.
func run(cmd *exec.Cmd) (string, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, stderr.Bytes())
	}
	return string(out), nil
}

// command makes a command of its words, to run here or on a host.
type command = func(ctx context.Context, argv ...string) *exec.Cmd

// runAll runs commands given as lines, words parted by blanks, one after the other.
func runAll(ctx context.Context, command command, lines ...string) error {
	for _, line := range lines {
		if _, err := run(command(ctx, strings.Fields(line)...)); err != nil {
			return err
		}
	}
	return nil
}

// here is a command in the namespaces of the test itself.
func here(ctx context.Context, argv ...string) *exec.Cmd {
	return exec.CommandContext(ctx, argv[0], argv[1:]...)
}
