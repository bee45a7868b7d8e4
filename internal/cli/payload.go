package cli

import (
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/deliver/payload"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/repository"
)

// packing is what a user wants of a payload.
type packing struct {
	format                              payload.Format
	secrets, plaintext, disks, ignition string
	nodes                               repository.Nodes
	platform, url, out                  string
	compress                            bool
	output                              format
}

const (
	leaveSealed = "sealed"
	openNow     = "open"
	onDisk      = "disk"
	inMemory    = "memory"
	byUnits     = "units"
	byIgnition  = "ignition"
)

func newPayload(env Environment) *cobra.Command {
	var p packing
	c := &cobra.Command{
		Use:   "payload [DIR]",
		Short: "Package node files for Ignition, cloud-init, Ansible or tar",
		Long: `payload packs the committed directories of nodes, DIR/rendered, with modes and owners: as a directory, an archive, an
Ignition configuration, a cloud-init configuration, or a playbook for Ansible. It renders nothing, and refuses a tree that
is not as its index says. Equal trees give equal bytes.

Sealed files stay sealed. The payload has a unit of systemd, harender-unseal, which opens them on the node with sops and the
node's own key, before the kubelet and all other services of harender start. --secrets open opens them here and now.

A platform takes so many bytes and no more. What is larger is compressed, where both the platform and the format can do that;
and what is still too large becomes, with --url, a small payload that fetches the large one and checks its hash.`,
		Example: `  harender payload --format ignition --node m1 --out m1.ign
  harender payload --format cloud-init --pool web --platform ec2 --url https://files.example.org/prod --out user-data
  harender payload --format ansible --out play`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := p.check(c); err != nil {
				return err
			}
			return env.payload(directory(c, args), p)
		},
	}
	f := c.Flags()
	f.Var(oneOf[payload.Format]{&p.format, payload.Formats()}, "format", "what to make")
	f.StringArrayVar(&p.nodes.Named, "node", nil, "a `NODE`; as often as there are nodes (default: all)")
	f.StringVar(&p.nodes.Pool, "pool", "", "the nodes of a `POOL`")
	f.StringVar(&p.out, "out", "", "`PATH` of the file to write, or of a new directory where there are several")
	f.Var(first(&p.secrets, leaveSealed, openNow), "secrets", "leave keys sealed for the node to open, or open them now")
	f.Var(first(&p.plaintext, onDisk, inMemory), "plaintext", "where the node keeps what it opens: on its disk, or in memory alone")
	f.Var(first(&p.ignition, payload.IgnitionVersions()...), "ignition-version", "the version of Ignition's specification")
	f.Var(first(&p.disks, byUnits, byIgnition), "disks", "who makes arrays and file systems: units, never over what is there; or Ignition, which makes arrays over what is there")
	f.BoolVar(&p.compress, "compress", false, "use gzip, also where it is not needed")
	f.StringVar(&p.platform, "platform", "", "keep to the size that a `PLATFORM` takes, such as ec2")
	f.StringVar(&p.url, "url", "", "where machines fetch what is too large for the platform, below the `URL` by its name")
	addFormat(c, &p.output, text, jsonText)
	return c
}

// check finds flags that do not go together.
func (p packing) check(c *cobra.Command) error {
	given := c.Flags().Changed
	ofIgnition, folder := p.format == payload.Ignition, p.format == payload.Dir || p.format == payload.Ansible
	for _, m := range []struct {
		made          bool
		summary, hint string
	}{
		{p.format == "", "payload wants a format", "--format " + c.Flags().Lookup("format").Value.Type()},
		{!ofIgnition && (given("ignition-version") || given("disks")), "--ignition-version and --disks are for Ignition", "leave them out, or write --format ignition"},
		{p.compress && folder, "there is nothing to compress in a directory", "leave out --compress, or write --format tar"},
		{
			p.platform != "" && !ofIgnition && p.format != payload.CloudInit, "--platform is for what a platform hands to a machine",
			"leave it out, or write --format ignition or --format cloud-init",
		},
		{p.url != "" && p.platform == "", "--url is for what a platform does not take", "name the platform too, such as --platform ec2"},
		{given("plaintext") && p.secrets == openNow, "--plaintext is for what the node opens", "leave it out, or --secrets open"},
		{p.out == "-", "the payload of one node goes to stdout by itself", "leave out --out"},
		{p.output == jsonText && p.out == "", "the payload itself goes to stdout", "-o json goes with --out"},
	} {
		if m.made {
			return &usageError{m.summary, m.hint}
		}
	}
	if p.url == "" {
		return nil
	}
	return checkURL(p.url, p.secrets == openNow)
}

// checkURL: keys travel encrypted or not at all.
func checkURL(text string, keys bool) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		strings.ContainsAny(text, " '\"\\") {
		return &usageError{diag.Quote(text) + " is no place to fetch from", "write it as https://HOST/PATH"}
	}
	if keys && u.Scheme != "https" {
		return &usageError{"keys in the clear do not go over http", "write --url https://..., or leave out --secrets open"}
	}
	return nil
}

