//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

// kubeadmConfig is what the commands of docs/kubeadm.md name.
const kubeadmConfig = "/etc/kubernetes/kubeadm.yaml"

// ofThisMachine are the preflight checks that say something of these hosts and nothing of what was rendered: a kernel
// without modules to look at, no systemd that runs, swap.
const ofThisMachine = "SystemVerification,Service-kubelet,Swap"

// kubeadmStory goes from an empty folder to a cluster whose control plane kubeadm wrote, without a copied key or a token.
func (p *suite) kubeadmStory() error {
	p.byKubeadm = true
	var before map[string]string
	err := p.inTurn(
		task{"repository made, tree built", p.makeKubeadmTree},
		task{"trees opened with stock sops and laid", p.layFiles},
		task{"images made", p.makeImages},
		task{"hosts up, images loaded", p.startHosts},
		task{"keys looked at", func() (detail string, err error) {
			before, err = p.keys()
			return fmt.Sprintf("%d", len(before)), err
		}},
		task{"kubeadm init", func() (string, error) { return p.kubeadm(p.hosts[0], "init") }},
		task{"kubeadm join", p.joinOthers},
	)
	if err != nil {
		return err
	}
	return p.inTurn(
		task{"no key made, changed or gone", func() (string, error) { return p.sameKeys(before) }},
		task{"apiservers ready", p.apiserversReady},
		task{"nodes registered", p.nodesRegistered},
		task{"pod network joined", p.joinPods},
		task{"addons applied", p.applyAddons},
		task{"one leader each", p.oneLeaderEach},
		task{"nodes ready", p.nodesReady},
		task{"pod on the worker, answer from CoreDNS", p.podAnswers},
		task{"a flag changed", p.changeFlag},
		task{"still no key made, changed or gone", func() (string, error) { return p.sameKeys(before) }},
	)
}

// changeFlag takes a changed spec to the masters as docs/kubeadm.md says.
func (p *suite) changeFlag() (string, error) {
	if _, err := p.rebuild("extraArgs", map[string]any{"kube-apiserver": map[string]any{"event-ttl": "2h"}}); err != nil {
		return "", err
	}
	l := layer{sops: filepath.Join(p.programs.Tools, "sops"), rendered: p.rendered()}
	for _, h := range p.masters {
		if _, _, err := l.lay(p.ctx, h.node.Name, h.root); err != nil {
			return "", err
		}
	}
	first := p.masters[0]
	if _, err := run(first.command(p.ctx, "kubeadm", "init", "phase", "upload-config", "all", "--config", kubeadmConfig)); err != nil {
		return "", err
	}
	for _, h := range p.masters {
		_, err := run(h.command(p.ctx, "kubeadm", "upgrade", "node", "--certificate-renewal=false",
			"--patches", "/etc/kubernetes/patches", "--ignore-preflight-errors="+ofThisMachine))
		if err != nil {
			return "", err
		}
		manifest, err := os.ReadFile(filepath.Join(h.root, "etc/kubernetes/manifests/kube-apiserver.yaml"))
		if err == nil && !strings.Contains(string(manifest), "--event-ttl=2h") {
			err = fmt.Errorf("%s: the apiserver does not have the flag", h.node.Name)
		}
		if err != nil {
			return "", err
		}
	}
	return countOf(p.masters), nil
}

func (p *suite) makeKubeadmTree() (string, error) {
	if err := makeRepository(p.ctx, p.programs.Harender, p.repository()); err != nil {
		return "", err
	}
	out, err := p.rebuild("bootstrap", "kubeadm")
	if err != nil {
		return "", err
	}
	p.cluster, err = readCluster(p.repository())
	return lastLine(out), err
}

