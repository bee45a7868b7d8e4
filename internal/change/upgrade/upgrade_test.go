package upgrade_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/change/upgrade"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/release"
)

func version(t *testing.T, text string) cluster.Version {
	t.Helper()
	v, ok := cluster.ParseVersion(text)
	if !ok && text != "" {
		t.Fatal(text)
	}
	return v
}

func files(all map[string]string) upgrade.Files {
	return func(path string) []byte {
		if content, ok := all[path]; ok {
			return []byte(content)
		}
		return nil
	}
}

func steps(t *testing.T) release.Steps {
	t.Helper()
	s, list := release.ReadSteps(harender.Assets)
	if len(list) > 0 {
		t.Fatal(list)
	}
	return s
}

const (
	kubelet = "var/lib/kubelet/config.yaml"
	proxy   = "etc/kubernetes/kube-proxy/config.yaml"
	proxies = "configmap-kube-proxy.yaml"
)

// TestNotices: what each step of one node is told; a ! stands before what bars it.
func TestNotices(t *testing.T) {
	etcd := func(image string) map[string]string {
		return map[string]string{upgrade.Manifest: "    image: " + image + "\n"}
	}
	for name, c := range map[string]struct {
		from, to string
		old, now map[string]string
		want     string
	}{
		"too old a patch":    {"1.33.13", "1.34.4", etcd("registry.k8s.io/etcd:3.5.24-0"), etcd("registry.k8s.io/etcd:3.6.5-0"), "!etcd cannot go from 3.5.24 to 3.6.5: every member has to run 3.5.26 or later before"},
		"just recent enough": {"1.33.13", "1.34.4", etcd("registry.k8s.io/etcd:3.5.26-0"), etcd("registry.k8s.io/etcd:3.6.5-0"), "etcd goes from 3.5.26 to 3.6.5: every member has to run 3.5.26 or later before"},
		"the pinned one":     {"1.36.3", "1.37.2", etcd("registry.k8s.io/etcd:3.6.13-0"), etcd("registry.k8s.io/etcd:3.7.0-0"), "etcd goes from 3.6.13 to 3.7.0: every member has to run 3.6.11 or later before"},
		"a pin of before":    {"1.36.3", "1.37.2", etcd("registry.k8s.io/etcd:3.6.8-0"), etcd("registry.k8s.io/etcd:3.7.0-0"), "!etcd cannot go from 3.6.8 to 3.7.0: every member has to run 3.6.11 or later before"},
		"a mirror, a digest": {"1.36.3", "1.36.3", etcd("m.example:5000/x/etcd:v3.5.9@sha256:00"), etcd("m.example:5000/x/etcd:v3.6.5"), "!etcd cannot go from 3.5.9 to 3.6.5: every member has to run 3.5.26 or later before"},
		"a patch":            {"1.36.2", "1.36.3", etcd("registry.k8s.io/etcd:3.6.8-0"), etcd("registry.k8s.io/etcd:3.6.13-0"), ""},
		"a minor left out":   {"1.36.3", "1.36.3", etcd("registry.k8s.io/etcd:3.5.32-0"), etcd("registry.k8s.io/etcd:3.7.0-0"), "!etcd cannot go from 3.5.32 to 3.7.0"},
		"back":               {"1.36.3", "1.36.3", etcd("registry.k8s.io/etcd:3.6.13-0"), etcd("registry.k8s.io/etcd:3.5.32-0"), "etcd goes from 3.6.13 to 3.5.32"},
		"a tag of another":   {"1.33.13", "1.34.4", etcd("mirror.example/etcd:latest"), etcd("mirror.example/etcd:new"), ""},
		"no member":          {"1.33.13", "1.34.4", nil, nil, ""},
		"cgroup v1":          {"1.34.4", "1.35.4", map[string]string{kubelet: "kind: x\n"}, map[string]string{kubelet: "kind: x\n"}, "kubelets from 1.35 on refuse to start on a host with cgroup v1"},
		"minors left out":    {"1.33.13", "1.36.3", map[string]string{kubelet: "kind: x\n"}, map[string]string{kubelet: "kind: x\n"}, "kubelets from 1.35 on refuse to start on a host with cgroup v1"},
		"cgroup v1 allowed":  {"1.34.4", "1.35.4", map[string]string{kubelet: "kind: x\n"}, map[string]string{kubelet: "failCgroupV1: false\n"}, ""},
		"there already":      {"1.35.4", "1.36.3", map[string]string{kubelet: "kind: x\n"}, map[string]string{kubelet: "kind: x\n"}, ""},
		"another default":    {"1.32.2", "1.33.13", map[string]string{proxy: "mode: iptables\n"}, map[string]string{proxy: "mode: nftables\n"}, "kube-proxy goes to the mode nftables"},
		"no longer a file":   {"1.32.2", "1.33.13", map[string]string{proxy: "mode: \"\"\n"}, map[string]string{proxy: "mode: \"nftables\"\n"}, "kube-proxy goes to the mode nftables"},
		"kept":               {"1.32.2", "1.33.13", map[string]string{proxy: "mode: iptables\n"}, map[string]string{proxy: "mode: iptables\n"}, ""},
		"was before":         {"1.32.2", "1.33.13", map[string]string{proxy: "mode: nftables\n"}, map[string]string{proxy: "mode: nftables\n"}, ""},
		"a DaemonSet":        {"1.32.2", "1.33.13", map[string]string{proxies: "data:\n  config.conf: |\n    mode: iptables\n"}, map[string]string{proxies: "data:\n  config.conf: |\n    mode: nftables\n"}, "kube-proxy goes to the mode nftables"},
		"down":               {"1.35.4", "1.34.4", map[string]string{kubelet: "kind: x\n"}, map[string]string{kubelet: "kind: x\n"}, ""},
	} {
		n := upgrade.Node{Name: "m1", Was: version(t, c.from), Is: version(t, c.to), Old: files(c.old), New: files(c.now)}
		var got []string
		for _, x := range upgrade.Notices([]upgrade.Node{n}, steps(t), files(c.old), files(c.now)) {
			if x.Barred {
				x.Summary = "!" + x.Summary
			}
			if x.Detail == "" || x.Hint == "" {
				t.Errorf("%s: nothing more is said: %+v", name, x)
			}
			got = append(got, x.Summary)
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("%s: got %q\nwant %q", name, got, c.want)
		}
	}
}

