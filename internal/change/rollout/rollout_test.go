package rollout_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/change/rollout"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/keys/certificate"
)

// world is a change as a test makes it: three masters with etcd and two workers on both sides.
type world struct {
	old, now diff.Side
	facts    rollout.Facts
}

const (
	manifest = "etc/kubernetes/manifests/"
	etcdCA   = "cluster/etcd-ca"
)

func newWorld() *world {
	w := &world{
		facts: rollout.Facts{
			Addresses: map[string]netip.Addr{}, Version: cluster.Version{Major: 1, Minor: 36, Patch: 3}, Port: 6443, Endpoint: "https://10.0.0.100:8443",
		},
	}
	for _, s := range []*diff.Side{&w.old, &w.now} {
		*s = diff.Side{Directories: map[string]diff.Directory{}, Authorities: map[string]certificate.Certificate{etcdCA: {Subject: "CN=etcd", Pin: "sha256:1"}}}
	}
	for _, n := range []string{"m1", "m2", "m3", "w1", "w2"} {
		w.add(w.old, n)
		w.add(w.now, n)
		w.place(n)
	}
	return w
}

// place gives a node an address.
func (w *world) place(name string) {
	w.facts.Fleet.Nodes = append(w.facts.Fleet.Nodes, name)
	w.facts.Addresses[name] = netip.MustParseAddr(fmt.Sprintf("10.0.0.%d", len(w.facts.Fleet.Nodes)))
}

// add makes a master of what begins with m, an etcd of its own of e, a balancer of b, and a worker of the rest.
func (w *world) add(s diff.Side, name string) {
	d := diff.Directory{Kubernetes: "1.36.3", Files: map[string]diff.File{}}
	put := func(path string, restarts ...string) {
		d.Files[path] = diff.File{IndexFile: tree.IndexFile{Path: path, Restarts: restarts}, Content: []byte(path)}
	}
	switch name[0] {
	case 'm':
		put("etc/kubernetes/pki/etcd/server.pem")
		put("etc/kubernetes/pki/etcd/client.pem")
		put("etc/kubernetes/pki/etcd/ca.pem", "etcd", "kube-apiserver")
		put("srv/kubernetes/server.cert")
		put(manifest+"etcd.yaml", "etcd")
		put(manifest+"kube-apiserver.yaml", "kube-apiserver")
	case 'e':
		put("etc/kubernetes/pki/etcd/server.pem")
		put("etc/kubernetes/pki/etcd/client.pem")
	case 'b':
		put("etc/haproxy/haproxy.cfg", "haproxy.service")
	}
	if name[0] == 'm' || name[0] == 'w' {
		put("etc/kubernetes/pki/kubelet/client.crt")
		put("etc/kubernetes/kubelet.env", "kubelet.service")
	}
	s.Directories[name] = d
}

func (w *world) change(path string, nodes ...string) {
	for _, n := range nodes {
		f := w.now.Directories[n].Files[path]
		f.Content = append([]byte("new "), f.Content...)
		w.now.Directories[n].Files[path] = f
	}
}

func (w *world) version(s diff.Side, version string, nodes ...string) {
	for _, n := range nodes {
		d := s.Directories[n]
		d.Kubernetes = version
		s.Directories[n] = d
	}
}

// starts has a member of the new side begin with those that are named.
func (w *world) starts(name, state string, members ...string) {
	d := w.now.Directories[name]
	d.Etcd = &tree.Start{State: state}
	for _, m := range members {
		d.Etcd.Peers = append(d.Etcd.Peers, m+"=https://"+w.facts.Addresses[m].String()+":2380")
	}
	w.now.Directories[name] = d
}

// machine has another machine behind a name.
func (w *world) machine(name string) {
	d := w.now.Directories[name]
	d.Machine = "SN-2"
	w.now.Directories[name] = d
}

func (w *world) make() (rollout.Impact, rollout.Plan) {
	d := diff.Compare(w.old, w.now, func(string, string, string) string { return "" })
	return rollout.Make(w.facts.Fleet.Sorted(d), w.old, w.now, w.facts)
}

