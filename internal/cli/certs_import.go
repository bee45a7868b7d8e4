package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/repository"
)

func newCertsImport(env Environment) *cobra.Command {
	var f format
	var node string
	c := &cobra.Command{
		Use:   "import PATH...",
		Short: "Adopt certificates and keys that exist, or take signed answers",
		Long: `import takes certificates and keys from files, or from all files below directories, into the secrets of a repository:
kubeadm's /etc/kubernetes with its kubeconfigs, cfssl's NAME.pem and NAME-key.pem, or harender's own. Everything is checked
first and sealed at once; the files stay where they are. What is in the repository already is never replaced.

Authorities, the service account key and the configuration of encryption are known by the names of their files: ca.crt,
etcd/ca.crt, front-proxy-ca.crt, sa.key. All other certificates are known by what they say, and taken if they do what
the spec needs; the rest is listed with the reason, and the next build issues it. An authority may come without its key:
see harender certs csr. A certificate that answers a request replaces the one that was there.`,
		Example: `  harender certs import /etc/kubernetes --node m1`,
		Args:    atLeastOne("a directory such as /etc/kubernetes, or files"),
		RunE: func(c *cobra.Command, args []string) error {
			return env.importCerts(c.Context(), args, directory(c, nil), node, f)
		},
	}
	addFormat(c, &f, text, jsonText)
	addOldDirectory(c)
	c.Flags().StringVar(&node, "node", "", "take certificates for `NODE` alone: needed where they could be those of several nodes")
	return c
}

// atLeastOne refuses a command line without arguments.
func atLeastOne(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return nil
		}
		return &usageError{c.CommandPath() + " needs " + what, "its form is: " + c.UseLine()}
	}
}

func (env Environment) importCerts(ctx context.Context, paths []string, dir, node string, f format) error {
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	taken, list, err := repository.Import(ctx, dir, env.Environment, readAll(paths), node)
	if err != nil {
		list = append(list, finding(err))
	}
	if f == jsonText {
		result := struct {
			Imported    []issue.Outcome `json:"files"`
			Diagnostics diag.List       `json:"diagnostics"`
		}{append([]issue.Outcome{}, taken...), notNil(list)}
		if err := env.printJSON(result); err != nil {
			return err
		}
		return env.report(list, f)
	}
	if err := printTaken(env.Out, taken, list.HasErrors()); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return env.report(list, f)
}

// printTaken has a line for each thing that was offered, and one that counts. After an error nothing was written, and only
// what was of no use is told.
func printTaken(w io.Writer, taken []issue.Outcome, failed bool) error {
	var b strings.Builder
	counts := map[issue.Action]int{}
	for _, t := range taken {
		counts[t.Action]++
		if failed && t.Action != issue.Unused {
			continue
		}
		b.WriteString(takenLine(t))
	}
	if !failed && len(taken) > 0 {
		fmt.Fprintln(&b, tally(named{counts[issue.Imported], "imported"}, named{counts[issue.Present], "present before"}, named{counts[issue.Unused], "unused"}))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func takenLine(t issue.Outcome) string {
	line := fmt.Sprintf("%-8s  %s", t.Action, oneLine(t.Files[0]))
	if rest := len(t.Files) - 1; rest > 0 {
		line += " and " + count(rest, "file") + " more"
	}
	why := oneLine(strings.Join(t.Why, "; "))
	switch {
	case t.Action == issue.Unused && t.ID != "":
		line += ": the nearest is secrets/" + oneLine(t.ID) + ": " + why
	case t.Action == issue.Unused:
		line += ": " + why
	default:
		line += " as secrets/" + oneLine(t.ID)
		if why != "" {
			line += ": " + why
		}
	}
	return line + "\n"
}
