//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// startKubelets starts all of them at once. One that ends while its host is up ends the test.
func (p *suite) startKubelets() (string, error) {
	if err := p.meetAPI(); err != nil {
		return "", err
	}
	p.kubelets = time.Now()
	for _, h := range p.hosts {
		ended, err := startKubelet(h)
		if err != nil {
			return "", err
		}
		go func() {
			if err := keepKubelet(h, ended); err != nil {
				p.fail(err)
			}
		}()
	}
	return "", nil
}

func (p *suite) etcdHealthy() (string, error) {
	return countOf(p.masters), p.eventually(func(ctx context.Context) error {
		return checkEtcd(ctx, p.programs.Etcd, p.masters)
	})
}

func countOf(hosts []*host) string { return fmt.Sprintf("%d of %d", len(hosts), len(hosts)) }

func (p *suite) apiserversReady() (string, error) {
	return countOf(p.masters), p.eventually(func(ctx context.Context) error {
		return checkAPIServers(ctx, p.masters, p.cluster.Spec.APIServer.Port)
	})
}

func (p *suite) answersThroughVIP() (string, error) {
	err := p.eventually(func(ctx context.Context) error {
		return p.admin.get(ctx, "/api/v1/namespaces/kube-system", nil)
	})
	if err == nil {
		p.report.figure("API through the VIP after the start of the kubelets", time.Since(p.kubelets).Seconds(), "s", "beat 29 s")
	}
	return p.admin.base, err
}

func (p *suite) nodesRegistered() (string, error) {
	return countOf(p.hosts), p.eventually(func(ctx context.Context) error {
		return checkNodes(ctx, p.admin, p.hosts, func(n nodeObject) bool { return len(n.Spec.PodCIDRs) > 0 })
	})
}

func (p *suite) nodesReady() (string, error) {
	return countOf(p.hosts), p.eventually(func(ctx context.Context) error {
		return checkNodes(ctx, p.admin, p.hosts, func(n nodeObject) bool { return isReady(n.Status.Conditions) })
	})
}

func (p *suite) joinPods() (string, error) {
	nodes, err := listNodes(p.ctx, p.admin)
	if err != nil {
		return "", err
	}
	var ranges []string
	for _, h := range p.hosts {
		own := nodes[h.node.Name].Spec.PodCIDRs
		ranges = append(ranges, own...)
		if err := joinPodNetwork(h, own); err != nil {
			return "", err
		}
		for _, other := range p.hosts {
			if other == h {
				continue
			}
			if err := routePods(p.ctx, other, h, own); err != nil {
				return "", err
			}
		}
	}
	return strings.Join(ranges, ", "), nil
}

// applyAddons hands the directory to the real kubectl, as a user would.
func (p *suite) applyAddons() (string, error) {
	root := p.masters[0].view()
	files := adminFiles(root)
	out, err := run(here(p.ctx, p.kubectl(), "apply", "-k", p.addons(), "--server", p.admin.base,
		"--certificate-authority", root+files.ca, "--client-certificate", root+files.cert, "--client-key", root+files.key))
	return fmt.Sprintf("%d objects", strings.Count(out, "\n")), err
}

func (p *suite) oneLeaderEach() (string, error) {
	var leading map[string]string
	err := p.eventually(func(ctx context.Context) (err error) {
		leading, err = leaders(ctx, p.admin, p.masters, p.kubelets)
		return err
	})
	return listLeaders(leading), err
}

func listLeaders(leading map[string]string) string {
	return fmt.Sprintf("controller manager on %s, scheduler on %s", leading["kube-controller-manager"], leading["kube-scheduler"])
}

// podAnswers waits for the namespace's service account too, without which no pod is admitted.
func (p *suite) podAnswers() (string, error) {
	workers := map[string]bool{}
	for _, h := range p.hosts {
		workers[h.node.Name] = h.node.is("worker")
	}
	created := false
	var answer string
	err := p.eventually(func(ctx context.Context) (err error) {
		if !created {
			if err := p.admin.create(ctx, "/api/v1/namespaces/default/pods", lookupPod()); err != nil {
				return err
			}
			created = true
		}
		answer, err = checkLookup(ctx, p.admin, workers)
		return err
	})
	return answer, err
}

func (p *suite) eventually(check func(context.Context) error) error { return eventually(p.ctx, check) }
