package cli

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/change/review"
	"github.com/harender/harender/internal/compile/topology"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/access"
	"github.com/harender/harender/internal/report"
	"github.com/harender/harender/internal/repository"
)

// pageColumns is how wide a text is on the page, in letters.
const pageColumns = 120

func newReport(env Environment) *cobra.Command {
	var base, out string
	c := &cobra.Command{
		Use:   "report [DIR]",
		Short: "Write an HTML page about the cluster",
		Long: `report writes one HTML file about the cluster of the repository DIR: a picture of it, its nodes and their versions, its certificates and
when they end, who can open its secrets, and what changed. The file has no script and fetches nothing; it is for screens of any width, light or dark, and for paper. It needs no key.`,
		Example: `  harender report --out report.html
  harender report --base HEAD~1 --out report.html`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			page, list := env.page(directory(c, args), base)
			if err := env.report(list, text); err != nil {
				return err
			}
			return env.writeTo(out, page.Write)
		},
	}
	addOut(c, &out)
	c.Flags().StringVar(&base, "base", "", "`REVISION` of git since which to tell what changed, such as HEAD~1 (default: DIR/rendered as it is)")
	return c
}

// page gathers what the report tells. What is wrong with the repository, and leaves a page to write, is told there.
func (env Environment) page(root, base string) (report.Page, diag.List) {
	now := env.Now()
	compiled, told := repository.Compile(root, env.Environment)
	if told.HasErrors() {
		return report.Page{}, told
	}
	s, seen := repository.SurveyAccess(root, env.Environment, "") // Broken files of secrets/ are open to nobody.
	held, found := repository.Certificates(root, compiled.Plan, now)
	since, changes, trouble := env.changed(root, base)
	if base != "" && trouble.HasErrors() {
		return report.Page{}, trouble
	}
	c := compiled.Plan.Cluster
	return report.Page{
		Cluster: c.Name, Kubernetes: c.Version.String(), Now: now, Graph: topology.Of(c), Nodes: report.Nodes(c.Nodes),
		Versions: report.Versions(c), Support: env.supported(root), Images: report.Images(c, compiled.Rendered.Nodes),
		Certificates: certificateRows(compiled.Plan, held), Holders: access.Summarize(compiled.Plan, s.Holders),
		Since: since, Changes: changes, Notes: once(slices.Concat(underway(compiled.Plan, root), told, seen, found, s.Drift(), trouble)),
	}, nil
}

// supported is when the support of each known minor ends.
func (env Environment) supported(root string) map[string]time.Time {
	all, _, _ := repository.Versions(root, env.Environment) // What is wrong with the data was told by the check.
	out := map[string]time.Time{}
	for _, s := range all {
		if end, err := time.Parse(time.DateOnly, s.EndOfLife); err == nil {
			out[s.Minor] = end
		}
	}
	return out
}

// changed is what a build changes in the output, or what has changed since a revision. After an error there is nothing to compare.
func (env Environment) changed(root, base string) (since, changes string, list diag.List) {
	found, list := repository.Diff(root, env.Environment, repository.DiffOptions{Base: base})
	if list.HasErrors() {
		return "", "", list
	}
	if !found.Same {
		var b strings.Builder
		_ = review.Text(&b, found, review.Screen{Width: pageColumns}, false) // a strings.Builder takes whatever comes
		changes = b.String()
	}
	return cmp.Or(base, "the last build"), changes, list
}

// once leaves what was found by several only once.
func once(list diag.List) diag.List {
	var out diag.List
	for _, d := range list {
		if !slices.ContainsFunc(out, func(o diag.Diagnostic) bool { return o.Summary == d.Summary }) {
			out = append(out, d)
		}
	}
	return out
}
