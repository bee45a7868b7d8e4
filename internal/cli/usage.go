package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/harender/harender/internal/diag"
)

// usageError is something wrong with the command line itself, or with what it names.
type usageError struct{ summary, hint string }

func (m *usageError) Error() string { return m.summary }

// finding gives an error that ended a command the form of all messages.
func finding(err error) diag.Diagnostic {
	d := diag.Diagnostic{Summary: err.Error()}
	if m, ok := errors.AsType[*usageError](err); ok {
		d.Hint = m.hint
	}
	return d
}

// noCommand refuses a word that is no command.
func noCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var known []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			known = append(known, sub.Name())
		}
	}
	return &usageError{"there is no command " + diag.Quote(args[0]), guess(diag.Nearest(args[0], known), c.CommandPath()+" --help lists the commands")}
}

// choice is the name itself, if it is one of the names.
func choice(what, name string, names []string) (string, error) {
	if slices.Contains(names, name) {
		return name, nil
	}
	return "", &usageError{"there is no " + what + " " + diag.Quote(name), guess(diag.Nearest(name, names), "there are "+strings.Join(names, ", "))}
}

// atMost refuses arguments past the first n.
func atMost(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		return &usageError{fmt.Sprintf("%s takes no argument %s", c.CommandPath(), diag.Quote(args[n])), "its form is: " + c.UseLine()}
	}
}

// badFlag words what is wrong with a flag.
func badFlag(c *cobra.Command, err error) error {
	help := c.CommandPath() + " --help lists the flags"
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		var known []string
		c.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
		name := "--" + e.GetSpecifiedName()
		if e.GetSpecifiedShortnames() != "" {
			name = "-" + e.GetSpecifiedShortnames()
		}
		return &usageError{"there is no flag " + diag.Escape(name), guess(diag.Nearest(name, known), help)}
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		f := e.GetFlag()
		value, usage := pflag.UnquoteUsage(f)
		near := ""
		if choices := strings.Split(f.Value.Type(), "|"); len(choices) > 1 {
			near = diag.Nearest(e.GetValue(), choices)
		}
		return &usageError{fmt.Sprintf("--%s cannot be %s", f.Name, diag.Quote(e.GetValue())), guess(near, fmt.Sprintf("--%s %s: %s", f.Name, value, usage))}
	}
	return &usageError{err.Error(), help}
}

// guess offers the nearest word, or else where to look.
func guess(near, help string) string {
	if near == "" {
		return help
	}
	return "did you mean " + near + "? " + help
}
