//go:build e2e

package e2e

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
)

//go:embed host.sh
var hostScript string

// host is one machine of the cluster.
type host struct {
	node node
	// root is the folder that the host sees as /.
	root string
	// overUsr is the folder that lies over the machine's /usr.
	overUsr string
	// logs is the folder that the host sees as /var/log. It outlives the host.
	logs string
	init *exec.Cmd
	// active are the units that have ended well, as far as others require them.
	active map[string]bool
	// off tells that the host has lost its power.
	off atomic.Bool
}

// startHost starts a host whose root folder is ready. The folder overUsr lies over its /usr.
func startHost(n node, root, overUsr, logs string) (*host, error) {
	h := &host{node: n, root: root, overUsr: overUsr, logs: logs}
	return h, h.start()
}

// start starts the first process of a host that is off.
func (h *host) start() error {
	out, err := os.OpenFile(filepath.Join(h.logs, "init.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }()
	cmd := exec.Command("sh", "-c", hostScript, "host.sh", h.root, h.overUsr, h.logs)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = hostEnv()
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET,
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start host %s: %w", h.node.Name, err)
	}
	h.init, h.active = cmd, map[string]bool{}
	h.off.Store(false)
	return nil
}

// hostEnv is what systemd gives a unit.
func hostEnv() []string {
	return []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"}
}

func (h *host) pid() int { return h.init.Process.Pid }

// view is the host's root as the host itself sees it, with what is mounted there.
func (h *host) view() string { return fmt.Sprintf("/proc/%d/root", h.pid()) }

// port is the host's interface on the bridge.
func (h *host) port() string { return "hr-" + h.node.Name }

// command runs in the host's namespaces, and ends with them.
func (h *host) command(ctx context.Context, argv ...string) *exec.Cmd {
	enter := []string{"--target", strconv.Itoa(h.pid()), "--mount", "--uts", "--ipc", "--net", "--pid", "--"}
	cmd := exec.CommandContext(ctx, "nsenter", append(enter, argv...)...)
	cmd.Env = hostEnv()
	return cmd
}

// script runs a line of the operator's on the host, in the folder of the deliveries and with the node's key.
func (h *host) script(ctx context.Context, line string) *exec.Cmd {
	cmd := h.command(ctx, "bash", "-euo", "pipefail", "-c", "cd "+deliveries+"; PATH="+deliveries+":$PATH; "+line)
	cmd.Env = append(cmd.Env, "SOPS_AGE_KEY_FILE="+nodeKey)
	return cmd
}

// loseLink goes before losePower, so that no dying process can say goodbye to its peers.
func (h *host) loseLink(ctx context.Context) error {
	return runAll(ctx, here, "ip link set "+h.port()+" down")
}

// losePower ends all processes of the host at once: the kernel kills a namespace with its first process.
func (h *host) losePower() error {
	if h.off.Swap(true) {
		return nil
	}
	if err := h.init.Process.Kill(); err != nil {
		return err
	}
	_ = h.init.Wait() // says that it was killed
	return nil
}
