//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// bringing are scripts, one for each way in which a host gets its files, and the first stage of Ignition.
//
//go:embed bring
var bringing embed.FS

const (
	// packed is where a host finds its payload.
	packed  = "/root/payload"
	hostKey = "/etc/ssh/ssh_host_ed25519_key"
	// unsealing opens the files of a host, and kubelet reads them.
	unsealing = "harender-unseal.service"
	kubelet   = "kubelet.service"
)

// way is a format of harender payload, and where the host keeps what it opens.
type way struct{ format, plaintext string }

// namesHost reports whether the payload gives the host its name too.
func (w way) namesHost() bool { return w.format == "ignition" || w.format == "cloud-init" }

// wayTo is a way of its own for each host of the story.
func wayTo(node string) way {
	return map[string]way{
		"m1": {"cloud-init", "disk"},
		"m2": {"ignition", "memory"},
		"m3": {"tar", "disk"},
		"w1": {"ansible", "disk"},
	}[node]
}

// newHostKey makes the SSH host key of a machine before its first start, and gives the recipient that the spec names.
func newHostKey(ctx context.Context, root string) (string, error) {
	path := filepath.Join(root, hostKey)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	if _, err := run(here(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "host", "-f", path)); err != nil {
		return "", err
	}
	public, err := os.ReadFile(path + ".pub")
	return strings.TrimSpace(string(public)), err
}

// packHosts makes the roots of hosts with a payload on each. What Ignition brings is there when a machine starts.
func (p *suite) packHosts() (string, error) {
	resolver := gateway(p.network()).Addr()
	err := parallel(p.cluster.Spec.Nodes, func(n node) error {
		w, root := wayTo(n.Name), p.root(n)
		if err := makeRoot(root, n.Name, resolver); err != nil {
			return err
		}
		if w.namesHost() {
			if err := writeTexts(root, map[string]string{"etc/hostname": "localhost\n"}); err != nil {
				return err
			}
		}
		payload := filepath.Join(root, packed)
		_, err := run(here(p.ctx, p.programs.Harender, "payload", p.repository(), "--node", n.Name,
			"--format", w.format, "--plaintext", w.plaintext, "--out", payload))
		if err == nil && w.format == "ignition" {
			err = p.script(here, "ignite", root, payload, filepath.Join(p.work, "ignition"))
		}
		return err
	})
	return "", err
}

// script runs one of the scripts that bring files.
func (p *suite) script(command command, name string, arguments ...string) error {
	text, err := bringing.ReadFile("bring/" + name + ".sh")
	if err != nil {
		return err
	}
	cmd := command(p.ctx, append([]string{"bash", "-c", `eval "$SCRIPT"`, name}, arguments...)...)
	cmd.Env = append(cmd.Environ(), "SCRIPT="+string(text))
	_, err = run(cmd)
	return err
}

// bringFiles has each host take its payload.
func (p *suite) bringFiles() (string, error) {
	var ways []string
	for _, h := range p.hosts {
		ways = append(ways, h.node.Name+" "+wayTo(h.node.Name).format)
	}
	return strings.Join(ways, ", "), parallel(p.hosts, func(h *host) error {
		err := p.script(h.command, wayTo(h.node.Name).format)
		if err == nil {
			err = startsRight(p.ctx, h)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", h.node.Name, err)
		}
		return nil
	})
}

// startsRight wants what is to start to be what opens files and the kubelet, and systemd to find nothing wrong with them.
func startsRight(ctx context.Context, h *host) error {
	text, err := os.ReadFile(filepath.Join(h.root, "starting"))
	if err != nil {
		return err
	}
	starting := strings.Fields(string(text))
	slices.Sort(starting)
	if !slices.Equal(slices.Compact(starting), []string{unsealing, kubelet}) {
		return fmt.Errorf("these are to start: %v", starting)
	}
	return runAll(ctx, h.command, "systemd-analyze verify --man=no "+unsealing+" "+kubelet)
}

