package rollout_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/change/rollout"
)

// TestReplaced: machines that are lost, and others under their names.
func TestReplaced(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world)
		lost   []string
		want   string
	}{
		"a master": {
			func(w *world) { w.machine("m3"); w.starts("m3", "existing", "m1", "m2", "m3") },
			[]string{"m3"}, "see that all is well|the old machine of m3 leaves etcd|m3: another machine",
		},
		"the first master": {
			func(w *world) { w.machine("m1"); w.starts("m1", "existing", "m1", "m2", "m3") },
			[]string{"m1"}, "see that all is well|the old machine of m1 leaves etcd|m1: another machine",
		},
		"a master whose certificates change": {
			func(w *world) {
				w.machine("m2")
				w.starts("m2", "existing", "m1", "m2", "m3")
				w.change("srv/kubernetes/server.cert", "m2")
				w.change(manifest+"etcd.yaml", "m2")
				w.change(manifest+"kube-apiserver.yaml", "m1", "m2", "m3")
			},
			[]string{"m2"}, "see that all is well|the old machine of m2 leaves etcd|m2: another machine|m1, m3: kube-apiserver restarts",
		},
		"two of five": {
			func(w *world) {
				for _, n := range []string{"m4", "m5"} {
					w.add(w.old, n)
					w.add(w.now, n)
					w.place(n)
				}
				w.machine("m5")
				w.machine("m2")
				w.starts("m2", "existing", "m1", "m2", "m3", "m4")
				w.starts("m5", "existing", "m1", "m2", "m3", "m4", "m5")
			},
			[]string{"m2", "m5"},
			"see that all is well|the old machine of m2 leaves etcd|the old machine of m5 leaves etcd|m2: another machine|m5: another machine",
		},
		"workers": {
			func(w *world) { w.machine("w1"); w.machine("w2"); w.change("etc/kubernetes/kubelet.env", "w1") },
			[]string{"w1", "w2"}, "see that all is well|w1, w2: another machine",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			c.change(w)
			impact, plan := w.make()
			if got := titles(plan); got != c.want || len(plan.Refused) > 0 {
				t.Errorf("got  %s\nwant %s\n%v", got, c.want, plan.Refused)
			}
			if !slices.Equal(impact.Replaced, c.lost) {
				t.Errorf("replaced %v", impact.Replaced)
			}
			w.asksNobody(t, plan, c.lost)
		})
	}
}

// asksNobody: before its turn, nothing runs on a new machine but a look at its disk, and no other command waits for its answer.
func (w *world) asksNobody(t *testing.T, plan rollout.Plan, lost []string) {
	t.Helper()
	absent := slices.Clone(lost)
	for _, s := range plan.Steps {
		for _, c := range s.Before {
			for _, n := range absent {
				if c.On == n && !strings.HasPrefix(c.Run, "test ! -e ") {
					t.Errorf("%s: on %s: %s", s.Title, n, c.Run)
				}
				if c.On != n && c.On != rollout.CurrentNode && strings.Contains(c.Run, w.facts.Addresses[n].String()+":2379") && !strings.HasPrefix(c.Run, "curl -fs -o /dev/null --max-time 5 ") {
					t.Errorf("%s: %s waits for %s: %s", s.Title, c.On, n, c.Run)
				}
			}
		}
		absent = slices.DeleteFunc(absent, func(n string) bool { return slices.Contains(s.Nodes, n) })
		for _, c := range slices.Concat(s.Restart, s.After) {
			for _, n := range absent {
				if c.On == n || strings.Contains(c.Run, w.facts.Addresses[n].String()+":") {
					t.Errorf("%s: %s: %s", s.Title, c.On, c.Run)
				}
			}
		}
	}
}

func titles(plan rollout.Plan) string {
	var out []string
	for _, s := range plan.Steps {
		out = append(out, s.Title)
	}
	return strings.Join(out, "|")
}

