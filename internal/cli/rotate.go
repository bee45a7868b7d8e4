package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/repository"
)

// rotated is a kind of what can be rotated: a command with the names that it takes.
type rotated struct {
	use, short, long string
	names            []string
}

func authorities() rotated {
	return rotated{
		"rotate-ca CA [DIR]", "Replace a certificate authority in steps",
		`rotate-ca replaces the authority kubernetes, etcd or front-proxy of the repository DIR. Each step is a build: commit it, deliver it
to every node, and only then make the next.

  --stage    make the new authority; nodes trust it, too, and the old one signs
  --promote  the new authority signs: every certificate of the old one is
             reissued; nodes go on trusting both
  --retire   nodes trust the new authority alone
  --back     undo --stage or --promote

--promote and --retire are refused while the files of a node, as they are or as they were last committed, lack the step before.`,
		[]string{"kubernetes", "etcd", "front-proxy"},
	}
}

func keys() rotated {
	return rotated{
		"rotate-key KEY [DIR]", "Replace the service account key or the encryption key in steps",
		`rotate-key replaces the key pair service-account, or the key encryption of what is stored in etcd, of the repository DIR. Each step
is a build: commit it, deliver it to every master, and only then make the next.

  --stage    make the new key; apiservers accept, or read with, the new one too
  --promote  apiservers sign, or write, with the new key, and still accept, or
             read with, the old one
  --retire   the old key is gone: first let every token of it end, or write
             everything again (and say so: --rewritten)
  --back     undo --stage or --promote

--promote and --retire are refused while the files of a node, as they are or as they were last committed, lack the step before.`,
		[]string{"service-account", "encryption"},
	}
}

func newRotate(env Environment, kind func() rotated) *cobra.Command {
	var f format
	var o repository.Options
	var rewritten bool
	k := kind()
	phases := map[issue.Phase]*bool{}
	c := &cobra.Command{
		Use: k.use, Short: k.short, Long: k.long,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{c.CommandPath() + " needs to know what to rotate: " + strings.Join(k.names, ", "), "its form is: " + c.UseLine()}
			}
			return atMost(2)(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			name, err := choice("authority or key", strings.TrimSuffix(args[0], "-ca"), k.names)
			if err != nil {
				return err
			}
			phase, err := onePhase(c, phases)
			if err != nil {
				return err
			}
			if name == "encryption" && phase == issue.Retire && !rewritten {
				return &usageError{
					"without its key, nobody can read what is still stored with it",
					"write everything again, as docs/rotation.md says, and then say so with --rewritten",
				}
			}
			o.Rotate = repository.Rotation{Name: name, Phase: phase}
			return env.runBuild(c.Context(), directory(c, args[1:]), o, f)
		},
	}
	addFormat(c, &f, text, jsonText)
	addRecipientFlags(c, &o)
	for phase, usage := range map[issue.Phase]string{
		issue.Stage: "make the new one, and have it trusted", issue.Promote: "have the new one sign", issue.Retire: "trust the new one alone", issue.Back: "undo --stage or --promote",
	} {
		phases[phase] = c.Flags().Bool(string(phase), false, usage)
	}
	if slices.Contains(k.names, "encryption") {
		c.Flags().BoolVar(&rewritten, "rewritten", false, "nothing is stored with the old encryption key any more: for encryption --retire")
	}
	return c
}

// onePhase is the one phase that was asked for.
func onePhase(c *cobra.Command, asked map[issue.Phase]*bool) (issue.Phase, error) {
	var out []issue.Phase
	for phase, set := range asked {
		if *set {
			out = append(out, phase)
		}
	}
	if len(out) != 1 {
		return "", &usageError{c.CommandPath() + " makes one step: --stage, --promote, --retire or --back", c.CommandPath() + " --help tells what each does"}
	}
	return out[0], nil
}

func newCertsRenew(env Environment) *cobra.Command {
	var f format
	o := repository.Options{Renew: issue.Renewal{Asked: true}}
	c := &cobra.Command{
		Use:   "renew [DIR]",
		Short: "Issue certificates again before a build would",
		Long: `renew is a build that also issues certificates again, with new keys, that still fit: all of the repository DIR, or those that the flags
narrow it to. The old ones stay valid until they end. Authorities are not among them: see rotate-ca.`,
		Example: `  harender certs renew --ca etcd
  harender certs renew --before 720h`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("before") && o.Renew.Before <= 0 {
				return &usageError{"--before is not a time from now", "write how long from now, such as --before 720h"}
			}
			return env.runBuild(c.Context(), directory(c, args), o, f)
		},
	}
	addFormat(c, &f, text, jsonText)
	addRecipientFlags(c, &o)
	c.Flags().StringVar(&o.Renew.Authority, "ca", "", "only what this `CA` signed: kubernetes, etcd or front-proxy")
	c.Flags().StringVar(&o.Renew.Node, "node", "", "only what this `NODE` has")
	c.Flags().DurationVar(&o.Renew.Before, "before", 0, "only what ends within `DURATION`, such as 720h")
	return c
}

// runBuild builds the repository dir.
func (env Environment) runBuild(ctx context.Context, dir string, o repository.Options, f format) error {
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	report, list, err := repository.Build(ctx, dir, env.Environment, o)
	return env.printBuild(report, list, err, f)
}

// outlook says where a rotation stands that is under way, and what to do about it.
func outlook(r issue.Rotation) (stands, next string) {
	step, trust := issue.Promote, "the next one"
	if r.At == issue.Promoted {
		step, trust = issue.Retire, "the one before"
	}
	return fmt.Sprintf("the rotation of %s is %s, and nodes trust %s too", diag.Escape(r.Name), r.At, trust),
		"when every node has its files: " + r.Of.Step(string(step))
}

// underway tells of the rotations of the repository. What cannot be read was found among its certificates.
func underway(p plan.Plan, root string) diag.List {
	var out diag.List
	for _, r := range repository.Rotations(root, p) {
		stands, next := outlook(r)
		out = append(out, diag.Diagnostic{Severity: diag.Warning, Summary: stands, Hint: next})
	}
	return out
}
