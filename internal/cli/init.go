package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/cluster"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/layer"
	"github.com/harender/harender/internal/render"
	"github.com/harender/harender/internal/scaffold"
	"github.com/harender/harender/internal/vault"
)

func newInit(env Environment) *cobra.Command {
	o := scaffold.Options{}
	var first string
	c := &cobra.Command{
		Use:   "init DIR",
		Short: "Make a repository that builds",
		Long: `init writes the spec of a cluster, .sops.yaml, .gitattributes and a README into DIR, and asks nothing. The operator's age
key is the one that sops finds; where there is none, init makes one outside the repository.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return env.initialize(args[0], o, first)
		},
	}
	c.Flags().StringVar(&o.Name, "name", "", "name of the cluster (default: the name of DIR)")
	c.Flags().IntVar(&o.ControlPlane, "control-plane", 3, "number of control plane nodes, which are etcd members too")
	c.Flags().IntVar(&o.Workers, "workers", 2, "number of workers")
	c.Flags().StringVar(&o.KubernetesVersion, "kubernetes-version", "", "MAJOR.MINOR.PATCH (default: the newest that is known)")
	c.Flags().StringVar(&o.LoadBalancer, "load-balancer", cluster.Keepalived, "keepalived, nodeLocal or external")
	c.Flags().StringVar(&first, "first-address", "10.0.0.11", "address of the first node; the others follow")
	return c
}

func (env Environment) initialize(dir string, o scaffold.Options, first string) error {
	var err error
	if o.FirstAddress, err = netip.ParseAddr(first); err != nil {
		return fmt.Errorf("--first-address %q is no IP address", first)
	}
	if o.ControlPlane < 1 || o.Workers < 0 {
		return errors.New("a cluster has at least one control plane node, and no fewer than 0 workers")
	}
	if o.Name == "" {
		o.Name = nameOf(dir)
	}
	if o.KubernetesVersion == "" {
		o.KubernetesVersion = env.newestRelease()
	}
	if err := env.tryOut(o); err != nil {
		return err
	}
	if err := vacant(dir); err != nil {
		return err
	}
	operator, err := vault.FindOperator(env.LookupEnv)
	if err != nil {
		return err
	}
	o.Recipient, o.KeyFile = operator.Recipient, operator.File
	files, err := scaffold.Files(o)
	if err != nil {
		return err
	}
	if err := writeNew(dir, files); err != nil {
		return err
	}
	if operator.Created {
		if _, err := fmt.Fprintf(env.Err, "made the operator's age key %s: keep a copy offline\n", operator.File); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(env.Out, "%s: %d control plane nodes, %d workers, Kubernetes %s; next: harender build %s\n",
		o.Name, o.ControlPlane, o.Workers, o.KubernetesVersion, dir)
	return err
}

// tryOut compiles the repository in memory, so that init never writes one that does not build.
func (env Environment) tryOut(o scaffold.Options) error {
	files, err := scaffold.Files(o)
	if err != nil {
		return err
	}
	mem := fstest.MapFS{}
	for name, content := range files {
		mem[name] = &fstest.MapFile{Data: content, Mode: 0o644}
	}
	_, list := compile.Compile(mem, env.Builtin)
	return env.report(list, text)
}

func (env Environment) newestRelease() string {
	known, _ := render.Releases(layer.Stack{env.Builtin}) // Without any, the spec's own check says so.
	return known.Newest()
}

var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// nameOf makes a cluster's name of a directory's.
func nameOf(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		abs = dir
	}
	name := strings.Trim(notInName.ReplaceAllString(strings.ToLower(filepath.Base(abs)), "-"), "-")
	if name == "" {
		return "cluster"
	}
	return name
}

// vacant refuses a directory that already is a cluster's repository.
func vacant(dir string) error {
	for _, name := range []string{"cluster.yaml", "cluster.jsonnet", "cluster.json", vault.ConfigName, compile.Output} {
		_, err := os.Lstat(filepath.Join(dir, name))
		if err == nil {
			return fmt.Errorf("%s exists: harender init makes new repositories only; choose another directory, or edit what is there", filepath.Join(dir, name))
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("looking at %s: %w", dir, err)
		}
	}
	return nil
}

// writeNew writes files that are not there yet; a README or .gitattributes of the user's own stays.
func writeNew(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { // #nosec G301 -- a repository holds nothing secret in the clear
		return fmt.Errorf("making %s: %w", dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("opening %s: %w", dir, err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil {
			_, err = f.Write(files[name])
			err = errors.Join(err, f.Close())
		}
		if err != nil {
			return errors.Join(fmt.Errorf("writing %s: %w", filepath.Join(dir, name), err), root.Close())
		}
	}
	return root.Close()
}
