//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// watch starts who writes and who looks.
func (r *rotation) watch() (string, error) {
	r.admin = r.operator.api(r.admin.base, adminTimeout)
	r.writer = &writer{api: r.operator.api(r.admin.base, writeTimeout), acknowledged: map[string]time.Time{}}
	r.stops = append(r.stops, r.writer.start())
	for _, h := range r.masters {
		direct := r.direct(h)
		s := &sampler{name: h.node.Name, ask: func(ctx context.Context) error { return direct.get(ctx, "/readyz", nil) }}
		r.apiservers = append(r.apiservers, s)
		r.stops = append(r.stops, s.start())
	}
	r.stops = append(r.stops, repeat(time.Second, r.lookAtNodes))
	return fmt.Sprintf("%d times a second", time.Second/writeInterval), nil
}

// direct asks one apiserver, not through the balancer.
func (r *rotation) direct(h *host) api {
	return r.operator.api(fmt.Sprintf("https://%s:%d", h.node.Address, r.cluster.Spec.APIServer.Port), writeTimeout)
}

func (r *rotation) lookAtNodes(ctx context.Context) {
	nodes, err := listNodes(ctx, r.admin)
	if err != nil {
		return // The writer measures how long nobody answers.
	}
	r.nodes.look(time.Now(), nodes)
}

// stop ends all who write and look. It may be called twice.
func (r *rotation) stop() {
	for _, stop := range r.stops {
		stop()
	}
}

// judge holds what was seen against what was promised.
func (r *rotation) judge() (string, error) {
	r.stop()
	errs := []error{r.suite.judge(r.writer), r.judgePod(), r.judgeGaps(), r.judgeNodes()}
	for _, h := range r.masters {
		errs = append(errs, r.storedAt(h))
	}
	return fmt.Sprintf("in etcd on %s, and in the API", countOf(r.masters)), errors.Join(errs...)
}

// judgeGaps holds how long the API was away against how long an apiserver was in the same delivery: behind the balancer, nobody
// waits for a restart, however slow the machine is.
func (r *rotation) judgeGaps() error {
	var errs []error
	acknowledged := slices.Collect(maps.Values(r.writer.acknowledged))
	for _, w := range r.windows {
		var away []time.Duration
		for _, s := range r.apiservers {
			away = append(away, w.longestGap(s.answered))
		}
		gap := w.longestGap(acknowledged)
		r.report.figure(w.name+": longest gap between acknowledged writes", gap.Seconds(), "s",
			fmt.Sprintf("restarts of an apiserver, %.1f s to %.1f s", slices.Min(away).Seconds(), slices.Max(away).Seconds()))
		if gap > slices.Max(away) {
			errs = append(errs, fmt.Errorf("%s: the API was away for %s, longer than any one restart of an apiserver", w.name, gap))
		}
	}
	return errors.Join(errs...)
}

// judgeNodes wants nodes ready all along, but for a kubelet that says so of its own start.
func (r *rotation) judgeNodes() error {
	var errs []error
	for _, u := range r.nodes.all() {
		if u.starts() {
			r.report.figure("not ready while its kubelet started: "+u.node, u.to.Sub(u.from).Seconds(), "s", "the kubelet's own, and none at best")
			continue
		}
		errs = append(errs, fmt.Errorf("a node was not ready: %s", u))
	}
	return errors.Join(errs...)
}

// storedAt wants every acknowledged write in the member of etcd on one host, as that member has it itself.
func (r *rotation) storedAt(h *host) error {
	const prefix = "/registry/configmaps/default/"
	keys, err := run(etcdctl(r.ctx, r.programs.Etcd, []*host{h}, "get", prefix+"write-", "--prefix", "--keys-only", "--consistency=s"))
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for line := range strings.Lines(keys) {
		there[strings.TrimPrefix(strings.TrimSpace(line), prefix)] = true
	}
	for name := range r.writer.acknowledged {
		if !there[name] {
			return fmt.Errorf("etcd on %s does not have %s, which was acknowledged", h.node.Name, name)
		}
	}
	return nil
}
