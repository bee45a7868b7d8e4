package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/keys/vault"
)

func newTextconv(env Environment) *cobra.Command {
	return &cobra.Command{
		Use:   "textconv FILE",
		Short: "Print a sealed file or a certificate as text, for git diff",
		Long: `textconv prints what can be said of a file without any key: of a sealed file, whose secret it is, who can open it and when
it was sealed; of certificates and public keys, what they say. Any other file it prints as it is, but for private keys and
for characters that act on a terminal or hide there. git calls it where
.gitattributes gives a file the attribute diff=harender and its configuration says how:

    git config diff.harender.textconv "harender textconv"`,
		Example: `  harender textconv secrets/cluster/etcd-ca.key.sops`,
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			content, err := bounded.ReadFile(os.DirFS(filepath.Dir(args[0])), filepath.Base(args[0]), bounded.File)
			if err != nil {
				return &usageError{"cannot read " + diag.Quote(args[0]) + ": " + diag.Cause(err).Error(), "name a file that is no larger than a rendered one"}
			}
			_, err = io.WriteString(env.Out, converted(content))
			return err
		},
	}
}

// converted is a file as a reader of a diff wants to see it.
func converted(content []byte) string {
	if s, err := vault.Describe(content); err == nil {
		var b strings.Builder
		fmt.Fprintf(&b, "secret: %s\nsealed: %s\n", oneLine(s.ID), oneLine(s.Modified))
		for _, r := range s.Recipients {
			fmt.Fprintf(&b, "recipient: %s\n", oneLine(r))
		}
		return b.String()
	}
	if all, err := certificate.Decode(content); err == nil {
		return diag.Escape(certificate.Text(all))
	}
	// A tab is part of many files, and harms nobody.
	lines := strings.Split(diag.Redact(string(content)), "\t")
	for i, l := range lines {
		lines[i] = diag.Escape(l)
	}
	return strings.Join(lines, "\t")
}
