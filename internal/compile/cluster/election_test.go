package cluster_test

import (
	"context"
	"testing"
	"time"

	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/spec"
)

// TestElection: what passes is what client-go starts with, around the borders of its rules.
func TestElection(t *testing.T) {
	lock := &resourcelock.LeaseLock{LockConfig: resourcelock.ResourceLockConfig{Identity: "m1"}}
	starts := func(lease, renew, retry time.Duration) bool {
		_, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
			Lock: lock, LeaseDuration: lease, RenewDeadline: renew, RetryPeriod: retry,
			Callbacks: leaderelection.LeaderCallbacks{OnStartedLeading: func(context.Context) {}, OnStoppedLeading: func() {}},
		})
		return err == nil
	}
	durations := []time.Duration{
		time.Millisecond, 1200 * time.Millisecond, 2 * time.Second, 2400 * time.Millisecond, 2401 * time.Millisecond, 10 * time.Second, 12 * time.Second,
		12001 * time.Millisecond, 15 * time.Second, time.Minute,
	}
	taken := 0
	for _, lease := range durations {
		for _, renew := range durations {
			for _, retry := range durations {
				s := three()
				s.Spec.LeaderElection = spec.LeaderElection{LeaseDuration: lease.String(), RenewDeadline: renew.String(), RetryPeriod: retry.String()}
				_, list := cluster.New(s, known())
				if passes := !list.HasErrors(); passes != starts(lease, renew, retry) {
					t.Errorf("%v, %v, %v: passes %v", lease, renew, retry, passes)
				} else if passes {
					taken++
				}
			}
		}
	}
	if taken == 0 || taken == len(durations)*len(durations)*len(durations) {
		t.Errorf("%d are taken", taken)
	}
}
