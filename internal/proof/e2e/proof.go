//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// programs are files and folders of programs: the product, the static programs that are built from the modules below
// testdata, and the program of package pod.
type programs struct{ Harender, Kubernetes, Etcd, CoreDNS, Tools, Pod string }

// suite is the state of one run.
type suite struct {
	// ctx ends with the test, or with a cause: a kubelet that ended.
	ctx      context.Context
	fail     context.CancelCauseFunc
	programs programs
	// build is the repository's folder for what is made. Of what lies in it, work is removed at the end and logs stay.
	build, work, logs string
	report            report
	cluster           clusterSpec
	hosts             []*host
	masters           []*host
	// admin reaches the apiservers through their balancer.
	admin api
	// byKubeadm is set where kubeadm brings the hosts up.
	byKubeadm bool
	// kubelets is when the kubelets were started.
	kubelets time.Time
}

// newProof removes what an earlier run that was killed has left on the disk.
func newProof(ctx context.Context, build string, found programs) (*suite, error) {
	ctx, fail := context.WithCancelCause(ctx)
	p := &suite{
		ctx: ctx, fail: fail, programs: found,
		build: build, work: filepath.Join(build, "e2e"), logs: filepath.Join(build, "e2e-logs"),
	}
	err := removeLeftCgroups(p.work)
	for _, dir := range []string{p.work, p.logs} {
		err = errors.Join(err, os.RemoveAll(dir), os.MkdirAll(dir, 0o700))
	}
	return p, err
}

// story goes from an empty folder to a cluster that loses a master and no write.
func (p *suite) story() error {
	err := p.inTurn(
		task{"repository made, tree built", func() (string, error) { return p.makeTree(newHostKey) }},
		task{"payloads packed, Ignition run", p.packHosts},
		task{"images made", p.makeImages},
		task{"hosts up, images loaded", p.startHosts},
		task{"files brought", p.bringFiles},
		task{"sealed files opened by the hosts", p.openFiles},
		task{"a host started again", p.startAnew},
		task{"hosts hold what was built", p.compareHosts},
	)
	if err != nil {
		return err
	}
	if err := p.form(); err != nil {
		return err
	}
	return p.inTurn(task{"hosts still hold what was built", p.compareHosts}, task{"a master lost", p.loseMaster})
}

// form starts the kubelets, and ends when the hosts are a cluster that works.
func (p *suite) form() error {
	if err := p.inTurn(task{"kubelets started", p.startKubelets}); err != nil {
		return err
	}
	err := p.sinceKubelets(
		task{"etcd members healthy", p.etcdHealthy},
		task{"apiservers ready", p.apiserversReady},
		task{"API answers through the VIP", p.answersThroughVIP},
		task{"nodes registered", p.nodesRegistered},
	)
	if err != nil {
		return err
	}
	if err := p.inTurn(task{"pod network joined", p.joinPods}, task{"addons applied", p.applyAddons}); err != nil {
		return err
	}
	return p.sinceKubelets(
		task{"one leader each", p.oneLeaderEach},
		task{"nodes ready", p.nodesReady},
		task{"pod on the worker, answer from CoreDNS", p.podAnswers},
	)
}

// task is a step of the story. It gives what came of it, for the report.
type task struct {
	name string
	do   func() (string, error)
}

// inTurn stops at the first task that fails.
func (p *suite) inTurn(tasks ...task) error {
	for _, t := range tasks {
		if err := p.timed(t, time.Now()); err != nil {
			return err
		}
	}
	return nil
}

// sinceKubelets does tasks at once. Their time counts from the start of the kubelets.
func (p *suite) sinceKubelets(tasks ...task) error {
	return parallel(tasks, func(t task) error { return p.timed(t, p.kubelets) })
}

func (p *suite) timed(t task, since time.Time) error {
	detail, err := t.do()
	if err != nil {
		detail = "failed"
		err = fmt.Errorf("%s: %w", t.name, err)
	}
	p.report.step(t.name, since, detail)
	return err
}

// parallel does the same for all items at once.
func parallel[T any](items []T, do func(T) error) error {
	errs := make([]error, len(items))
	var group sync.WaitGroup
	for i, item := range items {
		group.Go(func() { errs[i] = do(item) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// tidy ends the hosts, reports, and removes what is left. The opened keys go with the work folder.
func (p *suite) tidy() error {
	var errs []error
	for _, h := range p.hosts {
		errs = append(errs, h.losePower())
	}
	errs = append(errs, p.report.write(filepath.Join(p.build, "e2e-report")), removeLeftCgroups(p.work), os.RemoveAll(p.work))
	return errors.Join(errs...)
}