func TestSteps(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world)
		want   string
	}{
		"nothing": {func(*world) {}, "see that all is well"},
		"a manifest of every master": {
			func(w *world) { w.change(manifest+"etcd.yaml", "m1", "m2", "m3") },
			"see that all is well|m1-m3: etcd restarts",
		},
		"kubelets everywhere": {
			func(w *world) { w.change("etc/kubernetes/kubelet.env", "m1", "m2", "m3", "w1", "w2") },
			"see that all is well|m1-m3: kubelet.service restarts|w1, w2: kubelet.service restarts",
		},
		"what nobody restarts for": {func(w *world) { w.change("srv/kubernetes/server.cert", "m2") }, "see that all is well|m2: files alone, nothing restarts"},
		"a worker comes": {
			func(w *world) { w.add(w.now, "w3"); w.place("w3"); w.change(manifest+"etcd.yaml", "m1") },
			"see that all is well|m1: etcd restarts|w3: new",
		},
		"a worker goes": {
			func(w *world) {
				delete(w.now.Directories, "w2")
				w.facts.Fleet.Nodes = w.facts.Fleet.Nodes[:4]
				delete(w.facts.Addresses, "w2")
			},
			"see that all is well|w2 leaves: empty it, and then switch it off",
		},
		"a master comes": {
			func(w *world) {
				w.add(w.now, "m4")
				w.place("m4")
				w.change(manifest+"etcd.yaml", "m1", "m2", "m3")
			},
			"see that all is well|m1-m3: etcd restarts|m4: new",
		},
		"two masters come": {
			func(w *world) {
				w.add(w.now, "m4")
				w.place("m4")
				w.add(w.now, "m5")
				w.place("m5")
			},
			"see that all is well|m4: new|m5: new",
		},
		"two members go": {
			func(w *world) {
				delete(w.now.Directories, "m2")
				delete(w.now.Directories, "m3")
				delete(w.facts.Addresses, "m2")
				delete(w.facts.Addresses, "m3")
				w.facts.Fleet.Nodes = []string{"m1", "w1", "w2"}
			},
			"see that all is well|m2 leaves the endpoint|m3 leaves the endpoint|m2 leaves etcd|m3 leaves etcd|m2 leaves: empty it, and then switch it off|m3 leaves: empty it, and then switch it off",
		},
		"a master is replaced": {
			func(w *world) {
				w.add(w.now, "m4")
				w.place("m4")
				delete(w.now.Directories, "m2")
				delete(w.facts.Addresses, "m2")
				w.facts.Fleet.Nodes = []string{"m1", "m3", "w1", "w2", "m4"}
			},
			"see that all is well|m2 leaves the endpoint|m2 leaves etcd|m4: new|m2 leaves: empty it, and then switch it off",
		},
		"a master is replaced, and the others can spare none before": {
			func(w *world) {
				w.add(w.now, "m4")
				w.place("m4")
				delete(w.now.Directories, "m3")
				delete(w.facts.Addresses, "m3")
				w.facts.Fleet.Nodes = []string{"m1", "m2", "w1", "w2", "m4"}
				w.change(manifest+"etcd.yaml", "m1", "m2")
			},
			"see that all is well|m3 leaves the endpoint|m3 leaves etcd|m4: new|m1, m2: etcd restarts|m3 leaves: empty it, and then switch it off",
		},
		"workers become members": {
			func(w *world) {
				for _, n := range []string{"w1", "w2"} {
					put(w.now, "etc/kubernetes/pki/etcd/server.pem", "x", n)
					put(w.now, manifest+"etcd.yaml", "x", n)
				}
				w.change(manifest+"etcd.yaml", "m1")
			},
			"see that all is well|m1: etcd restarts|w1: etcd starts|w2: etcd starts",
		},
		"a machine gets another name": {
			func(w *world) {
				delete(w.now.Directories, "w2")
				w.add(w.now, "x2")
				w.facts.Fleet.Nodes[4], w.facts.Addresses["x2"] = "x2", w.facts.Addresses["w2"]
				delete(w.facts.Addresses, "w2")
				put(w.old, "etc/kubernetes/kubelet.env", "NODE_NAME=w2\nNODE_IP=10.0.0.5,fd00::5\n", "w2")
				put(w.old, "etc/kubernetes/pki/kubelet/client.crt", "x", "w2")
			},
			"see that all is well|x2: new|w2 is x2 now",
		},
		"addons wait for the masters": {
			func(w *world) {
				w.old.Directories[tree.Addons] = diff.Directory{Files: map[string]diff.File{"a": {Content: []byte("1")}}}
				w.now.Directories[tree.Addons] = diff.Directory{Files: map[string]diff.File{"a": {Content: []byte("2")}}}
				w.change("etc/kubernetes/kubelet.env", "m1", "w1")
			},
			"see that all is well|m1: kubelet.service restarts|the cluster's own objects|w1: kubelet.service restarts",
		},
		"a balancer is one at a time": {
			func(w *world) {
				for _, n := range []string{"b1", "b2"} {
					w.add(w.old, n)
					w.add(w.now, n)
					w.place(n)
				}
				w.change("etc/haproxy/haproxy.cfg", "b1", "b2")
			},
			"see that all is well|b1, b2: haproxy.service restarts",
		},
		"a new cluster": {func(w *world) { clear(w.old.Directories) }, "all 5 nodes: new"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			c.change(w)
			_, plan := w.make()
			var titles []string
			for _, s := range plan.Steps {
				titles = append(titles, s.Title)
				if strings.HasPrefix(s.Title, "b1") && fmt.Sprint(s.Serial) != "[1]" {
					t.Errorf("balancers go by %v", s.Serial)
				}
			}
			if got := strings.Join(titles, "|"); got != c.want || len(plan.Refused) > 0 {
				t.Errorf("got  %s\nwant %s\n%v", got, c.want, plan.Refused)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world)
		want   string
	}{
		"two members are replaced": {
			func(w *world) {
				w.add(w.now, "m4")
				w.place("m4")
				delete(w.now.Directories, "m1")
				delete(w.now.Directories, "m2")
				w.facts.Fleet.Nodes = w.facts.Fleet.Nodes[2:]
			}, "etcd would lose m1, m2 at once",
		},
		"nobody stays": {
			func(w *world) {
				for i, n := range both {
					delete(w.now.Directories, n)
					w.facts.Fleet.Nodes[i] = n + "0"
					w.add(w.now, n+"0")
				}
			}, "every node of the cluster would be another",
		},
		"a member comes as if there were none": {
			func(w *world) { w.add(w.now, "m4"); w.place("m4"); w.starts("m4", "new", "m1", "m2", "m3", "m4") }, "m4 would begin an etcd of its own",
		},
		"a member comes with the list of others": {
			func(w *world) { w.add(w.now, "m4"); w.place("m4"); w.starts("m4", "existing", "m1", "m2", "m4") },
			"m4 would join with a list of other members than etcd has by then",
		},
		"two machines of three are lost": {
			func(w *world) { w.machine("m2"); w.machine("m3") }, "etcd would lose m2, m3 at once",
		},
		"the only machine is lost": {
			func(w *world) {
				w.machine("m1")
				for _, n := range []string{"m2", "m3"} {
					delete(w.old.Directories, n)
					delete(w.now.Directories, n)
				}
			}, "etcd would lose m1 at once",
		},
		"two machines of five are lost": {
			func(w *world) {
				for _, n := range []string{"m4", "m5"} {
					w.add(w.old, n)
					w.add(w.now, n)
					w.place(n)
					w.machine(n)
				}
			}, "",
		},
		"two minors": {
			func(w *world) { w.version(w.old, "1.34.1", "m1", "m2", "m3") }, "the control plane cannot go from Kubernetes 1.34 to 1.36",
		},
		"back": {
			func(w *world) { w.version(w.now, "1.35.1", "m1", "m2", "m3", "w1", "w2") }, "the control plane cannot go from Kubernetes 1.36 to 1.35",
		},
		"workers that are too old": {
			func(w *world) { w.version(w.old, "1.32.0", "w1", "w2") }, "kubelets of Kubernetes 1.32 would meet apiservers of 1.36",
		},
		"an authority at once": {
			func(w *world) {
				w.now.Authorities[etcdCA] = certificate.Certificate{Subject: "CN=etcd", Pin: "sha256:2"}
			}, "cluster/etcd-ca would be replaced at once",
		},
		"an authority that was staged": {
			func(w *world) {
				w.old.Authorities[etcdCA+".next"] = certificate.Certificate{Subject: "CN=etcd", Pin: "sha256:2"}
				w.now.Authorities[etcdCA] = w.old.Authorities[etcdCA+".next"]
				w.now.Authorities[etcdCA+".previous"] = w.old.Authorities[etcdCA]
			}, "",
		},
		"an authority that was staged, and is retired at once": {
			func(w *world) {
				w.old.Authorities[etcdCA+".next"] = certificate.Certificate{Subject: "CN=etcd", Pin: "sha256:2"}
				w.now.Authorities[etcdCA] = w.old.Authorities[etcdCA+".next"]
			}, "cluster/etcd-ca would be replaced at once",
		},
		"a member is replaced, and the version changes": {
			func(w *world) {
				w.add(w.now, "m4")
				w.place("m4")
				delete(w.now.Directories, "m1")
				w.facts.Fleet.Nodes = w.facts.Fleet.Nodes[1:]
				w.version(w.old, "1.36.1", "m2", "m3")
			}, "etcd would get m4 and another version at once",
		},
		"kubeadm takes over": {
			func(w *world) {
				for _, n := range masters {
					delete(w.now.Directories[n].Files, manifest+"etcd.yaml")
					delete(w.now.Directories[n].Files, manifest+"kube-apiserver.yaml")
				}
			}, "etcd would stop on m1-m3|kube-apiserver would stop on m1-m3",
		},
		"systemd takes over": {
			func(w *world) {
				delete(w.now.Directories["m1"].Files, manifest+"etcd.yaml")
				put(w.now, "etc/systemd/system/etcd.service", "[Service]\n", "m1")
			}, "",
		},
		"a disk for etcd": {
			func(w *world) {
				put(w.now, "etc/systemd/system/var-lib.mount", "[Mount]\nWhat=/dev/vdb\nWhere=/var/lib\n", "m1", "m2")
				put(w.now, "etc/systemd/system/var-lib-etcdother.mount", "[Mount]\nWhat=/dev/vdb\nWhere=/var/lib/etcdother\n", "m3", "w1")
			}, "what etcd has stored on m1, m2 would lie below another file system",
		},
		"another port, which each master's own balancer knows": {
			func(w *world) {
				for _, s := range []diff.Side{w.old, w.now} {
					keepalived(s, "10.0.0.100", masters...)
				}
				listens(w.old, "6443")
				listens(w.now, "7443")
			}, "",
		},
		"another port, which somebody else has to know": {
			func(w *world) { listens(w.old, "6443"); listens(w.now, "7443") }, "the apiservers would listen at port 7443 in place of 6443",
		},
		"networks that grow": {
			func(w *world) {
				networks(w.old, "10.244.0.0/16", "10.96.0.0/12")
				networks(w.now, "10.244.0.0/15,fd00:1::/56", "10.96.0.0/12")
			}, "",
		},
		"other networks": {
			func(w *world) {
				networks(w.old, "10.244.0.0/16", "10.96.0.0/12")
				networks(w.now, "10.245.0.0/16", "10.96.0.0/13")
			},
			"the network of pods would be 10.245.0.0/16 in place of 10.244.0.0/16|the network of services would be 10.96.0.0/13 in place of 10.96.0.0/12",
		},
		"one minor": {func(w *world) { w.version(w.old, "1.35.1", "m1", "m2", "m3", "w1", "w2") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			c.change(w)
			_, plan := w.make()
			var got []string
			for _, r := range plan.Refused {
				got = append(got, r.Summary)
				if r.Detail == "" || r.Hint == "" {
					t.Errorf("%s without a reason or a hint", r.Summary)
				}
			}
			if strings.Join(got, "|") != c.want || (c.want == "") != (len(plan.Steps) > 0) {
				t.Errorf("got %q and %d steps, want %q", got, len(plan.Steps), c.want)
			}
		})
	}
}

