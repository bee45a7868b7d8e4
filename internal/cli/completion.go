package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/harender/harender/internal/compile/spec"
)

// addCompletions lets shells complete what can stand in each place of the command line: words that are fixed, names from
// the spec of the repository, directories. A spec that does not resolve completes nothing.
func (env Environment) addCompletions(c *cobra.Command) {
	for _, sub := range c.Commands() {
		env.addCompletions(sub)
	}
	if c.Runnable() && !c.HasSubCommands() && c.ValidArgsFunction == nil {
		c.ValidArgsFunction = env.completeArgument
	}
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		word, _ := pflag.UnquoteUsage(f)
		// It fails for a flag that has a function already, which is none of these.
		_ = c.RegisterFlagCompletionFunc(f.Name, func(c *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return env.complete(gap{c, args, word}, typed)
		})
	})
}

// gap is where a word is missing: word is what the command's form, or the flag's usage, calls it there.
type gap struct {
	command *cobra.Command
	args    []string
	word    string
}

// repository is where the command would work.
func (p gap) repository() string {
	if i := slices.Index(strings.Fields(p.command.Use), "[DIR]"); i > 0 && len(p.args) >= i {
		return directory(p.command, p.args[i-1:i])
	}
	return directory(p.command, nil)
}

func (env Environment) completeArgument(c *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	form := strings.Fields(c.Use)[1:]
	if c.Name() == "explain" {
		form = []string{"FIELD|NODE", "POD"}
	}
	switch last := len(form) - 1; {
	case len(args) <= last:
		return env.complete(gap{c, args, strings.Trim(form[len(args)], "[]")}, typed)
	case last >= 0 && strings.HasSuffix(form[last], "..."):
		return env.complete(gap{c, args, form[last]}, typed)
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// complete gives what begins with what was typed.
func (env Environment) complete(p gap, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	switch p.word {
	case "DIR", "DIRECTORY":
		return nil, cobra.ShellCompDirectiveFilterDirs
	case "FILE", "PATH", "PATH...":
		return nil, cobra.ShellCompDirectiveDefault
	case "FIELD=VALUE...":
		return beginning(fields(typed), typed), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	case "FIELD|NODE":
		if strings.HasPrefix(typed, "spec.") || typed == "spec" {
			return beginning(fields(typed), typed), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		}
	}
	return beginning(env.names(p), typed), cobra.ShellCompDirectiveNoFileComp
}

// beginning leaves the words that begin with what was typed.
func beginning(all []cobra.Completion, typed string) []cobra.Completion {
	return slices.DeleteFunc(all, func(c cobra.Completion) bool { return !strings.HasPrefix(c, typed) })
}

// fields are those beside the one that was typed, such as spec.etcd for spec.et.
func fields(typed string) []cobra.Completion {
	parent, _, _ := strings.Cut(typed, ".")
	if i := strings.LastIndex(typed, "."); i >= 0 {
		parent = typed[:i]
	}
	e, list := spec.Explain(parent)
	if list.HasErrors() {
		return nil
	}
	var out []cobra.Completion
	for _, f := range e.Fields {
		about, _, _ := strings.Cut(f.Description, ". ")
		out = append(out, cobra.CompletionWithDesc(f.Field, about))
	}
	return out
}
