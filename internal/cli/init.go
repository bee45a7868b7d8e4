package cli

import (
	"cmp"
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

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/durable"
	"github.com/harender/harender/internal/keys/vault"
	"github.com/harender/harender/internal/repository"
	"github.com/harender/harender/internal/repository/scaffold"
)

func newInit(env Environment) *cobra.Command {
	o := scaffold.Options{}
	var first, recipients string
	c := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Make a cluster repository that builds",
		Long: `init writes the spec of a cluster, .sops.yaml, .gitattributes and a README into DIR, and asks nothing. The operator's age
key is the one that sops finds; where there is none, init makes one outside the repository.

--recipients-from takes the public keys of the nodes, so that each can open its own files. ssh-keyscan prints such a file, with
the name that init gives to each node, or with its address: ssh-keyscan -t ed25519 10.0.0.11 10.0.0.12 > hosts. A line may
name an age recipient in place of the SSH key.`,
		Example: `  harender init prod --control-plane 3 --workers 2
  harender init prod --recipients-from recipients.txt`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			return env.initialize(cmp.Or(folder(c, args), "."), o, first, recipients)
		},
	}
	c.Flags().StringVar(&o.Name, "name", "", "`NAME` of the cluster (default: the name of DIR)")
	c.Flags().IntVar(&o.ControlPlane, "control-plane", 3, "`N` control plane nodes, which are etcd members too")
	c.Flags().IntVar(&o.Workers, "workers", 2, "`N` workers")
	c.Flags().StringVar(&o.KubernetesVersion, "kubernetes-version", "", "`MAJOR.MINOR.PATCH` (default: the newest that is known)")
	c.Flags().StringVar(&o.LoadBalancer, "load-balancer", cluster.Keepalived, "`KIND`: haproxy, keepalived, kube-vip, nodeLocal, cloud or external")
	c.Flags().StringVar(&o.Interface, "interface", "", "`NAME` of the network card that carries the virtual IP (default eth0)")
	c.Flags().StringVar(&first, "first-address", "10.0.0.11", "`IP` of the first node; the others follow")
	c.Flags().StringVar(&recipients, "recipients-from", "", "`FILE` with the public key of each node, as ssh-keyscan prints it")
	return c
}

func (env Environment) initialize(dir string, o scaffold.Options, first, recipients string) error {
	var err error
	if o.FirstAddress, err = netip.ParseAddr(first); err != nil || o.FirstAddress.Zone() != "" || o.FirstAddress.Is4In6() {
		return &usageError{"--first-address cannot be " + diag.Quote(first), "write an IP address, such as 10.0.0.11 or fd00:10::11"}
	}
	if o.ControlPlane < 1 || o.Workers < 0 {
		return &usageError{"a cluster has at least one control plane node, and no fewer than 0 workers", "--control-plane 3 --workers 2"}
	}
	if o.Name == "" {
		o.Name = nameOf(dir)
	}
	if o.KubernetesVersion == "" {
		o.KubernetesVersion = repository.NewestVersion(env.Environment)
	}
	if o.Recipients, err = env.recipientsFrom(o, recipients); err != nil {
		return err
	}
	if err := env.tryOut(o); err != nil {
		return err
	}
	if err := vacant(dir); err != nil {
		return err
	}
	return env.write(dir, o)
}

// recipientsFrom reads the file of --recipients-from.
func (env Environment) recipientsFrom(o scaffold.Options, name string) (map[string][]string, error) {
	if name == "" {
		return nil, nil
	}
	content, err := bounded.ReadFile(os.DirFS(filepath.Dir(name)), filepath.Base(name), bounded.File)
	if err != nil {
		return nil, &usageError{"cannot read " + diag.Quote(name) + ": " + diag.Cause(err).Error(), "ssh-keyscan -t ed25519 NODE... > FILE makes one"}
	}
	found, list := scaffold.ReadRecipients(o, name, string(content))
	return found, env.report(list, text)
}

// write makes the repository, and the operator's key if there is none.
func (env Environment) write(dir string, o scaffold.Options) error {
	operator, err := vault.FindOperator(env.LookupEnv)
	if err != nil {
		return err
	}
	if operator.Created {
		if _, err := fmt.Fprintf(env.Notes, "made the operator's age key %s: keep a copy offline\n", operator.File); err != nil {
			return err
		}
	}
	o.Recipient = operator.Recipient
	files, err := scaffold.Files(o)
	if err != nil {
		return err
	}
	if err := writeNew(dir, files); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Summary, "%s: %s, %s, Kubernetes %s; next: harender build %s\n",
		o.Name, count(o.ControlPlane, "control plane node"), count(o.Workers, "worker"), o.KubernetesVersion, dir)
	return err
}

// tryOut compiles the repository in memory, so that init never writes one that does not build.
func (env Environment) tryOut(o scaffold.Options) error {
	files, err := scaffold.Files(o)
	if err != nil {
		return err
	}
	return env.report(blamed(repository.TryOut(files, env.Environment)), text)
}

// blamed names the flag instead of a place in a spec that was not written, and keeps one finding a flag.
func blamed(list diag.List) diag.List {
	var out diag.List
	seen := map[string]bool{}
	for _, d := range list {
		d.Field = flagOf(d.Field)
		d.Pos, d.Excerpt, d.Caret = diag.Pos{}, "", 0
		if !seen[d.Field] {
			out = append(out, d)
		}
		seen[d.Field] = true
	}
	return out
}

// flagOf is the flag that a field of the spec comes from.
func flagOf(field string) string {
	switch {
	case field == "metadata.name":
		return "--name"
	case field == "spec.kubernetesVersion":
		return "--kubernetes-version"
	case field == "spec.loadBalancer.interface":
		return "--interface"
	case strings.HasPrefix(field, "spec.loadBalancer"):
		return "--load-balancer"
	case strings.Contains(field, ".recipients"):
		return "--recipients-from"
	case field == "spec.nodes":
		return "--control-plane"
	}
	return "--first-address"
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
	for _, name := range []string{"cluster.yaml", "cluster.jsonnet", "cluster.json", vault.ConfigName, repository.Output} {
		_, err := os.Lstat(filepath.Join(dir, name))
		if err == nil {
			return &usageError{
				"there is a " + filepath.Join(dir, name) + " already",
				"init makes new repositories only: choose another directory, or edit what is there",
			}
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return refused(dir, err)
		}
	}
	return nil
}

func refused(dir string, err error) error {
	return &usageError{fmt.Sprintf("cannot make a repository in %s: %v", diag.Quote(dir), diag.Cause(err)), "choose another directory"}
}

// writeNew writes files that are not there yet; a README or .gitattributes of the user's own stays.
func writeNew(dir string, files map[string][]byte) error {
	if err := durable.MkdirAll(dir, 0o755); err != nil {
		return refused(dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return refused(dir, err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil {
			_, err = f.Write(files[name])
			err = errors.Join(err, f.Sync(), f.Close())
		}
		if err != nil {
			return errors.Join(refused(dir, err), root.Close())
		}
	}
	return errors.Join(root.Close(), durable.SyncNames(dir))
}
