package cli

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/repository"
)

func newVersions(env Environment) *cobra.Command {
	var form format
	c := &cobra.Command{
		Use:   "versions [DIR]",
		Short: "List the versions of Kubernetes that can be rendered",
		Long: `versions lists every minor of Kubernetes that there is data for, the newest first: the patch release that it defaults
to, the last day of its support by the community, the etcd, CoreDNS and pause that go with it, and how many flags and feature gates of its
components are known. A spec without kubernetesVersion gets the first, but for those that -o json marks as byName: these are for specs
that name them. The data are the program's, and those in lib/versions/ of the repository DIR over them.`,
		Example: `  harender versions
  harender versions -o json`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error { return env.listVersions(directory(c, args), form) },
	}
	addFormat(c, &form, table, jsonText)
	return c
}

func (env Environment) listVersions(root string, form format) error {
	all, list, err := repository.Versions(root, env.Environment)
	if err != nil {
		return &usageError{"cannot open " + diag.Quote(root) + ": " + diag.Cause(err).Error(), "name the folder of a repository; without one, it is the current folder"}
	}
	if form == jsonText {
		err = env.printJSON(struct {
			Versions    []release.Summary `json:"versions"`
			Diagnostics diag.List         `json:"diagnostics"`
		}{append([]release.Summary{}, all...), notNil(list)})
	} else {
		err = env.printVersions(all)
	}
	if err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	return env.report(list, form)
}

func (env Environment) printVersions(all []release.Summary) error {
	out := grid{head: []string{"MINOR", "DEFAULT", "END OF LIFE", "ETCD", "COREDNS", "PAUSE", "FLAGS", "GATES"}}
	for _, s := range all {
		out.rows = append(out.rows, []string{
			s.Minor, s.Default, cmp.Or(s.EndOfLife, "-"), image(s, "etcd"), image(s, "coredns"), image(s, "pause"), number(s.Flags), number(s.Gates),
		})
	}
	return env.printGrid(out)
}

func image(s release.Summary, component string) string {
	return cmp.Or(strings.TrimPrefix(s.Images[component], "v"), "-")
}

// number shows that nothing is known as a dash.
func number(n int) string {
	if n == 0 {
		return "-"
	}
	return strconv.Itoa(n)
}
