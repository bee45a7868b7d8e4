package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/deliver/machine"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/repository"
)

// nodeFlags say which node is compared, and where what it holds is seen: one of root, archive and list.
type nodeFlags struct{ node, root, archive, list string }

func (n *nodeFlags) add(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&n.node, "node", "", "compare what a `NODE` holds with its directory, not the repository with its spec")
	f.StringVar(&n.root, "root", "", "the node's root is the directory `PATH`, such as /")
	f.StringVar(&n.archive, "tar", "", "the node's files are in the archive `FILE`, plain or with gzip (- is stdin)")
	f.StringVar(&n.list, "sums", "", "what sha256sum prints for the node's files is in a `FILE` (- is stdin)")
}

// given reports whether a node is compared at all, and refuses half of it.
func (n *nodeFlags) given() (bool, error) {
	places := 0
	for _, p := range []string{n.root, n.archive, n.list} {
		if p != "" {
			places++
		}
	}
	const form = "--node NODE goes with one of --root PATH, --tar FILE and --sums FILE"
	switch {
	case places > 1:
		return false, &usageError{"a node is compared with one place", form}
	case places == 1 && n.node == "":
		return false, &usageError{"which node is compared is not said", form}
	case places == 0 && n.node != "":
		return false, &usageError{"where the files of " + diag.Quote(n.node) + " are is not said", form}
	}
	return places == 1, nil
}

// look reads what the node holds.
func (n *nodeFlags) look(env Environment, asked machine.Query) (machine.Machine, diag.List) {
	place, hint := n.root, "--root is the directory that is / on the node"
	var m machine.Machine
	var err error
	switch {
	case n.root != "":
		m, err = lookBelow(n.root, asked)
	case n.archive != "":
		place, hint = n.archive, "on the node, tar -c /etc /srv /var/lib/kubelet/config.yaml makes one"
		m, err = env.lookInto(n.archive, asked, machine.Archive)
	default:
		place, hint = n.list, "on the node, find /etc /srv /var/lib/kubelet/config.yaml -type f -exec sha256sum {} + makes one"
		m, err = env.lookInto(n.list, asked, machine.List)
	}
	if err != nil {
		if place == "-" {
			place = "stdin"
		}
		return machine.Machine{}, diag.List{{Summary: "cannot read what " + n.node + " holds from " + diag.Quote(place), Detail: diag.Cause(err).Error(), Hint: hint}}
	}
	return m, nil
}

func lookBelow(name string, asked machine.Query) (machine.Machine, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return machine.Machine{}, err
	}
	defer func() { _ = root.Close() }() // It was only read.
	return machine.Root(root, asked)
}

func (env Environment) lookInto(name string, asked machine.Query, read func(io.Reader, machine.Query) (machine.Machine, error)) (machine.Machine, error) {
	if name == "-" {
		return read(env.In, asked)
	}
	f, err := os.Open(name) // #nosec G304 -- the user named it
	if err != nil {
		return machine.Machine{}, err
	}
	defer func() { _ = f.Close() }() // It was only read.
	return read(f, asked)
}

func (env Environment) verifyNode(root string, n nodeFlags, opening bool, f format) error {
	v, list := repository.VerifyNode(root, env.Environment, n.node, opening, func(a machine.Query) (machine.Machine, diag.List) { return n.look(env, a) })
	if f == jsonText {
		result := struct {
			*repository.VerifiedNode
			Diagnostics diag.List `json:"diagnostics"`
		}{&v, notNil(list)}
		if v.Findings == nil {
			result.VerifiedNode = nil
		}
		if err := env.printJSON(result); err != nil {
			return err
		}
	} else if err := env.printFindings(v.Findings); err != nil {
		return fmt.Errorf("writing the findings: %w", err)
	}
	err := env.report(list, f)
	if f == text && v.Findings != nil {
		if err := env.summary(v, err == nil); err != nil {
			return err
		}
	}
	if len(v.Findings) > 0 {
		return errDifferent
	}
	return err
}

// summary says how much was compared, what was not, and what to do.
func (env Environment) summary(v repository.VerifiedNode, readable bool) error {
	if len(v.Findings) > 0 {
		if err := env.hints(v.Node, v.Findings, v.Files); err != nil {
			return err
		}
	} else if readable {
		if _, err := fmt.Fprintf(env.Summary, "%s: %s as they should be\n", v.Node, count(v.Files, "file")); err != nil {
			return err
		}
	}
	var b strings.Builder
	for _, what := range v.NotCompared {
		fmt.Fprintf(&b, "not compared: %s\n", diag.Escape(what))
	}
	_, err := io.WriteString(env.Err, b.String())
	return err
}
