package issue

import (
	"testing"
	"time"
)

// TestAssessingNeedsNoKey runs all that only looks, on what is whole, what has to be renewed, and what lost files.
func TestAssessingNeedsNoKey(t *testing.T) {
	for name, change := range map[string]func(w *world, in *Inputs){
		"whole":   func(*world, *Inputs) {},
		"expired": func(_ *world, in *Inputs) { in.Now = in.Now.Add(20 * 365 * 24 * time.Hour) },
		"lost":    func(w *world, _ *Inputs) { w.remove("nodes/m1/apiserver.key.sops") },
		"moved":   func(w *world, _ *Inputs) { w.remove("cluster/service-account.pub") },
		"renewed": func(_ *world, in *Inputs) { in.Renew = Renewal{Asked: true} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.build(t)
			w.sealed = true // Whoever seals or opens fails the test.
			in := w.inputs(t)
			change(w, &in)
			Judge(w.plan, in)
			DryRun(w.plan, in)
			Inventory(w.plan, in.Secrets, in.Now)
			Examine(w.plan, in, false)
			in.Locked = true
			Issue(w.plan, in)
		})
	}
}
