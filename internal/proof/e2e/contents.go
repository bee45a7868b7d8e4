//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// imageUsers are the users that a manifest may run as, by the numbers of the images that are published.
const imageUsers = "root:x:0:0::/root:/bin/sh\nhaproxy:x:99:99::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n"

// newImage makes an image for the name that a manifest asks for. The programs lie where the published image has them.
func newImage(ctx context.Context, tag string, p programs) (image, error) {
	im := image{
		tag:   tag,
		files: map[string]string{},
		links: map[string]string{},
		texts: map[string]string{"etc/passwd": imageUsers, "etc/group": "root:x:0:\nhaproxy:x:99:\nnogroup:x:65534:\n"},
	}
	var err error
	switch program := programName(tag); program {
	case "kube-apiserver", "kube-controller-manager", "kube-scheduler":
		im.addStatic("usr/local/bin", p.Kubernetes, program)
	case "kube-proxy":
		im.addStatic("usr/local/bin", p.Kubernetes, program)
		err = im.addPacketFilters(ctx)
	case "etcd":
		im.addStatic("usr/local/bin", p.Etcd, "etcd", "etcdctl", "etcdutl")
	case "coredns":
		im.addStatic("", p.CoreDNS, program)
		im.entrypoint = []string{"/coredns"}
	case "haproxy":
		err = im.addMachineProgram(ctx, "/usr/sbin/haproxy", "usr/local/sbin/haproxy")
		im.entrypoint = []string{"haproxy"}
	case "keepalived":
		err = im.addKeepalived(ctx)
		im.entrypoint = []string{"keepalived"}
	case "pause", "pod":
		im.files["pod"] = p.Pod
		im.entrypoint = []string{"/pod"}
	default:
		err = fmt.Errorf("image %s: no program is known for it", tag)
	}
	return im, err
}

// programName is the last part of an image's name, without its tag.
func programName(tag string) string {
	name, _, _ := strings.Cut(path.Base(tag), "@")
	name, _, _ = strings.Cut(name, ":")
	return name
}

func (im image) addStatic(dir, from string, names ...string) {
	for _, name := range names {
		im.files[path.Join(dir, name)] = filepath.Join(from, name)
	}
}

// addPacketFilters adds what kube-proxy drives: nft, and iptables with its extensions and its many names. Without the names of
// protocols nft lists numbers, and a kube-proxy that starts again takes what the last one left for something else, and removes it.
func (im image) addPacketFilters(ctx context.Context) error {
	extensions, err := filepath.Glob("/usr/lib/*/xtables/*.so")
	if err != nil {
		return err
	}
	for _, extension := range extensions {
		im.files[strings.TrimPrefix(extension, "/")] = extension
	}
	im.files["etc/protocols"] = "/etc/protocols"
	for _, name := range []string{"iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore"} {
		im.links["usr/sbin/"+name] = "xtables-nft-multi"
	}
	if err := im.addMachineProgram(ctx, "/usr/sbin/xtables-nft-multi", "usr/sbin/xtables-nft-multi"); err != nil {
		return err
	}
	return im.addMachineProgram(ctx, "/usr/sbin/nft", "usr/sbin/nft")
}

// addKeepalived adds what a check script runs in beside the daemon.
func (im image) addKeepalived(ctx context.Context) error {
	for from, to := range map[string]string{
		"/usr/sbin/keepalived": "usr/sbin/keepalived",
		"/usr/bin/dash":        "bin/sh",
		"/usr/bin/curl":        "usr/bin/curl",
	} {
		if err := im.addMachineProgram(ctx, from, to); err != nil {
			return err
		}
	}
	return nil
}

// addMachineProgram adds a program of this machine and the libraries that it is linked with, which keep their paths.
func (im image) addMachineProgram(ctx context.Context, from, to string) error {
	im.files[to] = from
	out, err := exec.CommandContext(ctx, "ldd", from).Output()
	if err != nil {
		return fmt.Errorf("libraries of %s: %w", from, err)
	}
	for _, word := range strings.Fields(string(out)) {
		if path.IsAbs(word) {
			im.files[strings.TrimPrefix(word, "/")] = word
		}
	}
	return nil
}
