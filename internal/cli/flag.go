package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// format is how a command prints its data.
type format string

const (
	text       format = "text"
	table      format = "table"
	wide       format = "wide"
	jsonText   format = "json"
	prometheus format = "prometheus"
	markdown   format = "markdown"
	sarif      format = "sarif"
	ansible    format = "ansible"
	svg        format = "svg"
	mermaid    format = "mermaid"
)

// oneOf is a flag that takes one of a few words.
type oneOf[W ~string] struct {
	word *W
	all  []W
}

// first is the flag whose default is the first of the words.
func first[W ~string](word *W, all ...W) oneOf[W] {
	*word = all[0]
	return oneOf[W]{word, all}
}

// String implements pflag.Value.
func (c oneOf[W]) String() string { return string(*c.word) }

// Set implements pflag.Value.
func (c oneOf[W]) Set(s string) error {
	if !slices.Contains(c.all, W(s)) {
		last := len(c.all) - 1
		return errors.New("it is " + c.join(c.all[:last], ", ") + " or " + string(c.all[last]))
	}
	*c.word = W(s)
	return nil
}

// Type implements pflag.Value.
func (c oneOf[W]) Type() string { return c.join(c.all, "|") }

func (oneOf[W]) join(words []W, between string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return strings.Join(out, between)
}

// addFormat adds the flag for how to print, whose default is the first of the formats.
func addFormat(c *cobra.Command, f *format, all ...format) {
	c.Flags().VarP(first(f, all...), "output", "o", "how to print the result")
}
