package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/repository"
)

func newSet(env Environment) *cobra.Command {
	var f format
	c := &cobra.Command{
		Use:   "set FIELD=VALUE... [DIR]",
		Short: "Change fields of cluster.yaml, and keep its comments",
		Long: `set changes fields of DIR/cluster.yaml, and nothing around them: comments, order and layout stay.
A field is named as messages name it, and an element of a list by its index or its name. A field that is not
there yet is added. The value of a text is taken as it is; every other value is YAML, such as '[a, b]' or
'{key: value}'.

All changes are made, or none: the file is written once the whole spec is valid with them. A field that has the
value already is called unchanged.`,
		Example: `  harender set spec.kubernetesVersion=1.37.2
  harender set spec.nodes[m1].address=10.0.0.21 spec.etcd.quotaBackend=4Gi
  harender set 'spec.networks.nodes=[10.0.0.0/24]' ./prod`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 || !strings.Contains(args[0], "=") {
				return &usageError{"set wants a field and its value", "such as " + c.CommandPath() + " spec.kubernetesVersion=1.37.2"}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			var changes []spec.Change
			for len(args) > 0 {
				change, is := parseChange(args[0])
				if !is {
					break
				}
				changes, args = append(changes, change), args[1:]
			}
			if err := atMost(1)(c, args); err != nil {
				return err
			}
			return env.set(c.Context(), directory(c, args), changes, f)
		},
	}
	addFormat(c, &f, text, jsonText)
	return c
}

// parseChange takes FIELD=VALUE apart, at the first = that is in no quotes.
func parseChange(arg string) (spec.Change, bool) {
	quoted := false
	for i := 0; i < len(arg); i++ {
		switch {
		case quoted && arg[i] == '\\':
			i++
		case arg[i] == '"':
			quoted = !quoted
		case arg[i] == '=' && !quoted:
			return spec.Change{Field: arg[:i], Value: arg[i+1:]}, true
		}
	}
	return spec.Change{}, false
}

func (env Environment) set(ctx context.Context, root string, changes []spec.Change, f format) error {
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	done, list, err := repository.Set(ctx, root, env.Environment, changes)
	if err != nil {
		return err
	}
	if f == jsonText {
		if err := env.printJSON(struct {
			Fields      []spec.Applied `json:"fields"`
			Diagnostics diag.List      `json:"diagnostics"`
		}{append([]spec.Applied{}, done...), notNil(list)}); err != nil {
			return err
		}
	}
	if err := env.report(list, f); err != nil || f == jsonText {
		return err
	}
	for _, d := range done {
		state := map[bool]string{true: "changed", false: "unchanged"}[d.Changed]
		if _, err := fmt.Fprintf(env.Summary, "%s: %s\n", oneLine(d.Field), state); err != nil {
			return err
		}
	}
	return nil
}
