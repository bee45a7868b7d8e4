package cli

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/harender/harender/internal/compile/spec"
)

// globals are the flags of every command.
type globals struct {
	directory string
	color     colors
	noColor   bool
	quiet     bool
}

// colors says whether messages have colours.
type colors string

const (
	colorAuto   colors = "auto"
	colorAlways colors = "always"
	colorNever  colors = "never"
)

// inDirectory is the flag that says where a command works.
const inDirectory = "directory"

func addGlobal(f *pflag.FlagSet, g *globals) {
	f.StringVarP(&g.directory, inDirectory, "C", "", "work in the repository `DIR` (default: the nearest folder with a spec, from here upwards)")
	f.Var(first(&g.color, colorAuto, colorAlways, colorNever), "color", "colours: on a terminal, always or never")
	f.BoolVar(&g.noColor, "no-color", false, "print without colours, as NO_COLOR=1 does")
	f.BoolVarP(&g.quiet, "quiet", "q", false, "print the result, warnings and errors only: no progress, notes or summary")
}

// with gives the environment what the global flags of a command line say about it, and a meter. Mistakes are for the command to find.
func (env Environment) with(args []string) (Environment, *meter) {
	var g globals
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.ParseErrorsAllowlist.UnknownFlags = true
	f.Usage = func() {}
	addGlobal(f, &g)
	_ = f.Parse(args)
	if g.noColor || g.color == colorNever {
		env.Color, env.Screen.Color = false, false
	} else if g.color == colorAlways {
		env.Color, env.Screen.Color = true, true
	}
	if g.quiet {
		env.Progress = NoProgress
	}
	env, progress := env.metered()
	env.Notes, env.Summary = env.Err, env.Out
	if env.Screen.Width > 0 {
		env.Summary = folding{env.Out, env.Screen.Width}
	}
	if g.quiet {
		env.Notes, env.Summary = io.Discard, io.Discard
	}
	return env, progress
}

// oldDirectory is what -C was called by commands whose arguments are no DIR.
const oldDirectory = "dir"

func addOldDirectory(c *cobra.Command) {
	c.Flags().String(oldDirectory, "", "the repository `DIR`")
	c.Flags().Lookup(oldDirectory).Hidden = true
}

// renamed tells of flags that have another name now.
func (env Environment) renamed(c *cobra.Command) {
	if f := c.Flags().Lookup(oldDirectory); f != nil && f.Changed {
		_, _ = fmt.Fprintf(env.Notes, "note: --%s is -C DIR now, and goes with the next release\n", oldDirectory) // Nobody is left to tell.
	}
}

// directory is where a command works: the folder that the command line names or, without one, the nearest that has a spec,
// from here upwards, or this one.
func directory(c *cobra.Command, args []string) string {
	if dir := folder(c, args); dir != "" {
		return dir
	}
	return nearest()
}

// folder is the DIR among the arguments, below the folder of -C if that is given; without a DIR, the folder of -C.
func folder(c *cobra.Command, args []string) string {
	base, _ := c.Flags().GetString(inDirectory)
	if old, err := c.Flags().GetString(oldDirectory); err == nil {
		base = cmp.Or(base, old)
	}
	switch {
	case len(args) > 0 && !filepath.IsAbs(args[0]):
		return filepath.Join(base, args[0])
	case len(args) > 0:
		return args[0]
	}
	return base
}

// nearest is the folder of the spec, from here upwards, but not above the git repository; or else this folder.
func nearest() string {
	const levels = 64 // Below the root, .. is the root again.
	dir := "."
	for range levels {
		for _, name := range append(spec.Files(), ".git") {
			if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
				continue
			}
			if name == ".git" {
				return "."
			}
			return dir
		}
		dir = filepath.Join(dir, "..")
	}
	return "."
}
