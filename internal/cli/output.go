package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/harender/harender/internal/diag"
)

// printJSON prints data for machines.
func (env Environment) printJSON(v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	if _, err := env.Out.Write(diag.EscapeJSON(b.Bytes())); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// report prints findings for people, unless JSON has them, and fails if there are errors.
func (env Environment) report(list diag.List, f format) error {
	if f != jsonText {
		if err := diag.Print(env.Err, list, env.Color); err != nil {
			return fmt.Errorf("writing the findings: %w", err)
		}
	}
	if list.HasErrors() {
		return errReported
	}
	return nil
}

// addOut adds the flag for where the result goes.
func addOut(c *cobra.Command, out *string) {
	c.Flags().StringVar(out, "out", "", "write the `FILE`, over one that is there (default: print)")
}

// writeTo writes the result into a file, or prints it if there is no name. The file is written once all of the result is there.
func (env Environment) writeTo(name string, write func(io.Writer) error) error {
	if name == "" {
		return write(env.Out)
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil { // #nosec G306 -- it has nothing that the repository has not
		return &usageError{"cannot write " + diag.Quote(name) + ": " + diag.Cause(err).Error(), "name a file in a directory that you may write to"}
	}
	return nil
}

// notNil makes JSON say [] for no findings.
func notNil(list diag.List) diag.List {
	if list == nil {
		return diag.List{}
	}
	return list
}

// Colorful reports whether f is a terminal whose user has not asked for plain text (https://no-color.org).
func Colorful(f *os.File, lookup func(string) (string, bool)) bool {
	if v, ok := lookup("NO_COLOR"); ok && v != "" {
		return false
	}
	if v, _ := lookup("TERM"); v == "dumb" {
		return false
	}
	return IsTerminal(f)
}

// IsTerminal reports whether f is a terminal, where what is written stays on a screen.
func IsTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