// flagged has the masters run a program with a flag.
func flagged(s diff.Side, program, flag, value string) {
	put(s, manifest+program+".yaml", "spec:\n  containers:\n  - name: x\n    command: ["+program+", \"--"+flag+"="+value+"\"]\n", masters...)
}

func networks(s diff.Side, pods, services string) {
	flagged(s, "kube-controller-manager", "cluster-cidr", pods)
	flagged(s, "kube-apiserver", "service-cluster-ip-range", services)
}

func listens(s diff.Side, port string) { flagged(s, "kube-apiserver", "secure-port", port) }

// TestCommands looks at what surrounds a master's turn whose authority changed, a flag of its apiserver and a setting of its kubelet.
func TestCommands(t *testing.T) {
	w := newWorld()
	w.change("etc/kubernetes/pki/etcd/ca.pem", "m2")
	w.change("etc/kubernetes/kubelet.env", "m2")
	w.change(manifest+"kube-apiserver.yaml", "m2")
	for _, pod := range []string{"etcd", "kube-apiserver"} {
		f := w.now.Directories["m2"].Files[manifest+pod+".yaml"]
		f.Content = append(f.Content, "\n  namespace: kube-system\n"...)
		w.now.Directories["m2"].Files[manifest+pod+".yaml"] = f
	}
	impact, plan := w.make()
	s := plan.Steps[1]
	const restart = "stop kube-apiserver; stop etcd; systemctl daemon-reload && systemctl restart kubelet.service'"
	if len(s.Restart) != 1 || s.Restart[0].On != rollout.CurrentNode || !strings.HasSuffix(s.Restart[0].Run, restart) {
		t.Errorf("restarts %+v", s.Restart)
	}
	var got []string
	for _, c := range s.After {
		_, asked, _ := strings.Cut(c.Run, "https://")
		got = append(got, c.On+" "+asked)
	}
	want := []string{
		"NODE 10.0.0.1:2379/health https://10.0.0.2:2379/health https://10.0.0.3:2379/health", "NODE 127.0.0.1:6443/readyz", "NODE ", "NODE ", "NODE 10.0.0.100:8443/readyz",
	}
	if !slices.Equal(got, want) {
		t.Errorf("checks %q, want %q", got, want)
	}
	if got := s.After[3].Run; !strings.HasSuffix(got, " node/NODE pod/etcd-NODE pod/kube-apiserver-NODE --namespace=kube-system") {
		t.Error(got)
	}
	if got := fmt.Sprint(impact.Restarts[0].Effect, "|", impact.Members.Before); got != "one member at a time: of 3, 1 can be away|[m1 m2 m3]" {
		t.Error(got)
	}
}

