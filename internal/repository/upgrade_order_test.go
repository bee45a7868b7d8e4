package repository

import (
	"bytes"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/change/review"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/layout"
)

// delivery is one step of a plan, or one play of its playbook, as far as it tells who runs what afterwards.
type delivery struct {
	nodes, held     []string
	kubelet, addons bool
	// role: whatever reads files that come restarts, with the program that is there.
	role bool
}

// TestUpgradeOrder takes golden clusters from one minor to the next, whatever balances them, in the order of the plan and of its
// playbook: no kubelet and no kube-proxy is ever newer than an apiserver that it may meet, and in the end each node has all files.
func TestUpgradeOrder(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"stacked", "node-local", "external", "dedicated-etcd", "lb-cloud", "lb-haproxy", "lb-kube-vip", "lb-lvs", "proxy-daemonset"} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("../../testdata/clusters", name, "cluster.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			old, now := versioned(string(text))
			was, is := compiled(t, name, old), compiled(t, name, now)
			r, _ := differ(is, sideOf(was), sideOf(is), "rendered", nil)
			if len(r.Rollout.Refused) > 0 || len(r.Rollout.Steps) < 3 {
				t.Fatalf("%d steps: %+v", len(r.Rollout.Steps), r.Rollout.Refused)
			}
			follow(t, "plan", was, is, stepDeliveries(r))
			follow(t, "playbook", was, is, playDeliveries(t, r))
		})
	}
}

// TestMixedMasters: a master that goes ahead, with a kubelet that asks the others, has no plan; one that asks itself has.
func TestMixedMasters(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../testdata/clusters/pinned/cluster.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for local, refused := range map[string]bool{"local": false, "loadBalancer": true} {
		now := strings.Replace(string(text), "apiServer: local", "apiServer: "+local, 1)
		was, is := compiled(t, "pinned", strings.ReplaceAll(now, "1.33.13", "1.32.2")), compiled(t, "pinned", now)
		r, _ := differ(is, sideOf(was), sideOf(is), "rendered", nil)
		if got := fmt.Sprint(r.Rollout.Refused); strings.Contains(got, "m1, m2 would be newer than the apiserver of m3") != refused || !refused && got != "[]" {
			t.Errorf("apiServer: %s: %s", local, got)
		}
	}
}

var anyVersion = regexp.MustCompile(`kubernetesVersion: "?[0-9.]+"?`)

// versioned is a spec with a minor, and with the next one.
func versioned(spec string) (old, now string) {
	spec = strings.Replace(anyVersion.ReplaceAllString(spec, ""), "spec:\n", "spec:\n  kubernetesVersion: 1.36.3\n", 1)
	spec = strings.ReplaceAll(spec, ", }", "}")
	return spec, strings.Replace(spec, "1.36.3", "1.37.2", 1)
}