// TestTogether: what holds for many nodes is said once.
func TestTogether(t *testing.T) {
	config := files(map[string]string{kubelet: "kind: x\n"})
	n := upgrade.Node{Name: "w1", Was: version(t, "1.34.4"), Is: version(t, "1.35.4"), Old: config, New: config}
	m := n
	m.Name = "w2"
	got := upgrade.Notices([]upgrade.Node{n, m}, steps(t), files(nil), files(nil))
	if len(got) != 1 || strings.Join(got[0].Nodes, " ") != "w1 w2" {
		t.Errorf("got %+v", got)
	}
}

// TestSteps: each entry says where it is from, and the pinned etcd of a minor may take the step to that of the next.
func TestSteps(t *testing.T) {
	s := steps(t)
	for minor, step := range s.Etcd {
		if !strings.HasPrefix(step.Source, "https://") || step.Detail == "" {
			t.Errorf("etcd %s: %+v", minor, step)
		}
	}
	for minor, facts := range s.Kubernetes {
		for _, f := range facts {
			if !strings.HasPrefix(f.Source, "https://") || f.Detail == "" || f.Hint == "" || f.Component == "" {
				t.Errorf("Kubernetes %s: %+v", minor, f)
			}
		}
	}
	image := func(minor string) upgrade.Files {
		r, list := release.Read(harender.Assets, minor)
		if len(list) > 0 {
			t.Fatal(list)
		}
		return files(map[string]string{upgrade.Manifest: "    image: " + r.Images["etcd"] + "\n"})
	}
	known, _ := release.Known(harender.Assets)
	minors := slices.SortedFunc(maps.Keys(known), cluster.CompareMinors)
	for i, minor := range minors[1:] {
		if minors[i] == "1.9" {
			continue // No cluster goes from there to the next that is known.
		}
		n := upgrade.Node{Name: "m1", Old: image(minors[i]), New: image(minor)}
		for _, x := range upgrade.Notices([]upgrade.Node{n}, s, files(nil), files(nil)) {
			if x.Barred {
				t.Errorf("from %s to %s: %s", minors[i], minor, x.Summary)
			}
		}
	}
}