// openFiles has each host open its files by the unit's own command. The key of another host opens none of them, and then
// no kubelet starts.
func (p *suite) openFiles() (string, error) {
	count := 0
	for i, h := range p.hosts {
		sealed, err := p.sealedOf(h)
		if err != nil {
			return "", err
		}
		count += len(sealed)
		other := p.hosts[(i+1)%len(p.hosts)]
		if err := p.refuses(h, other, sealed); err != nil {
			return "", fmt.Errorf("%s with the key of %s: %w", h.node.Name, other.node.Name, err)
		}
		if err := p.opens(h); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d, and none with another host's key", count), nil
}

// sealedOf lists the files that a host has to open.
func (p *suite) sealedOf(h *host) ([]indexFile, error) {
	x, err := readIndex(p.rendered(), h.node.Name)
	return slices.DeleteFunc(x.Files, func(f indexFile) bool { return !f.Sealed }), err
}

// errDone is for what should have failed.
var errDone = errors.New("it was done")

// refuses has a host try with the key of another one.
func (p *suite) refuses(h, other *host, sealed []indexFile) error {
	path := filepath.Join(h.root, hostKey)
	own, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := copyFile(path, filepath.Join(other.root, hostKey)); err != nil {
		return err
	}
	if err := h.startOnce(p.ctx, unsealing); err == nil || !strings.Contains(err.Error(), "Failed to get the data key") {
		return fmt.Errorf("sops should have no key: %w", cmp.Or(err, errDone))
	}
	if _, err := startKubelet(h); !errors.Is(err, errRequired) {
		return fmt.Errorf("the kubelet should need its files: %w", cmp.Or(err, errDone))
	}
	for _, f := range sealed {
		if exists(filepath.Join(h.view(), f.Path)) {
			return errors.New(f.Path + " is there")
		}
	}
	return os.WriteFile(path, own, 0o600)
}

// isOpened looks at an opened file with the eyes of the host, and at what its disk has.
func isOpened(h *host, f indexFile) error {
	if err := hasRights(h.view(), f); err != nil {
		return err
	}
	disk, err := os.Stat(filepath.Join(h.root, f.Path))
	if err == nil && (disk.Size() == 0) != (wayTo(h.node.Name).plaintext == "memory") {
		err = fmt.Errorf("%s: the disk has %d bytes of it", f.Path, disk.Size())
	}
	return err
}

// startAnew takes the power from the host that keeps what it opens in memory, and gives it back: files are opened again, by what
// is enabled. No kubelet has run yet, so that there are no containers whose cgroups would outlive the host.
func (p *suite) startAnew() (string, error) {
	h := p.hosts[slices.IndexFunc(p.hosts, func(h *host) bool { return wayTo(h.node.Name).plaintext == "memory" })]
	if err := errors.Join(runAll(p.ctx, here, "ip link del "+h.port()), h.losePower(), h.start(), plug(p.ctx, h, p.network())); err != nil {
		return "", err
	}
	if err := waitForContainerd(p.ctx, h); err != nil {
		return "", err
	}
	// What systemd does whenever a machine starts.
	if err := runAll(p.ctx, h.command, "sysctl --system", "systemd-tmpfiles --create", "systemctl is-enabled "+kubelet+" "+unsealing); err != nil {
		return "", err
	}
	return h.node.Name, p.opens(h)
}

// opens has a host open its files.
func (p *suite) opens(h *host) error {
	if err := h.startOnce(p.ctx, unsealing); err != nil {
		return err
	}
	sealed, err := p.sealedOf(h)
	for _, f := range sealed {
		err = errors.Join(err, isOpened(h, f))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", h.node.Name, err)
	}
	return nil
}

// compareHosts asks harender whether the hosts hold what was built, to the bytes of what they have opened.
func (p *suite) compareHosts() (string, error) {
	return countOf(p.hosts), parallel(p.hosts, func(h *host) error {
		cmd := here(p.ctx, p.programs.Harender, "verify", p.repository(), "--node", h.node.Name, "--root", h.view(), "--open")
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("verify: %w\n%s", err, text)
		}
		return nil
	})
}