// TestNamesake: of two members with one name, the old machine's is the one at the old address, or the one that does not answer.
func TestNamesake(t *testing.T) {
	w := newWorld()
	w.machine("m3")
	_, plan := w.make()
	if got := plan.Steps[1].Before[0].Run; !strings.HasPrefix(got, "curl -fs -o /dev/null --max-time 5 ") || !strings.Contains(got, ` || { members=`) {
		t.Error(got)
	}
	w = newWorld()
	w.starts("m3", "existing", "m1", "m2", "m3")
	put(w.old, "etc/kubernetes/pki/etcd/peer.pem", served(t, "m3", w.facts.Addresses["m3"].String()), "m3")
	w.facts.Addresses["m3"] = netip.MustParseAddr("10.0.0.77")
	_, plan = w.make()
	if got := titles(plan); got != "see that all is well|the old machine of m3 leaves etcd|m3: another machine" {
		t.Fatal(got)
	}
	if got := plan.Steps[1].Before[0].Run; !strings.Contains(got, `'$3 == "m3" && $4 != "https://10.0.0.77:2380" {print $1}'`) {
		t.Error(got)
	}
}

// TestForgotten: the scheduler forgets the machine that is gone, and not the one that took its place.
func TestForgotten(t *testing.T) {
	w := newWorld()
	w.machine("m1")
	_, plan := w.make()
	s := plan.Steps[2]
	last := s.Before[len(s.Before)-1]
	if last.On != "m2" || !strings.Contains(last.Run, `{ test "$ready" = True || kubectl --kubeconfig=/etc/kubernetes/admin.conf delete node NODE --ignore-not-found; }`) {
		t.Errorf("%+v", last)
	}
}

// TestLeaving takes a node from the endpoint before its member leaves etcd, unless its machine is gone.
func TestLeaving(t *testing.T) {
	w := newWorld()
	keepalived(w.old, "10.0.0.100", masters...)
	keepalived(w.now, "10.0.0.100", masters...)
	for _, d := range w.old.Directories {
		for path, unit := range map[string]string{"etc/haproxy/haproxy.cfg": "haproxy.service", "etc/keepalived/keepalived.conf": "keepalived.service"} {
			if f, there := d.Files[path]; there {
				f.Restarts = []string{unit}
				d.Files[path] = f
			}
		}
	}
	for _, n := range masters {
		for path, f := range w.old.Directories[n].Files {
			w.now.Directories[n].Files[path] = f
		}
	}
	delete(w.now.Directories, "m3")
	delete(w.facts.Addresses, "m3")
	w.facts.Fleet.Nodes = slices.DeleteFunc(w.facts.Fleet.Nodes, func(n string) bool { return n == "m3" })
	_, plan := w.make()
	if got := titles(plan); got != "see that all is well|m3 leaves the endpoint|m3 leaves etcd|m3 leaves: empty it, and then switch it off" {
		t.Fatal(got)
	}
	var got []string
	for _, c := range plan.Steps[1].Before {
		run, _, _ := strings.Cut(c.Run, " && timeout")
		got = append(got, c.On+" "+run)
	}
	if len(got) != 3 || !strings.Contains(got[0], " drain m3 ") || got[1] != "m3 systemctl disable --now haproxy.service keepalived.service" ||
		got[2] != "m3 cd /etc/kubernetes/manifests && rm -f kube-apiserver.yaml" {
		t.Errorf("%q", got)
	}
	w.facts.Gone = []string{"m3"}
	_, plan = w.make()
	if got := titles(plan); got != "see that all is well|m3 leaves etcd|m3 leaves: empty it, and then switch it off" {
		t.Fatal(got)
	}
	for _, s := range plan.Steps {
		for _, c := range slices.Concat(s.Before, s.After) {
			if c.On == "m3" {
				t.Errorf("%s: %s", s.Title, c.Run)
			}
		}
	}
}