// TestUnits has units that come and go, some in the place of a pod, and one that was the package's before.
func TestUnits(t *testing.T) {
	const folder = "etc/systemd/system/"
	put := func(s diff.Side, path, restarts string) {
		s.Directories["m2"].Files[path] = diff.File{IndexFile: tree.IndexFile{Path: path, Restarts: []string{restarts}}, Content: []byte(path)}
	}
	unit := func(s diff.Side) {
		put(s, folder+"etcd.service", "etcd.service")
		delete(s.Directories["m2"].Files, manifest+"etcd.yaml")
	}
	kubelet := func(s diff.Side) { put(s, folder+"kubelet.service", "kubelet.service") }
	for name, c := range map[string]struct {
		change          func(w *world)
		before, restart string
	}{
		"a timer comes": {
			func(w *world) { put(w.now, folder+"a.timer", "a.timer") },
			"", "systemctl daemon-reload && systemctl preset a.timer && systemctl start --no-block a.timer",
		},
		"a timer goes":            {func(w *world) { put(w.old, folder+"a.timer", "a.timer") }, "systemctl disable --now a.timer", ""},
		"the kubelet's unit":      {func(w *world) { kubelet(w.now) }, "", "systemctl daemon-reload && systemctl restart kubelet.service"},
		"the package's unit":      {func(w *world) { kubelet(w.old) }, "", "systemctl daemon-reload && systemctl restart kubelet.service"},
		"a pod in a unit's place": {func(w *world) { unit(w.old) }, "systemctl disable --now etcd.service", ""},
		"a unit in a pod's place": {
			func(w *world) { unit(w.now) }, "cd /etc/kubernetes/manifests && rm -f etcd.yaml && timeout 5m sh -c",
			"systemctl daemon-reload && systemctl preset etcd.service && systemctl start --no-block etcd.service",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			c.change(w)
			_, plan := w.make()
			check := func(when string, got []rollout.Command, want string) {
				if want == "" && len(got) > 0 || want != "" && (len(got) != 1 || got[0].On != rollout.CurrentNode || !strings.HasPrefix(got[0].Run, want)) {
					t.Errorf("%s %+v, want %q", when, got, want)
				}
			}
			check("before", plan.Steps[1].Before, c.before)
			check("restart", plan.Steps[1].Restart, c.restart)
		})
	}
}

