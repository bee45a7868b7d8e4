package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

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
