package rollout_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/change/diff"
)

// upgraded goes from 1.35.4 to 1.36.3 everywhere.
func upgraded() *world {
	w := newWorld()
	w.version(w.old, "1.35.4", both...)
	w.change(manifest+"etcd.yaml", masters...)
	w.change(manifest+"kube-apiserver.yaml", masters...)
	w.change("etc/kubernetes/kubelet.env", both...)
	return w
}

// TestKubelets: kubelets go to another version when every apiserver has, each emptied, with no static pod running, and looked at.
func TestKubelets(t *testing.T) {
	_, plan := upgraded().make()
	const want = "see that all is well|m1-m3: etcd, kube-apiserver restart|m1-m3: kubelet 1.35.4 -> 1.36.3|w1, w2: kubelet 1.35.4 -> 1.36.3"
	if got := titles(plan); got != want || len(plan.Refused) > 0 {
		t.Fatalf("got  %s\nwant %s\n%v", got, want, plan.Refused)
	}
	for _, c := range plan.Steps[1].Restart {
		if strings.Contains(c.Run, "kubelet.service") {
			t.Errorf("the old kubelet restarts with the new one's files: %s", c.Run)
		}
	}
	for _, s := range plan.Steps[2:] {
		before, restart, after := fmt.Sprint(s.Before), fmt.Sprint(s.Restart), fmt.Sprint(s.After)
		if !inOrder(before, `kubelet --version | grep -qxF "Kubernetes v1.36.3"`, "drain NODE ") {
			t.Errorf("%s: before %s", s.Title, before)
		}
		if !inOrder(restart, `kubelet --version | grep`, "systemctl daemon-reload; systemctl restart kubelet'") || strings.Count(restart, "restart kubelet") != 1 {
			t.Errorf("%s: restart %s", s.Title, restart)
		}
		if !inOrder(after, "/healthz", `{.status.nodeInfo.kubeletVersion}')" = v1.36.3`, "uncordon NODE") {
			t.Errorf("%s: after %s", s.Title, after)
		}
	}
	if got := fmt.Sprint(plan.Steps[2].Restart); !inOrder(got, "stop kube-apiserver; stop etcd; ", "kubelet --version", "restart kubelet") {
		t.Error(got)
	}
	if got := plan.Steps[3].Serial; !slices.Equal(got, []string{"1", "10%"}) {
		t.Error(got)
	}
}

// TestHeld: kube-proxy of members and masters restarts with the kubelet, whether it is a static pod or a unit, and until then its files
// and the kubelet's stay as they are; what others read comes at once.
func TestHeld(t *testing.T) {
	for path, name := range map[string]string{manifest + "kube-proxy.yaml": "kube-proxy", "etc/systemd/system/kube-proxy.service": "kube-proxy.service"} {
		w := upgraded()
		for _, n := range both {
			put(w.old, path, "old", n)
			put(w.now, path, "new", n)
			for _, s := range []diff.Side{w.old, w.now} {
				f := s.Directories[n].Files[path]
				f.Restarts = []string{name}
				s.Directories[n].Files[path] = f
			}
		}
		w.change("etc/kubernetes/pki/etcd/ca.pem", "m1")
		_, plan := w.make()
		want := "see that all is well|m1-m3: etcd, kube-apiserver restart|m1-m3: kubelet 1.35.4 -> 1.36.3; " + name + " restarts|w1, w2: kubelet 1.35.4 -> 1.36.3; " + name + " restarts"
		if got := titles(plan); got != want || len(plan.Refused) > 0 {
			t.Fatalf("got  %s\nwant %s\n%v", got, want, plan.Refused)
		}
		first := plan.Steps[1]
		if held := []string{"etc/kubernetes/kubelet.env", path}; !slices.Equal(first.Held, held) || strings.Contains(fmt.Sprint(first.Restart, first.After), "kube-proxy") {
			t.Errorf("%s: held %v, restart %v, after %v", name, first.Held, first.Restart, first.After)
		}
		for _, s := range plan.Steps[2:] {
			if len(s.Held) > 0 || s.Kubelet != "1.36.3" {
				t.Errorf("%s: held %v, kubelet %q", s.Title, s.Held, s.Kubelet)
			}
		}
	}
}

// TestKubeletPackages: the package is there before anything stops, and is installed when no pod runs.
func TestKubeletPackages(t *testing.T) {
	for how, want := range map[string][2]string{
		"apt": {"apt-get install -y --download-only ", "apt-get install -y --allow-change-held-packages kubelet=1.36.3-*; kubelet --version"},
		"dnf": {"dnf install -y --downloadonly ", "dnf install -y --disableexcludes=all kubelet-1.36.3-*; kubelet --version"},
	} {
		w := upgraded()
		w.facts.KubeletPackage = how
		_, plan := w.make()
		s := plan.Steps[2]
		if !inOrder(fmt.Sprint(s.Before), want[0], " drain ") || !inOrder(fmt.Sprint(s.Restart), "stop etcd; ", want[1]) {
			t.Errorf("%s: %v, %v", how, s.Before, s.Restart)
		}
	}
}

// TestPatch: a patch takes the kubelets along, too, and asks for no snapshot; a node that comes has its kubelet already.
func TestPatch(t *testing.T) {
	w := newWorld()
	w.version(w.old, "1.36.1", both...)
	w.add(w.now, "w3")
	w.place("w3")
	_, plan := w.make()
	const want = "see that all is well|m1-m3: kubelet 1.36.1 -> 1.36.3|w1, w2: kubelet 1.36.1 -> 1.36.3|w3: new"
	if got := titles(plan); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := fmt.Sprint(plan.Steps[0]); strings.Contains(got, "snapshot") {
		t.Error(got)
	}
}

// inOrder finds texts one after the other.
func inOrder(text string, all ...string) bool {
	for _, want := range all {
		_, rest, found := strings.Cut(text, want)
		if !found {
			return false
		}
		text = rest
	}
	return true
}