// TestKernel has the kernel take its settings before a kubelet starts that holds it to them.
func TestKernel(t *testing.T) {
	w := newWorld()
	put(w.now, "etc/sysctl.d/90-harender.conf", "kernel.panic = 10\n", "w1")
	put(w.now, "etc/modules-load.d/90-harender.conf", "ip_vs\n", "w1")
	w.change("etc/kubernetes/kubelet.env", "w1", "w2")
	_, plan := w.make()
	var got []string
	for _, s := range plan.Steps[1:] {
		for _, c := range s.Restart {
			got = append(got, s.Nodes[0]+": "+c.Run)
		}
	}
	const restart = "systemctl daemon-reload && systemctl restart kubelet.service"
	if want := []string{"w1: systemctl restart systemd-modules-load", "w1: sysctl --system", "w1: " + restart, "w2: " + restart}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// TestOld asks old components for what they have.
func TestOld(t *testing.T) {
	w := newWorld()
	w.facts.Version = cluster.Version{Major: 1, Minor: 9, Patch: 11}
	w.change(manifest+"etcd.yaml", "m1")
	delete(w.now.Directories, "m3")
	delete(w.facts.Addresses, "m3")
	_, plan := w.make()
	s := fmt.Sprint(plan.Steps)
	for _, want := range []string{"ETCDCTL_API=3 etcdctl", ":6443/healthz", "get node NODE | grep -w Ready"} {
		if !strings.Contains(s, want) {
			t.Errorf("no %q in %s", want, s)
		}
	}
}

// TestJoining has etcd let members in before they start, one by one, each with the list of those that are there.
func TestJoining(t *testing.T) {
	w := newWorld()
	for _, n := range []string{"m4", "m5"} {
		w.add(w.now, n)
		w.place(n)
	}
	_, plan := w.make()
	first, second := plan.Steps[1], plan.Steps[2]
	if len(first.Before) != 2 || first.Before[0].On != rollout.CurrentNode || first.Before[1].On != "m1" || !strings.Contains(first.Before[1].Run, " member add m4 --peer-urls=https://10.0.0.6:2380; }") {
		t.Errorf("%+v", first.Before)
	}
	if strings.Contains(first.Before[1].Run, "10.0.0.6:2379") || !strings.Contains(first.After[0].Run, "10.0.0.6:2379") || strings.Contains(first.After[0].Run, "10.0.0.7:2379") {
		t.Errorf("before %+v, after %+v", first.Before, first.After)
	}
	if len(plan.Steps) != 3 || len(first.Restart) != 1 || !strings.HasSuffix(first.Restart[0].Run, "systemctl enable kubelet.service && systemctl start --no-block kubelet.service") {
		t.Errorf("%d steps, %+v", len(plan.Steps), first.Restart)
	}
	if !strings.Contains(second.Before[1].Run, "10.0.0.6:2379") || !strings.Contains(second.After[0].Run, "10.0.0.7:2379") {
		t.Errorf("before %+v, after %+v", second.Before, second.After)
	}
}
