//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// installKubelet puts the program where the host's unit wants it, in a folder that will lie over /usr, beside the folder
// for kernel modules that every host has and a container may lack.
func installKubelet(kubernetes, overUsr, root string) error {
	service, err := readService(root, "kubelet")
	if err != nil {
		return err
	}
	below, found := strings.CutPrefix(service.argv[0], "/usr/")
	if !found {
		return fmt.Errorf("the kubelet's unit starts %s, which is not below /usr", service.argv[0])
	}
	if err := os.MkdirAll(filepath.Join(overUsr, "lib/modules"), 0o755); err != nil {
		return err
	}
	return install(filepath.Join(kubernetes, "kubelet"), filepath.Join(overUsr, below))
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

// startKubelet runs the service as its unit files say, and gives a channel that reports its end.
func startKubelet(h *host) (<-chan error, error) {
	service, err := readService(h.root, "kubelet")
	if err != nil {
		return nil, err
	}
	out, err := os.OpenFile(filepath.Join(h.logs, "kubelet.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }()
	cmd := h.command(context.Background(), service.argv...)
	cmd.Env = append(cmd.Env, service.env...)
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
