package rollout_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/change/rollout"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/deliver/tree"
)

// classesOf are those of a change as a whole, sorted as they are told.
func classesOf(i rollout.Impact) string {
	var out []string
	for _, r := range i.Risks {
		out = append(out, r.Class)
	}
	return strings.Join(out, " ")
}

// TestRisks: each kind of change has its classes, by what changes.
func TestRisks(t *testing.T) {
	flag := func(program, name, old, now string) func(*world) {
		return func(w *world) { flagged(w.old, program, name, old); flagged(w.now, program, name, now) }
	}
	file := func(path string, restarts ...string) func(*world) {
		return func(w *world) {
			for _, s := range []diff.Side{w.old, w.now} {
				s.Directories["m1"].Files[path] = diff.File{IndexFile: tree.IndexFile{Path: path, Restarts: restarts}, Content: []byte(path)}
			}
			w.change(path, "m1")
		}
	}
	for name, c := range map[string]struct {
		change func(*world)
		want   string
	}{
		"files alone":        {file("etc/motd"), "none"},
		"a kubelet":          {func(w *world) { w.change("etc/kubernetes/kubelet.env", "w1") }, "restart"},
		"a log level":        {flag("kube-apiserver", "v", "2", "4"), "restart"},
		"rules":              {flag("kube-apiserver", "authorization-mode", "Node,RBAC", "RBAC"), "identity restart"},
		"a webhook's rules":  {flag("kube-apiserver", "authorization-webhook-cache-authorized-ttl", "5m", "1m"), "identity restart"},
		"an issuer":          {flag("kube-apiserver", "service-account-issuer", "https://a", "https://b"), "identity restart"},
		"encryption":         {flag("kube-apiserver", "encryption-provider-config", "/a", "/b"), "data-at-rest restart"},
		"encryption's keys":  {file("srv/kubernetes/encryption.yaml", "kube-apiserver"), "data-at-rest restart"},
		"a table of tokens":  {file("srv/kubernetes/known_tokens.csv", "kube-apiserver"), "identity restart"},
		"a port":             {flag("kube-apiserver", "bind-address", "0.0.0.0", "::"), "endpoint restart"},
		"etcd":               {func(w *world) { w.change(manifest+"etcd.yaml", masters...) }, "quorum restart"},
		"etcd's data":        {flag("etcd", "data-dir", "/a", "/b"), "data-at-rest quorum restart"},
		"etcd for everybody": {flag("etcd", "client-cert-auth", "true", "false"), "identity data-at-rest quorum restart"},
		"a balancer":         {file("etc/haproxy/haproxy.cfg", "haproxy.service"), "endpoint restart"},
		"a disk":             {file("etc/systemd/system/var-lib-etcd.mount"), "data-at-rest"},
		"a CA":               {func(w *world) { a := w.now.Authorities[etcdCA]; a.Pin = "sha256:2"; w.now.Authorities[etcdCA] = a }, "identity"},
		"a recipient":        {func(w *world) { w.now.Recipients = map[string][]string{"x": {"anna"}} }, "identity"},
		"a key sealed again": {func(w *world) {
			w.old.Sealed, w.now.Sealed = map[string]string{"cluster/encryption": "a"}, map[string]string{"cluster/encryption": "b"}
		}, "identity data-at-rest"},
		"a pin": {func(w *world) {
			w.old.Pins, w.now.Pins = map[string][]string{"cluster/x": {"a"}}, map[string][]string{"cluster/x": {"b"}}
		}, "identity"},
		"a worker goes":  {func(w *world) { delete(w.now.Directories, "w2"); w.facts.Fleet.Nodes = w.facts.Fleet.Nodes[:4] }, "irreversible"},
		"a member comes": {func(w *world) { w.add(w.now, "m4"); w.place("m4") }, "quorum"},
		"a machine":      {func(w *world) { w.machine("w2") }, "irreversible"},
		"a minor": {func(w *world) {
			w.version(w.old, "1.35.4", both...)
			w.change(manifest+"kube-apiserver.yaml", masters...)
		}, "irreversible restart"},
		"a patch": {func(w *world) {
			w.version(w.old, "1.36.1", both...)
			w.change(manifest+"kube-apiserver.yaml", masters...)
		}, "restart"},
		"rules of the addons": {addon("clusterrole-x.yaml"), "identity"},
		"a volume":            {addon("persistentvolume-x.yaml"), "data-at-rest"},
		"an addon":            {addon("deployment-x.yaml"), "none"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			c.change(w)
			impact, _ := w.make()
			if got := classesOf(impact); got != c.want {
				t.Errorf("got %q, want %q: %+v", got, c.want, impact.Risks)
			}
		})
	}
}

