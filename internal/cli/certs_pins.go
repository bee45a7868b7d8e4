package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/repository"
)

func newCertsPins(env Environment) *cobra.Command {
	var f format
	var opened, write bool
	c := &cobra.Command{
		Use:   "pins [DIR]",
		Short: "Print the pins of the authorities and keys, for the spec",
		Long: `pins prints the hashes of the authorities' and the service accounts' public keys in DIR/secrets, as
spec.certificates.pins takes them. Once they stand in the spec, build and verify refuse others. An authority's pin is
what kubeadm calls its discovery-token-ca-cert-hash.

The first build of a repository writes the same pins into DIR/secrets/pins.json, and builds that make or rotate an
authority or a secret keep them right. With --write, pins takes what DIR/secrets holds now as the cluster's own: in a
repository that has no such file, after a merge, or where something was replaced on purpose.

With --open it adds a hash of each secret that has no public half: the configuration of encryption at rest, and the
tokens and passwords of users. These can be compared by those alone who can open the secrets.`,
		Example: `  harender certs pins
  harender certs pins --write`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			if write {
				return env.writePins(c.Context(), directory(c, args), opened, f)
			}
			return env.printPins(directory(c, args), opened, f)
		},
	}
	addFormat(c, &f, text, jsonText)
	c.Flags().BoolVar(&opened, "open", false, "open the secrets that have no public half, and print their pins too")
	c.Flags().BoolVar(&write, "write", false, "write the pins into DIR/secrets/pins.json, and print nothing")
	return c
}

func (env Environment) writePins(ctx context.Context, root string, opened bool, f format) error {
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	list, err := repository.Pin(ctx, root, env.Environment, opened)
	if f == jsonText {
		if err := env.printJSON(struct {
			Diagnostics diag.List `json:"diagnostics"`
		}{notNil(list)}); err != nil {
			return err
		}
	}
	return errors.Join(env.report(list, f), err)
}

func (env Environment) printPins(root string, opened bool, f format) error {
	pins, list := repository.Pins(root, env.Environment, opened)
	if f == jsonText {
		if pins == nil || list.HasErrors() {
			pins = map[string][]string{}
		}
		if err := env.printJSON(struct {
			Pins        map[string][]string `json:"pins"`
			Diagnostics diag.List           `json:"diagnostics"`
		}{pins, notNil(list)}); err != nil {
			return err
		}
	}
	if err := env.report(list, f); err != nil || f == jsonText {
		return err
	}
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(pins)) {
		fmt.Fprintf(&b, "      %s:\n", key)
		for _, pin := range pins[key] {
			fmt.Fprintf(&b, "        - %s\n", pin)
		}
	}
	_, err := io.WriteString(env.Out, "spec:\n  certificates:\n    pins:\n"+b.String())
	return err
}
