package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/harender/harender/internal/diag"
)

func newMan(env Environment) *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the man pages, for packages",
		Long: `man writes a manual page for each command into DIR, such as harender-build.1, over those that are there. Equal programs write equal
bytes; the pages bear a date if SOURCE_DATE_EPOCH gives one.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{"man wants a directory", "such as " + c.CommandPath() + " /usr/local/share/man/man1"}
			}
			return atMost(1)(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			date, err := env.pageDate()
			if err != nil {
				return err
			}
			if err := os.MkdirAll(args[0], 0o755); err != nil { // #nosec G301 -- everybody may read manuals
				return unwritable(args[0], err)
			}
			return writePages(c.Root(), args[0], date)
		},
	}
}

func unwritable(name string, err error) error {
	return &usageError{"cannot write " + diag.Quote(name) + ": " + diag.Cause(err).Error(), "name a directory that you may write to"}
}

// pageDate is empty, or as https://reproducible-builds.org/specs/source-date-epoch/ has it.
func (env Environment) pageDate() (string, error) {
	text, ok := env.LookupEnv("SOURCE_DATE_EPOCH")
	if !ok || text == "" {
		return "", nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return "", &usageError{"SOURCE_DATE_EPOCH is no number of seconds: " + diag.Quote(text), "unset it, or set it to what git log -1 --format=%ct says"}
	}
	return time.Unix(seconds, 0).UTC().Format(time.DateOnly), nil
}

func writePages(c *cobra.Command, dir, date string) error {
	for _, sub := range documented(c) {
		if err := writePages(sub, dir, date); err != nil {
			return err
		}
	}
	name := filepath.Join(dir, pageName(c)+".1")
	if err := os.WriteFile(name, []byte(page(c, date)), 0o644); err != nil { // #nosec G306 -- everybody may read manuals
		return unwritable(name, err)
	}
	return nil
}

// documented are the commands below c that have a page.
func documented(c *cobra.Command) []*cobra.Command {
	var out []*cobra.Command
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "help" {
			out = append(out, sub)
		}
	}
	return out
}

func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// page is the manual of one command, in the man macros of roff.
func page(c *cobra.Command, date string) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 \"%s\" \"harender %s\" \"User Commands\"\n", strings.ToUpper(roff(pageName(c))), date, roff(version()))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(pageName(c)), roff(c.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(c.UseLine()))
	b.WriteString(".SH DESCRIPTION\n" + paragraphs(longOf(c)))
	c.InitDefaultHelpFlag()
	b.WriteString(".SH OPTIONS\n")
	c.NonInheritedFlags().VisitAll(func(f *pflag.Flag) { b.WriteString(option(f)) })
	if c.Example != "" {
		b.WriteString(".SH EXAMPLES\n" + paragraphs(c.Example))
	}
	b.WriteString(".SH EXIT STATUS\n" + statusOf(c))
	if related := seeAlso(c); related != "" {
		b.WriteString(".SH SEE ALSO\n" + related + "\n")
	}
	return b.String()
}

func longOf(c *cobra.Command) string {
	if c.Long != "" {
		return c.Long
	}
	return c.Short + "."
}

// paragraphs fills text, but for lines that are indented: these stay as they are.
func paragraphs(text string) string {
	var b strings.Builder
	asIs := false
	for line := range strings.Lines(strings.TrimRight(text, "\n")) {
		line = strings.TrimRight(strings.ReplaceAll(line, "\t", "    "), "\n")
		if indented := strings.HasPrefix(line, " "); line != "" && indented != asIs {
			b.WriteString(map[bool]string{true: ".nf\n", false: ".fi\n"}[indented])
			asIs = indented
		}
		if line == "" {
			b.WriteString(".PP\n")
			continue
		}
		b.WriteString(roff(line) + "\n")
	}
	if asIs {
		b.WriteString(".fi\n")
	}
	return b.String()
}

// option is a flag with its value and what it means.
func option(f *pflag.Flag) string {
	value, usage := pflag.UnquoteUsage(f)
	name := `\fB` + roff("--"+f.Name) + `\fR`
	if f.Shorthand != "" {
		name = `\fB` + roff("-"+f.Shorthand) + `\fR, ` + name
	}
	if value != "" {
		name += ` \fI` + roff(value) + `\fR`
	}
	switch f.DefValue {
	case "", "false", "0", "0s", "[]":
	default:
		usage += " (default " + f.DefValue + ")"
	}
	return ".TP\n" + name + "\n" + roff(usage) + "\n"
}

func statusOf(c *cobra.Command) string {
	rows := [][2]string{{"0", "done"}, {"1", "the input or the environment is wrong"}}
	if c.Annotations[compares] != "" {
		rows = [][2]string{{"0", "the same"}, {"1", "something is different"}, {"2", "that cannot be told"}}
	}
	var b strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&b, ".TP\n%s\n%s\n", row[0], row[1])
	}
	return b.String()
}

// seeAlso names the pages of the command above and of those below.
func seeAlso(c *cobra.Command) string {
	var names []string
	if c.HasParent() {
		names = append(names, pageName(c.Parent()))
	}
	for _, sub := range documented(c) {
		names = append(names, pageName(sub))
	}
	for i, name := range names {
		names[i] = `\fB` + roff(name) + `\fR(1)`
	}
	return strings.Join(names, ",\n")
}

// roff escapes text: a dash is one that can be copied into a shell, and no line begins a request.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(text)
	if strings.HasPrefix(text, ".") {
		return `\&` + text
	}
	return text
}
