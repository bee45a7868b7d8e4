//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"
)

const (
	// writesBefore is how long the client writes while all is well, writesAfter how long once all is well again.
	writesBefore = 10 * time.Second
	writesAfter  = 20 * time.Second
)

// loseMaster takes the link and the power from the master that has the VIP while a client writes through the VIP. The
// API must answer again, leaders must be among the others, and every acknowledged write must be there.
func (p *suite) loseMaster() (string, error) {
	server, err := url.Parse(p.admin.base)
	if err != nil {
		return "", err
	}
	victim, err := holderOf(p.ctx, p.masters, server.Hostname())
	if err != nil {
		return "", err
	}
	leader, err := etcdLeader(p.ctx, p.programs.Etcd, p.masters)
	if err != nil {
		return "", err
	}
	client, err := newAPI(p.admin.base, p.masters[0].view(), writeTimeout)
	if err != nil {
		return "", err
	}
	w := &writer{api: client, acknowledged: map[string]time.Time{}}
	stop := w.start()
	defer stop()
	time.Sleep(writesBefore)
	off := time.Now()
	if err := victim.loseLink(p.ctx); err != nil {
		return "", err
	}
	if err := victim.losePower(); err != nil {
		return "", err
	}
	recovered, err := p.recover(victim, server.Hostname(), off)
	if err != nil {
		return "", err
	}
	time.Sleep(writesAfter)
	stop()
	return fmt.Sprintf("%s had the VIP, %s led etcd; then %s", victim.node.Name, leader, recovered), p.judge(w)
}

// recover waits until the cluster works without the victim.
func (p *suite) recover(victim *host, vip string, off time.Time) (string, error) {
	rest := slices.DeleteFunc(slices.Clone(p.masters), func(h *host) bool { return h == victim })
	var leading map[string]string
	tasks := []task{
		{"API answers again", func() (string, error) {
			err := p.eventually(func(ctx context.Context) error {
				return p.admin.get(ctx, "/api/v1/namespaces/kube-system", nil)
			})
			return "", err
		}},
		{"VIP on another master", func() (string, error) {
			var holder *host
			err := p.eventually(func(ctx context.Context) (err error) {
				holder, err = holderOf(ctx, rest, vip)
				return err
			})
			if err != nil {
				return "", err
			}
			return holder.node.Name, nil
		}},
		{"leaders among the other masters", func() (string, error) {
			err := p.eventually(func(ctx context.Context) (err error) {
				leading, err = leaders(ctx, p.admin, rest, off)
				return err
			})
			return listLeaders(leading), err
		}},
		{"the other etcd members healthy", func() (string, error) {
			return countOf(rest), p.eventually(func(ctx context.Context) error { return checkEtcd(ctx, p.programs.Etcd, rest) })
		}},
	}
	err := parallel(tasks, func(t task) error { return p.timed(t, off) })
	return listLeaders(leading), err
}

// judge reports the writes. Only a lost one is a failure.
func (p *suite) judge(w *writer) error {
	lost, err := w.lost(p.ctx)
	if err != nil {
		return err
	}
	p.report.figure("longest gap between acknowledged writes", w.gap.Seconds(), "s", "beat 3.1 s, aim at 2 s")
	p.report.figure("acknowledged writes", float64(len(w.acknowledged)), "", "")
	p.report.figure("failed writes", float64(w.failed), "", "")
	p.report.figure("acknowledged writes that are lost", float64(len(lost)), "", "0")
	if len(lost) > 0 {
		return fmt.Errorf("%d of %d acknowledged writes are lost: %v", len(lost), len(w.acknowledged), lost)
	}
	return nil
}