func compiled(t *testing.T, name, spec string) compile.Compiled {
	t.Helper()
	files := fstest.MapFS{}
	if err := filepath.WalkDir(filepath.Join("../../testdata/clusters", name), func(file string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "rendered.txtar" {
			return err
		}
		content, err := os.ReadFile(file)
		files[strings.TrimPrefix(filepath.ToSlash(file), "../../testdata/clusters/"+name+"/")] = &fstest.MapFile{Data: content}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	files["cluster.yaml"] = &fstest.MapFile{Data: []byte(spec)}
	c, list := compile.Compile(files, harender.Assets, render.Here)
	if list.HasErrors() {
		t.Fatalf("%+v\n%s", list, spec)
	}
	return c
}

// sideOf what was compiled has words in place of secrets.
func sideOf(c compile.Compiled) diff.Side {
	out := diff.Side{Directories: map[string]diff.Directory{tree.Addons: {Files: rendered(c.Rendered.Shared.Addons)}}}
	for _, n := range c.Plan.Nodes {
		about := indexed(n.Cluster)
		d := diff.Directory{Kubernetes: about.Kubernetes, Pool: about.Pool, Etcd: about.Etcd, Files: rendered(c.Rendered.Nodes[n.Cluster.Name])}
		for _, m := range n.Material {
			d.Files[m.Path] = entry(materialFile(m, []byte(m.Source)))
		}
		out.Directories[n.Cluster.Name] = d
	}
	return out
}

func stepDeliveries(r review.Review) []delivery {
	var out []delivery
	for _, s := range r.Rollout.Steps {
		out = append(out, delivery{nodes: s.Nodes, held: s.Held, kubelet: s.Kubelet != "", addons: strings.Contains(fmt.Sprint(s.Before), "apply -k rendered/addons")})
	}
	return out
}

// playDeliveries: the role restarts what reads files that it brings, unless it is told not to.
func playDeliveries(t *testing.T, r review.Review) []delivery {
	t.Helper()
	var text bytes.Buffer
	var plays []struct {
		Hosts, Roles []string
		Vars         struct {
			Hold    []string `yaml:"harender_hold"`
			Restart *bool    `yaml:"harender_restart"`
		}
		Before []any `yaml:"pre_tasks"`
		After  []any `yaml:"post_tasks"`
	}
	if err := review.Ansible(&text, r); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text.Bytes(), &plays); err != nil {
		t.Fatal(err)
	}
	var out []delivery
	for _, p := range plays {
		d := delivery{held: p.Vars.Hold, addons: strings.Contains(fmt.Sprint(p.Before), "apply -k rendered/addons")}
		if len(p.Roles) > 0 {
			d.nodes = p.Hosts
			d.role = p.Vars.Restart == nil || *p.Vars.Restart
		}
		d.kubelet = strings.Contains(fmt.Sprint(p.After), "systemctl restart kubelet")
		if d.kubelet && d.role {
			t.Error("a play replaces the kubelet, and before its role restarts the old one")
		}
		out = append(out, d)
	}
	return out
}

// running is what a cluster has on the way.
type running struct {
	files    map[string]map[string][]byte
	kubelets map[string]cluster.Version
	addons   []byte
}

func laid(c compile.Compiled, node string) map[string][]byte {
	out := map[string][]byte{}
	for _, f := range c.Rendered.Nodes[node] {
		out[f.Path] = f.Content.Bytes()
	}
	return out
}

func proxySet(c compile.Compiled) []byte {
	return content(c.Rendered.Shared.Addons)("daemonset-kube-proxy.yaml")
}

func follow(t *testing.T, form string, was, is compile.Compiled, all []delivery) {
	t.Helper()
	x := running{map[string]map[string][]byte{}, map[string]cluster.Version{}, proxySet(was)}
	for _, n := range was.Plan.Nodes {
		x.files[n.Cluster.Name], x.kubelets[n.Cluster.Name] = laid(was, n.Cluster.Name), n.Cluster.Version
	}
	for i, d := range all {
		for _, node := range d.nodes {
			now, later := laid(is, node), map[string][]byte{}
			for _, held := range d.held {
				delete(now, held)
				if content, there := x.files[node][held]; there {
					later[held] = content
				}
			}
			maps.Copy(now, later)
			restarts := d.role && restartsKubelet(is, node, x.files[node], now)
			x.files[node] = now
			if d.kubelet || restarts {
				x.kubelets[node] = is.Plan.Cluster.Version
			}
			x.wantNoneNewer(t, fmt.Sprintf("%s, step %d, after %s", form, i+1, node))
		}
		if d.addons {
			x.addons = proxySet(is)
			x.wantNoneNewer(t, fmt.Sprintf("%s, step %d", form, i+1))
		}
	}
	for node, files := range x.files {
		if !maps.EqualFunc(files, laid(is, node), bytes.Equal) || files["etc/kubernetes/kubelet.conf"] != nil && x.kubelets[node] != is.Plan.Cluster.Version {
			t.Errorf("%s: %s has kubelet %s, and not all files", form, node, x.kubelets[node])
		}
	}
}

// restartsKubelet reports whether a file that the kubelet reads becomes another.
func restartsKubelet(c compile.Compiled, node string, was, is map[string][]byte) bool {
	return slices.ContainsFunc(c.Rendered.Nodes[node], func(f tree.File) bool {
		return slices.Contains(f.Restarts, "kubelet.service") && !bytes.Equal(was[f.Path], is[f.Path])
	})
}

var imageTag = regexp.MustCompile(`image: \S+:v(\d+\.\d+\.\d+)`)

// tag is the version of an image; the zero version without one.
func tag(manifest []byte) cluster.Version {
	m := imageTag.FindSubmatch(manifest)
	if m == nil {
		return cluster.Version{}
	}
	v, _ := cluster.ParseVersion(string(m[1]))
	return v
}

func (x running) wantNoneNewer(t *testing.T, when string) {
	t.Helper()
	for node, files := range x.files {
		for what, v := range map[string]cluster.Version{
			"etc/kubernetes/kubelet.conf":          x.kubelets[node],
			"etc/kubernetes/kube-proxy/kubeconfig": tag(files[layout.Manifests+"kube-proxy.yaml"]),
			"a DaemonSet":                          tag(x.addons),
		} {
			config, there := files[what]
			if !there && what != "a DaemonSet" {
				continue
			}
			for met, apiserver := range x.meets(node, string(config)) {
				if v.Minors(apiserver) > 0 {
					t.Errorf("%s: %s of %s, of %s, may meet the apiserver of %s, which is %s", when, path.Dir(what), node, v, met, apiserver)
				}
			}
		}
	}
}

// meets are the apiservers that answer who has that kubeconfig: the one beside it, or any.
func (x running) meets(node, kubeconfig string) map[string]cluster.Version {
	out := map[string]cluster.Version{}
	_, rest, _ := strings.Cut(kubeconfig, "server: ")
	server, _, _ := strings.Cut(rest, "\n")
	u, err := url.Parse(strings.Trim(server, `"'`))
	own := string(x.files[node][layout.Manifests+"kube-apiserver.yaml"])
	beside := err == nil && own != "" && slices.Contains([]string{"127.0.0.1", "::1", "localhost"}, u.Hostname()) && strings.Contains(own, "--secure-port="+u.Port())
	for name, files := range x.files {
		if v := tag(files[layout.Manifests+"kube-apiserver.yaml"]); v != (cluster.Version{}) && (!beside || name == node) {
			out[name] = v
		}
	}
	return out
}
