package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/change/verify"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
	"github.com/harender/harender/internal/repository"
)

func newVerify(env Environment) *cobra.Command {
	var f format
	var opening bool
	var node nodeFlags
	c := &cobra.Command{
		Use:   "verify [DIR]",
		Short: "Detect drift, in the repository or on a node",
		Long: `verify renders the repository DIR again, in memory, and compares DIR/rendered with that byte for byte, and DIR/secrets with
what the spec asks for: the list SHA256SUMS, the label of each sealed file and who can open it, the certificates and
their authorities, the pins of spec.certificates.pins. It prints each file that was changed, swapped with another, or
put there by somebody else, and each that is missing or that a build would have to make again. It writes nothing.

Without a key it cannot see what a sealed file holds. With --open it opens each of them: its authentication code holds,
a private key belongs to its certificate, a copy holds what it was made of, a secret is the one that is pinned.

With --node it compares what a node holds with DIR/rendered/NODE, and renders nothing: the bytes of each file, its mode,
owner and group, and what others put where harender alone has files, such as a static pod. The node's files are below
--root, in an archive, or, without modes and owners, in what sha256sum printed. With --open the keys are compared too.

The exit status is 0 if all is the same, 1 if something is different, and 2 if that cannot be told: the spec has errors,
no key at hand opens a file that --open should, or a file of the node cannot be read.`,
		Example: `  harender verify
  harender verify --node m1 --root /
  ssh root@m1 tar -c /etc /srv /var/lib/kubelet/config.yaml | harender verify --node m1 --tar -`,
		Args:        atMost(1),
		Annotations: map[string]string{compares: "yes"},
		RunE: func(c *cobra.Command, args []string) error {
			if live, err := node.given(); live || err != nil {
				if err != nil {
					return err
				}
				return env.verifyNode(directory(c, args), node, opening, f)
			}
			found, list := repository.Verify(directory(c, args), env.Environment, opening)
			return env.printVerified(found, list, opening, f)
		},
	}
	addFormat(c, &f, text, jsonText)
	c.Flags().BoolVar(&opening, "open", false, "open each sealed file with the keys at hand, and look into it")
	node.add(c)
	return c
}

func (env Environment) printVerified(v repository.Verified, list diag.List, opening bool, f format) error {
	if !list.HasErrors() && len(v.Unopened) > 0 {
		list = append(list, unopened(v.Unopened))
	}
	if f == jsonText {
		result := struct {
			*repository.Verified
			Diagnostics diag.List `json:"diagnostics"`
		}{&v, notNil(list)}
		if v.Findings == nil {
			result.Verified = nil
		}
		if err := env.printJSON(result); err != nil {
			return err
		}
	} else if err := env.printFindings(v.Findings); err != nil {
		return fmt.Errorf("writing the findings: %w", err)
	}
	err := env.report(list, f)
	if len(v.Findings) == 0 {
		if err != nil || f == jsonText {
			return err
		}
		return env.printSame(v, opening)
	}
	if f != jsonText {
		if err := env.hints(v.Cluster, v.Findings, v.Files); err != nil {
			return err
		}
	}
	return errDifferent
}

// unopened says what could not be looked into.
func unopened(names []string) diag.Diagnostic {
	return diag.Diagnostic{
		Summary: fmt.Sprintf("no key at hand opens %s of %s", count(len(names), "sealed file"), layout.Secrets),
		Detail:  diag.Few(names),
		Hint:    "point SOPS_AGE_KEY_FILE to an operator's age key, or verify without --open",
	}
}

// printFindings prints what is wrong with which file, in a line or, where that is too long for a screen, in two.
func (env Environment) printFindings(found []verify.Finding) error {
	const indent = "    "
	var out, rest grid
	fits := true
	for _, f := range found {
		row := []string{string(f.Kind), f.Path, f.Detail}
		fits = fits && (env.Screen.Width <= 0 || utf8.RuneCountInString(strings.Join(row, between)) <= env.Screen.Width)
		out.rows, rest.rows = append(out.rows, row), append(rest.rows, row[:2])
	}
	out.wide = true
	if fits {
		return env.printGrid(out)
	}
	for i, f := range found {
		if err := env.printGrid(grid{rows: rest.rows[i : i+1]}); err != nil {
			return err
		}
		if f.Detail == "" {
			continue
		}
		if _, err := fmt.Fprintln(env.Out, indent+strings.Join(foldWords(oneLine(f.Detail), env.columns()-len(indent)), "\n"+indent)); err != nil {
			return err
		}
	}
	return nil
}

// hints says once what to do about many findings.
func (env Environment) hints(whose string, found []verify.Finding, files int) error {
	var all []string
	for _, f := range found {
		if f.Hint != "" && !slices.Contains(all, f.Hint) {
			all = append(all, f.Hint)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s of %s\n", whose, count(len(found), "difference"), count(files, "file"))
	for _, h := range all {
		fmt.Fprintf(&b, "hint: %s\n", diag.Escape(h))
	}
	_, err := io.WriteString(env.Err, b.String())
	return err
}

func (env Environment) printSame(v repository.Verified, opening bool) error {
	looked := ", nothing opened"
	if opening {
		looked = fmt.Sprintf(", %s opened", count(v.Opened, "sealed file"))
	}
	_, err := fmt.Fprintf(env.Summary, "%s: %s as they should be%s\n", v.Cluster, count(v.Files, "file"), looked)
	return err
}
