package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/durable"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/repository"
)

// passFlags is what a user wants of a kubeconfig, beside whose it is.
type passFlags struct {
	who         issue.User
	server, out string
}

func newKubeconfig(env Environment) *cobra.Command {
	var f passFlags
	c := &cobra.Command{
		Use:   "kubeconfig USER [DIR]",
		Short: "Print a kubeconfig with its key in the clear",
		Long: `kubeconfig prints what kubectl needs to be USER in the cluster of the repository DIR: the server, whom to trust, a
certificate, and its private key in the clear.

USER is a user whom the cluster has a client certificate for, by the name that Kubernetes knows (kubecfg, system:node:w1)
or by the certificate's (kubelet-client): its key is opened with an operator's key. Or USER is somebody new, in the groups
that --group gives: a certificate is signed, for 24 hours or --validity, and kept nowhere. Roles have to be bound to the
user or the group, in the cluster.`,
		Example: `  harender kubeconfig kubecfg --out admin.conf
  harender kubeconfig anna --group developers --validity 8h --out anna.conf`,
		Args: userAndDirectory,
		RunE: func(c *cobra.Command, args []string) error {
			f.who.Name = args[0]
			f.who.New = c.Flags().Changed("group") || c.Flags().Changed("validity")
			switch {
			case f.who.Validity <= 0:
				return &usageError{"--validity has to be positive", "such as 8h"}
			case f.who.New && f.who.Node != "":
				return &usageError{"--node says nothing about a new user", "leave out --node, or --group and --validity"}
			}
			return env.kubeconfig(directory(c, args[1:]), f)
		},
	}
	c.Flags().StringArrayVar(&f.who.Groups, "group", nil, "a `GROUP` of a new user; as often as there are groups")
	c.Flags().DurationVar(&f.who.Validity, "validity", 24*time.Hour, "how long the certificate of a new user is valid, a `DURATION` such as 8h")
	c.Flags().StringVar(&f.who.Node, "node", "", "take the certificate of this `NODE` (default: the first that has one)")
	c.Flags().StringVar(&f.server, "server", "", "the `URL` of an apiserver or a balancer (default: the endpoint of the spec)")
	c.Flags().StringVar(&f.out, "out", "", "write a new `FILE` that its owner alone can read, and print nothing")
	return c
}

func userAndDirectory(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return &usageError{"kubeconfig wants a user", "such as " + c.CommandPath() + " kubecfg, or " + c.CommandPath() + " anna --group developers"}
	}
	return atMost(2)(c, args)
}

func (env Environment) kubeconfig(root string, f passFlags) error {
	k, list := repository.MakeKubeconfig(root, env.Environment, f.who, f.server)
	defer k.Text.Wipe()
	if !list.HasErrors() && f.out == "" && env.Shown {
		list = append(list, diag.Diagnostic{
			Severity: diag.Warning, Summary: "a private key is shown on this terminal", Hint: "--out FILE writes it where only you can read it",
		})
	}
	if err := env.report(list, text); err != nil {
		return err
	}
	if f.out != "" {
		return env.keep(k, f.out)
	}
	_, err := env.Out.Write(k.Text.Reveal())
	return err
}

// keep writes a new file and says whose it is.
func (env Environment) keep(k repository.Kubeconfig, file string) error {
	if err := writeSecret(file, k.Text); err != nil {
		return err
	}
	_, err := fmt.Fprintf(env.Summary, "%s: %s%s at %s until %s\n", oneLine(file), oneLine(k.User), inGroups(k.Groups), k.Server, k.NotAfter.UTC().Format(time.RFC3339))
	return err
}

func inGroups(groups []string) string {
	if len(groups) == 0 {
		return ""
	}
	return " (" + oneLine(strings.Join(groups, ", ")) + ")"
}

// writeSecret makes a file that only its owner can read, and never replaces one. After an error there is none.
func writeSecret(file string, text secret.Plain) error {
	switch err := durable.Create(file, text.Reveal(), 0o600); {
	case errors.Is(err, fs.ErrExist):
		return &usageError{"there is a " + diag.Quote(file) + " already", "choose another file, or remove this one"}
	case err != nil:
		return &usageError{"cannot write " + diag.Quote(file) + ": " + diag.Cause(err).Error(), "name a file in a directory that exists and that you may write to"}
	}
	return nil
}
