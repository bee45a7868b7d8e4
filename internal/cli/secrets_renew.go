package cli

import (
	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/repository"
)

func newSecretsRenew(env Environment) *cobra.Command {
	var f format
	var o repository.Options
	c := &cobra.Command{
		Use:   "renew [DIR]",
		Short: "Replace the tokens and passwords of users",
		Long: `renew is a build that also makes new tokens and passwords for users of spec.apiServer of the repository DIR: for those that --user
names, or for all. The old ones move to secrets/retired/, and work until each apiserver has started with its new file.`,
		Example: `  harender secrets renew --user ci`,
		Args:    atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			if (len(o.Users) > 0) == o.AllUsers {
				return &usageError{"renew needs to know whose secrets to replace", "say --user NAME, once for each, or --all"}
			}
			return env.runBuild(c.Context(), directory(c, args), o, f)
		},
	}
	addFormat(c, &f, text, jsonText)
	addRecipientFlags(c, &o)
	c.Flags().StringArrayVar(&o.Users, "user", nil, "replace the token and the password of this `USER`; may be given several times")
	c.Flags().BoolVar(&o.AllUsers, "all", false, "replace those of all users")
	return c
}
