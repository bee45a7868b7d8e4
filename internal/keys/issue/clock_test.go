package issue

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"github.com/harender/harender/internal/compile/plan"
)

// skew is how far the clocks of two machines may be apart.
const skew = 5 * time.Minute

// TestBorders moves the clock over the borders of a certificate's life, second by second.
func TestBorders(t *testing.T) {
	const window, second = 720 * time.Hour, time.Second
	for _, c := range []struct {
		name string
		// at is from the certificate's end.
		at      time.Duration
		action  Action
		because string
		status  Status
	}{
		{"before the window", -window - second, Kept, "", OK},
		{"the window begins", -window, Reissued, "inside the renewal window", Renew},
		{"the last second", -second, Reissued, "inside the renewal window", Renew},
		{"the end", 0, Reissued, "it expired at", Expired},
		{"after the end", second, Reissued, "it expired at", Expired},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.build(t)
			old := w.certificate(t, "nodes/m1/apiserver")
			w.now = old.NotAfter.Add(c.at)
			for _, h := range mustInventory(t, w) {
				if h.ID == "nodes/m1/apiserver" && h.Status != c.status {
					t.Errorf("the list says %s, not %s", h.Status, c.status)
				}
			}
			e := w.build(t).event(t, "nodes/m1/apiserver")
			if e.Action != c.action || !strings.Contains(strings.Join(e.Why, "; "), c.because) {
				t.Errorf("%+v", e)
			}
			if made := w.certificate(t, "nodes/m1/apiserver"); c.action == Reissued && (!made.NotBefore.Equal(w.now.Add(-skew)) || made.NotAfter.Sub(made.NotBefore) != old.NotAfter.Sub(old.NotBefore)) {
				t.Errorf("from %s to %s, at %s", made.NotBefore, made.NotAfter, w.now)
			}
			if w.build(t).Counts.Reissued != 0 {
				t.Error("and again")
			}
		})
	}
}

func mustInventory(t *testing.T, w *world) []Held {
	t.Helper()
	all, problems := Inventory(w.plan, w.files, w.now)
	if problems.HasErrors() {
		t.Fatal(describe(problems))
	}
	return all
}

// TestOutlives builds once a month through the whole life of the authorities, until the last hour: nothing outlives them, every
// certificate is valid at any moment, and at their end nothing is issued again and again.
func TestOutlives(t *testing.T) {
	w := newWorld(t)
	for i := range w.plan.Authorities {
		w.plan.Authorities[i].Validity = 20000 * time.Hour
	}
	for i := range w.plan.Certificates {
		w.plan.Certificates[i].Validity = 8760 * time.Hour
	}
	w.build(t)
	end := w.certificate(t, kubernetesCA).NotAfter
	issued, cut := 0, 0
	for w.now.Before(end) {
		res := w.build(t)
		issued += res.Counts.Reissued
		if res = w.build(t); res.Counts.Reissued != 0 {
			t.Fatalf("%s: a second build issues again: %+v", w.now, res.Counts)
		}
		for _, c := range w.plan.Certificates {
			leaf, ca := w.certificate(t, c.ID), w.certificate(t, c.Authority)
			if leaf.NotAfter.After(ca.NotAfter) || leaf.NotBefore.Before(ca.NotBefore) {
				t.Fatalf("%s: from %s to %s, and its authority to %s", c.ID, leaf.NotBefore, leaf.NotAfter, ca.NotAfter)
			}
			if leaf.NotAfter.Equal(ca.NotAfter) {
				cut++
			}
			w.trusted(t, c, w.now)
		}
		if next := w.now.Add(700 * time.Hour); w.now.Equal(end.Add(-time.Hour)) || next.Before(end) {
			w.now = next
		} else {
			w.now = end.Add(-time.Hour)
		}
	}
	// Two renewals of a year's certificates in 20000 hours; the second one is cut, and the third would gain nothing.
	if want := 2 * len(w.plan.Certificates); issued != want || cut == 0 {
		t.Errorf("%d reissued, not %d; %d times cut", issued, want, cut)
	}
	w.now = end
	if _, problems := w.issue(t); !problems.HasErrors() || !strings.Contains(describe(problems), "expired at") {
		t.Errorf("authorities that ended: %s", describe(problems))
	}
}

// TestSkew builds and verifies on machines whose clocks are five minutes apart, in every order.
func TestSkew(t *testing.T) {
	for _, first := range []time.Duration{-skew, 0, skew} {
		for _, second := range []time.Duration{-skew, 0, skew} {
			w := newWorld(t)
			w.now = today().Add(first)
			w.build(t)
			if w.now = today().Add(second); second-first < -skew {
				continue // Ten minutes apart.
			}
			if res := w.build(t); res.Counts.Kept != len(res.Events) {
				t.Errorf("%v after %v: %+v", second, first, res.Counts)
			}
			delete(w.files, "nodes/m1/apiserver.crt")
			w.build(t)
			for _, c := range w.plan.Certificates {
				for _, clock := range []time.Duration{-skew, 0, skew} {
					at := today().Add(clock)
					if at.Before(today().Add(max(first, second)).Add(-skew)) {
						continue
					}
					w.trusted(t, c, at)
				}
			}
		}
	}
}

// trusted has x509 verify the certificate as a client with that clock would.
func (w *world) trusted(t *testing.T, c plan.Certificate, at time.Time) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(w.certificate(t, c.Authority))
	_, err := w.certificate(t, c.ID).Verify(x509.VerifyOptions{Roots: roots, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil {
		t.Errorf("%s at %s: %v", c.ID, at, err)
	}
}

// TestBackdate: whatever is signed begins five minutes before, but for what would begin before its authority.
func TestBackdate(t *testing.T) {
	w := newWorld(t)
	w.build(t)
	for _, id := range []string{kubernetesCA, etcdCA, "nodes/m1/apiserver", "nodes/w1/kubelet-client"} {
		if c := w.certificate(t, id); !c.NotBefore.Equal(w.now.Add(-skew)) {
			t.Errorf("%s begins at %s, at %s", id, c.NotBefore, w.now)
		}
	}
	start := w.now
	w.now = w.now.Add(-2 * time.Minute)
	delete(w.files, "nodes/m1/apiserver.crt")
	w.build(t)
	if c := w.certificate(t, "nodes/m1/apiserver"); !c.NotBefore.Equal(start.Add(-skew)) {
		t.Errorf("it begins at %s, and its authority at %s", c.NotBefore, start.Add(-skew))
	}
}
