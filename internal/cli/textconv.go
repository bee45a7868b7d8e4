package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/keys/vault"
)

func newTextconv(env Environment) *cobra.Command {
	return &cobra.Command{
		Use:   "textconv FILE",
		Short: "Print what a sealed file or a certificate says, for git diff",
		Long: `textconv prints what can be said of a file without any key: of a sealed file, whose secret it is, who can open it and when
it was sealed; of certificates and public keys, what they say. Any other file it prints as it is, but for private keys. git calls it where
.gitattributes gives a file the attribute diff=harender and its configuration says how:

    git config diff.harender.textconv "harender textconv"`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			content, err := os.ReadFile(args[0]) // #nosec G304 -- the file that the caller names
			if err != nil {
				return &mistake{"cannot read " + diag.Quote(args[0]) + ": " + cause(err).Error(), "name a file"}
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
		fmt.Fprintf(&b, "secret: %s\nsealed: %s\n", diag.Escape(s.ID), diag.Escape(s.Modified))
		for _, r := range s.Recipients {
			fmt.Fprintf(&b, "recipient: %s\n", diag.Escape(r))
		}
		return b.String()
	}
	if all, err := certificate.Decode(content); err == nil {
		return diag.Escape(certificate.Text(all))
	}
	return diag.Redact(string(content))
}
