package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/compile/explain"
	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/repository"
)

// question is what a user wants explained, beside the words.
type question struct {
	flag string
	form format
}

func newExplain(env Environment) *cobra.Command {
	var q question
	c := &cobra.Command{
		Use:   "explain FIELD | NODE POD",
		Short: "Explain a field of the spec, or who sets a flag of a node",
		Long: `explain FIELD says what may stand in a field of the spec, such as spec.loadBalancer.kind or spec.nodes.

explain NODE POD says for every flag of a static pod, or of a unit such as kubelet, which layer set it: the library, the
data of the version, extraArgs of the spec, a mixin or a Component, with file and line where these are known. The layer
whose word counts comes first. It needs no key.`,
		Example: `  harender explain spec.etcd
  harender explain m1 kube-apiserver --flag event-ttl`,
		Args: fieldOrPod,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				for _, name := range []string{"flag", oldDirectory, inDirectory} {
					if c.Flags().Changed(name) {
						return &usageError{"--" + name + " says nothing about a field", "its form is: harender explain FIELD, or harender explain NODE POD --" + name}
					}
				}
				return env.explainField(args[0], q.form)
			}
			return env.explainFlags(directory(c, nil), args[0], args[1], q)
		},
	}
	addFormat(c, &q.form, text, jsonText)
	c.Flags().StringVar(&q.flag, "flag", "", "only this `FLAG`")
	addOldDirectory(c)
	return c
}

func fieldOrPod(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return &usageError{"explain wants a field, or a node and a pod", "such as " + c.CommandPath() + " spec.etcd, or " + c.CommandPath() + " m1 kube-apiserver --flag event-ttl"}
	}
	return atMost(2)(c, args)
}

func (env Environment) explainField(field string, form format) error {
	e, list := spec.Explain(field)
	if err := env.report(list, text); err != nil {
		return err
	}
	if form == jsonText {
		return env.printJSON(e)
	}
	return printField(env.Out, e)
}

func printField(out io.Writer, e spec.Explanation) error {
	var b strings.Builder
	head := func(e spec.Explanation) string {
		if e.Required {
			return e.Type + ", required"
		}
		return e.Type
	}
	fmt.Fprintf(&b, "%s  %s\n", e.Field, head(e))
	fmt.Fprintf(&b, "\n%s\n", indented(e.Description, "    "))
	for _, row := range [][2]string{{"values", strings.Join(e.Values, ", ")}, {"default", e.Default}, {"example", e.Example}} {
		if row[1] != "" {
			fmt.Fprintf(&b, "\n    %s: %s\n", row[0], row[1])
		}
	}
	if len(e.Fields) > 0 {
		b.WriteString("\nfields:\n")
	}
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "\n  %s  %s\n%s\n", f.Field[strings.LastIndex(f.Field, ".")+1:], head(f), indented(f.Description, "      "))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// indented folds a text for a terminal of 80 columns, and indents it.
func indented(text, indent string) string {
	return indent + strings.Join(foldWords(text, defaultColumns-len(indent)), "\n"+indent)
}

func (env Environment) explainFlags(dir, node, runs string, q question) error {
	settings, list := repository.Explain(dir, env.Environment, node, runs, strings.TrimLeft(q.flag, "-"))
	if q.form == jsonText {
		if settings == nil {
			settings = []explain.Setting{}
		}
		if err := env.printJSON(struct {
			Flags       []explain.Setting `json:"flags"`
			Diagnostics diag.List         `json:"diagnostics"`
		}{settings, notNil(list)}); err != nil {
			return err
		}
	}
	if err := env.report(list, q.form); err != nil || q.form == jsonText {
		return err
	}
	return printSettings(env.Out, settings)
}

func printSettings(out io.Writer, settings []explain.Setting) error {
	var b strings.Builder
	for i, s := range settings {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(s.Program + given(s.Flag, s.Values) + "\n")
		for j, o := range s.By {
			printOrigin(&b, s.Flag, o, j == 0)
		}
		printUnset(&b, s)
	}
	_, err := io.WriteString(out, diag.Escape(b.String()))
	return err
}

// printUnset says what a flag that is not set leaves to whom.
func printUnset(b *strings.Builder, s explain.Setting) {
	c := s.Configured
	switch {
	case c != nil && c.Field != "":
		fmt.Fprintf(b, "  but %s says %s: %s\n", c.File, c.Field, diag.Redact(string(c.Value)))
	case s.Default == "" || len(s.Values) > 0:
	case c != nil:
		fmt.Fprintf(b, "  its default is %s, where %s says nothing else\n", s.Default, c.File)
	default:
		b.WriteString("  its default is " + s.Default + "\n")
	}
}

// printOrigin says what a layer did: the first one set what counts, the others were under it.
func printOrigin(b *strings.Builder, flag string, o explain.Origin, first bool) {
	verb := "  over   "
	switch {
	case first && len(o.Values) == 0:
		verb = "  left out by "
	case first:
		verb = "  set by "
	}
	line := verb + layerName(o)
	switch {
	case o.Place.File == "":
	case o.Builtin:
		line += ", built-in " + o.Place.String()
	default:
		line += ", " + o.Place.String()
	}
	if !first {
		line += ":" + given(flag, o.Values)
	}
	b.WriteString(line + "\n")
}

// given is the flag as it stands on a command line.
func given(flag string, values []string) string {
	if len(values) == 0 {
		return " without --" + flag
	}
	text := ""
	for _, v := range values {
		text += " --" + flag + "=" + oneLine(diag.Redact(v))
	}
	return text
}

func layerName(o explain.Origin) string {
	switch o.Kind {
	case render.Library:
		return "the library"
	case render.Data:
		return "the data of Kubernetes " + o.Name
	case render.Arguments:
		return o.Name
	case render.Mixin:
		return "the mixin of overlay " + o.Name
	}
	return "the Component of overlay " + o.Name
}