func addon(path string) func(*world) {
	return func(w *world) {
		w.old.Directories[tree.Addons] = diff.Directory{Files: map[string]diff.File{path: {Content: []byte("1")}}}
		w.now.Directories[tree.Addons] = diff.Directory{Files: map[string]diff.File{path: {Content: []byte("2")}}}
	}
}

// TestEveryKindJudged: every danger and every kind of step has a class, none of these but none alone, and every step says how it is
// taken back; where it says that it cannot be, that is one of its classes, and the other way round.
func TestEveryKindJudged(t *testing.T) {
	for i, classes := range rollout.DangerClasses() {
		checkClasses(t, fmt.Sprintf("danger %d", i), classes)
		if slices.Contains(classes, rollout.NoRisk) {
			t.Errorf("danger %d is none", i)
		}
	}
	seen := map[string]bool{}
	for name, change := range map[string]func(*world){
		"upgrade": func(w *world) { *w = *upgraded() },
		"new":     func(w *world) { clear(w.old.Directories) },
		"addon":   addon("clusterrole-x.yaml"),
		"replaced": func(w *world) {
			w.add(w.now, "m4")
			w.place("m4")
			delete(w.now.Directories, "m2")
			delete(w.facts.Addresses, "m2")
			w.facts.Fleet.Nodes = []string{"m1", "m3", "w1", "w2", "m4"}
		},
	} {
		w := newWorld()
		change(w)
		_, plan := w.make()
		for _, s := range plan.Steps {
			seen[s.Kind] = true
			checkClasses(t, name+": "+s.Title, s.Risks)
			if s.Back == "" || strings.HasPrefix(s.Back, "none") != slices.Contains(s.Risks, cluster.RiskIrreversible) {
				t.Errorf("%s: %s: %v, and the way back is %q", name, s.Title, s.Risks, s.Back)
			}
		}
	}
	for _, kind := range rollout.Kinds() {
		if !seen[kind] {
			t.Errorf("no step of the kind %s", kind)
		}
	}
}

func checkClasses(t *testing.T, what string, classes []string) {
	t.Helper()
	for _, c := range classes {
		if !slices.Contains(cluster.Risks(), c) && (c != rollout.NoRisk || len(classes) > 1) {
			t.Errorf("%s: class %q of %v", what, c, classes)
		}
	}
	if len(classes) == 0 {
		t.Errorf("%s has no class", what)
	}
}

// TestPointOfNoReturn: the first step that takes an apiserver to another minor is the one, and neither those before nor the kubelets'.
func TestPointOfNoReturn(t *testing.T) {
	_, plan := upgraded().make()
	for i, want := range []bool{false, true, false, false} {
		if got := slices.Contains(plan.Steps[i].Risks, cluster.RiskIrreversible); got != want {
			t.Errorf("%s: %v", plan.Steps[i].Title, plan.Steps[i].Risks)
		}
	}
	for i, want := range []string{"nothing was changed", "the snapshot from before", "put kubelet 1.35.4 there again", "put kubelet 1.35.4 there again"} {
		if !strings.Contains(plan.Steps[i].Back, want) {
			t.Errorf("%s: %s", plan.Steps[i].Title, plan.Steps[i].Back)
		}
	}
}
