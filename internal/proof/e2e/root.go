//go:build e2e

package e2e

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
)

// mountPoints are the folders that host.sh mounts on; mnt takes the machine's root for a moment.
var mountPoints = []string{"dev", "mnt", "proc", "run", "sys", "tmp", "usr", "var/log"}

// machineEtc are the machine's own settings that the programs in its /usr cannot do without.
var machineEtc = []string{
	"alternatives", "ethertypes", "group", "iproute2", "ld.so.cache", "nsswitch.conf", "passwd", "protocols", "services",
}

// makeRoot makes a host's root as an installation leaves it, before anything of the cluster is on it.
func makeRoot(root, hostname string, resolver netip.Addr) error {
	for _, dir := range append([]string{"etc", "root", "var/lib"}, mountPoints...) {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			return err
		}
	}
	if err := copyUsrLinks(root); err != nil {
		return err
	}
	if err := copyMachineEtc(filepath.Join(root, "etc")); err != nil {
		return err
	}
	return writeTexts(filepath.Join(root, "etc"), map[string]string{
		"hostname":               hostname + "\n",
		"hosts":                  "127.0.0.1 localhost\n127.0.1.1 " + hostname + "\n",
		"machine-id":             fmt.Sprintf("%.16x\n", sha256.Sum256([]byte(hostname))),
		"resolv.conf":            "nameserver " + resolver.String() + "\n",
		"containerd/config.toml": containerdConfig,
	})
}

// copyUsrLinks repeats /bin, /lib and the like, which lead into /usr.
func copyUsrLinks(root string) error {
	for _, name := range []string{"bin", "sbin", "lib", "lib32", "lib64", "libx32"} {
		target, err := os.Readlink("/" + name)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("this machine's /%s does not lead into /usr: %w", name, err)
		}
		if err := os.Symlink(strings.TrimPrefix(target, "/"), filepath.Join(root, name)); err != nil {
			return err
		}
	}
	return nil
}

func copyMachineEtc(etc string) error {
	for _, name := range machineEtc {
		info, err := os.Stat(filepath.Join("/etc", name))
		switch {
		case os.IsNotExist(err):
			continue
		case err != nil:
			return err
		case info.IsDir():
			err = os.CopyFS(filepath.Join(etc, name), os.DirFS(filepath.Join("/etc", name)))
		default:
			err = copyFile(filepath.Join(etc, name), filepath.Join("/etc", name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func copyFile(to, from string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}

// writeTexts writes files by their path below dir.
func writeTexts(dir string, texts map[string]string) error {
	for name, text := range texts {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