// rebuild sets a field of the spec, and builds.
func (p *suite) rebuild(field string, value any) (string, error) {
	path := filepath.Join(p.repository(), "cluster.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	var document map[string]any
	if err := yaml.Unmarshal(text, &document); err != nil {
		return "", err
	}
	spec, _ := document["spec"].(map[string]any)
	spec[field] = value
	if text, err = yaml.Marshal(document); err != nil {
		return "", err
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return "", err
	}
	return run(here(p.ctx, p.programs.Harender, "build", p.repository()))
}

// packagedByKubeadm is the drop-in that the package of kubeadm brings.
func packagedByKubeadm() map[string]string {
	const kubeconfigs = "--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
	return map[string]string{
		"etc/systemd/system/kubelet.service.d/10-kubeadm.conf": strings.Join([]string{
			"[Service]",
			`Environment="KUBELET_KUBECONFIG_ARGS=` + kubeconfigs + `"`,
			`Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"`,
			"EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env",
			"ExecStart=",
			"ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS",
			"",
		}, "\n"),
	}
}

func (p *suite) kubeadmImages() ([]string, error) {
	program := filepath.Join(p.programs.Kubernetes, "kubeadm")
	version, err := run(here(p.ctx, program, "version", "--output=short"))
	if err != nil {
		return nil, err
	}
	out, err := run(here(p.ctx, program, "config", "images", "list", "--kubernetes-version="+strings.TrimSpace(version)))
	return strings.Fields(out), err
}

// joinOthers joins control plane nodes before workers, one after the other.
func (p *suite) joinOthers() (string, error) {
	for _, h := range p.hosts[1:] {
		if _, err := p.kubeadm(h, "join"); err != nil {
			return "", err
		}
	}
	return countOf(p.hosts[1:]), nil
}

// kubeadm runs init or join on a host, as a reader of the documents would. The kubelet, which systemd would start for it,
// starts when it is configured.
func (p *suite) kubeadm(h *host, command string) (string, error) {
	if command == "init" {
		p.kubelets = time.Now()
		if err := p.meetAPI(); err != nil {
			return "", err
		}
	}
	if err := runAll(p.ctx, h.command, "systemctl daemon-reload", "systemd-tmpfiles --create", "sysctl --system"); err != nil {
		return "", err
	}
	go func() {
		if err := p.runKubelet(h); err != nil && !h.off.Load() {
			p.fail(fmt.Errorf("the kubelet of %s: %w", h.node.Name, err))
		}
	}()
	out, err := run(h.command(p.ctx, "kubeadm", command, "--config", kubeadmConfig, "--ignore-preflight-errors="+ofThisMachine))
	if writeErr := os.WriteFile(filepath.Join(h.logs, "kubeadm.log"), []byte(out), 0o644); err == nil {
		err = writeErr
	}
	return h.node.Name, err
}

// runKubelet waits for kubeadm to configure the host's kubelet, and then until that ends.
func (p *suite) runKubelet(h *host) error {
	err := p.eventually(func(context.Context) error {
		for _, name := range []string{"config.yaml", "kubeadm-flags.env"} {
			if _, err := os.Stat(filepath.Join(h.root, "var/lib/kubelet", name)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	ended, err := startKubelet(h)
	if err != nil {
		return err
	}
	return <-ended
}

// keys gives the contents of all that is secret below the hosts' /etc/kubernetes and of all that a kubelet would make.
func (p *suite) keys() (map[string]string, error) {
	found := map[string]string{}
	for _, h := range p.hosts {
		for _, dir := range []string{"etc/kubernetes/pki", "etc/kubernetes/admin", "var/lib/kubelet/pki"} {
			err := filepath.WalkDir(filepath.Join(h.root, dir), func(path string, d fs.DirEntry, err error) error {
				if os.IsNotExist(err) {
					return nil
				}
				if err != nil || d.IsDir() {
					return err
				}
				text, err := os.ReadFile(path)
				found[path] = string(text)
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// sameKeys names no contents.
func (p *suite) sameKeys(before map[string]string) (string, error) {
	after, err := p.keys()
	if err != nil {
		return "", err
	}
	for path := range before {
		if _, has := after[path]; !has {
			return "", fmt.Errorf("kubeadm or a kubelet removed %s", path)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(after)) {
		old, had := before[path]
		switch {
		case !had:
			return "", fmt.Errorf("kubeadm or a kubelet made %s", path)
		case old != after[path]:
			return "", fmt.Errorf("kubeadm or a kubelet changed %s", path)
		case strings.HasSuffix(path, "ca.key"):
			return "", fmt.Errorf("the key of an authority is on a node: %s", path)
		}
	}
	return fmt.Sprintf("%d files", len(after)), nil
}
