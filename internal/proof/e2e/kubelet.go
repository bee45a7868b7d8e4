//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// kubeletPackage is the unit that the package of the kubelet brings.
const kubeletPackage = "[Service]\nExecStart=/usr/bin/kubelet\n[Install]\nWantedBy=multi-user.target\n"

// installPrograms puts what packages bring into a folder that will lie over /usr, beside the folder for kernel modules that
// every host has and a container may lack.
func installPrograms(found programs, overUsr string) error {
	if err := os.MkdirAll(filepath.Join(overUsr, "lib/modules"), 0o755); err != nil {
		return err
	}
	const systemctl = "local/bin/systemctl"
	if err := writeTexts(overUsr, map[string]string{"lib/systemd/system/" + kubelet: kubeletPackage, systemctl: systemctlStub}); err != nil {
		return err
	}
	return errors.Join(
		os.Chmod(filepath.Join(overUsr, systemctl), 0o755),
		install(filepath.Join(found.Kubernetes, "kubelet"), filepath.Join(overUsr, "bin/kubelet")),
		install(filepath.Join(found.Kubernetes, "kubeadm"), filepath.Join(overUsr, "bin/kubeadm")),
		install(filepath.Join(found.Kubernetes, "kubectl"), filepath.Join(overUsr, "bin/kubectl")),
		install(filepath.Join(found.Tools, "sops"), filepath.Join(overUsr, "local/bin/sops")),
	)
}

// install puts a program at a path.
func install(program, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if os.Link(program, path) == nil {
		return nil
	}
	if err := copyFile(path, program); err != nil {
		return err
	}
	return os.Chmod(path, 0o755)
}

// errRequired is why systemd would not start a unit.
var errRequired = errors.New("a required unit has not started before")

// unit gives the command of a unit of the host, once what comes before has ended well.
func (h *host) unit(ctx context.Context, name string) (*exec.Cmd, error) {
	needs, err := required(h.root, name)
	if err != nil {
		return nil, err
	}
	for _, other := range needs {
		first, err := readService(h.root, other)
		if err != nil {
			return nil, err
		}
		if !h.active[other] || !slices.Contains(first.before, name) {
			return nil, fmt.Errorf("%s of %s: %w: %s", name, h.node.Name, errRequired, other)
		}
	}
	s, err := readService(h.root, name)
	if err != nil {
		return nil, err
	}
	for _, argv := range s.first {
		cmd := h.command(ctx, argv...)
		cmd.Env = append(cmd.Env, s.env...)
		if _, err := run(cmd); err != nil {
			return nil, err
		}
	}
	cmd := h.command(ctx, s.argv...)
	cmd.Env = append(cmd.Env, s.env...)
	return cmd, nil
}

// startOnce runs a unit that ends.
func (h *host) startOnce(ctx context.Context, name string) error {
	cmd, err := h.unit(ctx, name)
	if err == nil {
		_, err = run(cmd)
	}
	h.active[name] = err == nil
	return err
}

// startKubelet runs the service as its unit files say, and gives a channel that reports its end.
func startKubelet(h *host) (<-chan error, error) {
	cmd, err := h.unit(context.Background(), kubelet)
	if err != nil {
		return nil, err
	}
	out, err := os.OpenFile(filepath.Join(h.logs, "kubelet.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return ended, nil
}

// keepKubelet starts the kubelet again, as its unit says, each time that systemctl.sh has ended it. It returns when the
// host has lost its power, and gives an error when the kubelet ends by itself.
func keepKubelet(h *host, ended <-chan error) error {
	for {
		err := <-ended
		if h.off.Load() {
			return nil
		}
		if os.Remove(filepath.Join(h.root, "kubelet.restarts")) != nil {
			return fmt.Errorf("the kubelet of %s ended: %w", h.node.Name, err)
		}
		if ended, err = startKubelet(h); err != nil {
			return err
		}
	}
}