// forget wipes what was opened to be packed.
func forget(nodes []payload.Node) {
	for _, n := range nodes {
		for _, f := range n.Files {
			f.Content.Wipe()
		}
	}
}

func (env Environment) payload(root string, p packing) error {
	if err := env.checkOut(p); err != nil {
		return err
	}
	platform, err := env.platform(root, p.platform)
	if err != nil {
		return err
	}
	nodes, list := repository.Payload(root, env.Environment, p.nodes, p.secrets == openNow)
	defer forget(nodes)
	var made payload.Made
	if !list.HasErrors() {
		var found diag.List
		if made, found, err = payload.Make(nodes, p.request(platform)); err != nil {
			return err
		}
		list = append(list, found...)
	}
	defer func() {
		for _, f := range made.Files {
			f.Content.Wipe()
		}
	}()
	if list.HasErrors() {
		return env.packed(p, payload.Made{}, list)
	}
	if p.out == "" {
		_, err := env.Out.Write(made.Files[0].Content.Reveal())
		return err
	}
	several := p.several()
	warnings, err := writePayload(p.out, made, several, p.secrets == openNow)
	if err != nil {
		return err
	}
	place(p.out, made.Nodes, several)
	if slices.ContainsFunc(made.Nodes, func(s payload.Summary) bool { return s.Encoding != "" }) && platform.Note != "" && p.output == text {
		if _, err := fmt.Fprintf(env.Notes, "note: %s: %s\n", platform.Name, oneLine(platform.Note)); err != nil {
			return err
		}
	}
	return env.packed(p, made, append(list, warnings...))
}

// place makes paths of the summaries those that were written.
func place(out string, all []payload.Summary, several bool) {
	for i := range all {
		if !several {
			all[i].File = out
			continue
		}
		all[i].File = filepath.Join(out, filepath.FromSlash(all[i].File))
		if f := all[i].Full; f != nil {
			f.File = filepath.Join(out, filepath.FromSlash(f.File))
		}
	}
}

func (p packing) request(platform payload.Platform) payload.Request {
	return payload.Request{
		Format: p.format, IgnitionVersion: p.ignition, Memory: p.plaintext == inMemory, Disks: p.disks == byIgnition,
		Compress: p.compress, Platform: platform, URL: p.url, Alone: p.alone(),
	}
}

// alone reports whether one node is asked for.
func (p packing) alone() bool { return len(p.nodes.Named) == 1 && p.nodes.Pool == "" }

// several reports whether what is made is a directory.
func (p packing) several() bool {
	return !p.alone() || p.url != "" || p.format == payload.Dir || p.format == payload.Ansible
}

// checkOut: stdout takes one file, and a terminal none that it would show wrongly, or to others.
func (env Environment) checkOut(p packing) error {
	switch {
	case p.out != "":
		return nil
	case p.several():
		return &usageError{"the payload is several files", "--out DIR writes them into a new directory; --node NODE makes one, in most formats"}
	case env.Shown && p.secrets == openNow:
		return &usageError{"the payload has private keys in the clear, and this is a terminal", "--out FILE writes it where only you can read it"}
	case env.Shown && (p.format == payload.Tar || p.compress):
		return &usageError{"the payload is no text, and this is a terminal", "--out FILE writes it to a file"}
	}
	return nil
}

func (env Environment) platform(root, name string) (payload.Platform, error) {
	if name == "" {
		return payload.Platform{}, nil
	}
	all, list := repository.Platforms(root, env.Environment)
	if err := env.report(list, text); err != nil {
		return payload.Platform{}, err
	}
	p, ok := all[name]
	if !ok {
		known := slices.Sorted(maps.Keys(all))
		return p, &usageError{"there is no platform " + diag.Quote(name), guess(diag.Nearest(name, known), "the platforms are "+strings.Join(known, ", "))}
	}
	return p, nil
}

// packed says what was made.
func (env Environment) packed(p packing, made payload.Made, list diag.List) error {
	if p.output == jsonText {
		err := env.printJSON(struct {
			Format      string            `json:"format"`
			Out         string            `json:"out"`
			Nodes       []payload.Summary `json:"nodes"`
			Diagnostics diag.List         `json:"diagnostics"`
		}{string(p.format), p.out, append([]payload.Summary{}, made.Nodes...), notNil(list)})
		if err != nil {
			return err
		}
	}
	if err := env.report(list, p.output); err != nil || p.output == jsonText {
		return err
	}
	var b strings.Builder
	for _, s := range made.Nodes {
		fmt.Fprintf(&b, "%s: %d bytes%s\n", oneLine(s.File), s.Bytes, inEncoding(s.Encoding))
		if s.Full != nil {
			fmt.Fprintf(&b, "%s: %d bytes, to be served as %s\n", oneLine(s.Full.File), s.Full.Bytes, s.Full.URL)
		}
	}
	_, err := fmt.Fprint(env.Out, b.String())
	return err
}

func inEncoding(e string) string {
	if e == "" {
		return ""
	}
	return ", " + e
}
