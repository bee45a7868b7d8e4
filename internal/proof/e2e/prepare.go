//go:build e2e

package e2e

import (
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// adminTimeout is for single requests, which the story repeats.
const adminTimeout = 2 * time.Second

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndex(text, "\n")+1:]
}

func (p *suite) repository() string { return filepath.Join(p.work, "cluster") }
func (p *suite) rendered() string   { return filepath.Join(p.repository(), "rendered") }
func (p *suite) addons() string     { return filepath.Join(p.rendered(), "addons") }
func (p *suite) root(n node) string { return filepath.Join(p.work, "hosts", n.Name) }
func (p *suite) kubectl() string    { return filepath.Join(p.programs.Kubernetes, "kubectl") }
func (p *suite) archive(tag string) string {
	return filepath.Join(p.work, "images", strings.NewReplacer("/", "_", ":", "_").Replace(tag)+".tar")
}

// layFiles makes the roots of hosts with their files in place.
func (p *suite) layFiles() (string, error) {
	l := layer{sops: filepath.Join(p.programs.Tools, "sops"), rendered: p.rendered()}
	resolver := gateway(p.network()).Addr()
	var files, sealed atomic.Int64
	err := parallel(p.cluster.Spec.Nodes, func(n node) error {
		if err := makeRoot(p.root(n), n.Name, resolver); err != nil {
			return err
		}
		if p.byKubeadm {
			if err := writeTexts(p.root(n), packagedByKubeadm()); err != nil {
				return err
			}
		}
		f, s, err := l.lay(p.ctx, n.Name, p.root(n))
		files.Add(int64(f))
		sealed.Add(int64(s))
		return err
	})
	return fmt.Sprintf("%d files, %d of them sealed", files.Load(), sealed.Load()), err
}

func (p *suite) makeImages() (string, error) {
	wanted := map[string]bool{}
	for _, n := range p.cluster.Spec.Nodes {
		tags, err := p.imagesOf(n)
		if err != nil {
			return "", err
		}
		for _, tag := range tags {
			wanted[tag] = true
		}
	}
	if err := os.MkdirAll(filepath.Join(p.work, "images"), 0o700); err != nil {
		return "", err
	}
	tags := slices.Sorted(maps.Keys(wanted))
	err := parallel(tags, func(tag string) error {
		im, err := newImage(p.ctx, tag, p.programs)
		if err != nil {
			return err
		}
		return im.writeArchive(p.archive(tag))
	})
	return strings.Join(tags, ", "), err
}

// imagesOf lists what the node's own pods, the addons and the test ask for.
func (p *suite) imagesOf(n node) ([]string, error) {
	tags, err := podImages(filepath.Join(p.rendered(), n.Name))
	if err != nil {
		return nil, err
	}
	addons, err := run(here(p.ctx, p.kubectl(), "kustomize", p.addons()))
	if err != nil {
		return nil, err
	}
	more, err := imagesIn(addons)
	if err == nil && p.byKubeadm {
		own, listErr := p.kubeadmImages()
		more, err = append(more, own...), listErr
	}
	return append(append(tags, more...), sandboxImage), err
}

func (p *suite) network() netip.Prefix { return p.cluster.Spec.Networks.Nodes[0] }

func (p *suite) startHosts() (string, error) {
	if err := makeLAN(p.ctx, p.network()); err != nil {
		return "", err
	}
	for _, n := range p.cluster.Spec.Nodes {
		h, err := p.startHost(n)
		if err != nil {
			return "", err
		}
		if err := plug(p.ctx, h, p.network()); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d hosts", len(p.hosts)), parallel(p.hosts, p.loadImages)
}

// meetAPI reads on the hosts where the API will be, and who may ask it.
func (p *suite) meetAPI() error {
	server, err := endpoint(p.hosts[len(p.hosts)-1].root)
	if err != nil {
		return err
	}
	p.admin, err = newAPI(server, p.masters[0].view(), adminTimeout)
	return err
}

func (p *suite) startHost(n node) (*host, error) {
	logs, overUsr := filepath.Join(p.logs, n.Name), filepath.Join(p.work, "programs", n.Name)
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return nil, err
	}
	if err := installPrograms(p.programs, overUsr); err != nil {
		return nil, err
	}
	h, err := startHost(n, p.root(n), overUsr, logs)
	if err != nil {
		return nil, err
	}
	p.hosts = append(p.hosts, h)
	if n.is("control-plane") {
		p.masters = append(p.masters, h)
	}
	return h, nil
}

func (p *suite) loadImages(h *host) error {
	if err := waitForContainerd(p.ctx, h); err != nil {
		return err
	}
	tags, err := p.imagesOf(h.node)
	if err != nil {
		return err
	}
	for _, tag := range tags {
		if err := importImage(p.ctx, h, p.archive(tag)); err != nil {
			return err
		}
	}
	return nil
}
