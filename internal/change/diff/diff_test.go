package diff_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/deliver/tree"
)

const apiserver = "etc/kubernetes/manifests/kube-apiserver.yaml"

// manifest of an apiserver, with these flags and this image.
func manifest(image string, flags ...string) string {
	return "apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-apiserver\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n    - " +
		strings.Join(flags, "\n    - ") + "\n    image: " + image + "\n    livenessProbe:\n      periodSeconds: 10\n    name: kube-apiserver\n" +
		"    volumeMounts:\n    - mountPath: /srv/kubernetes\n      name: srv\n"
}

// side has one file on each of the nodes.
func side(path, content string, nodes ...string) diff.Side {
	out := diff.Side{Directories: map[string]diff.Directory{}}
	for _, n := range nodes {
		out.Directories[n] = diff.Directory{Kubernetes: "1.36.3", Files: map[string]diff.File{path: {
			IndexFile: tree.IndexFile{Path: path, Mode: 0o600, Owner: "root", Group: "root", Restarts: []string{"reader"}}, Content: []byte(content),
		}}}
	}
	return out
}

func compare(old, now diff.Side) diff.Diff {
	return diff.Compare(old, now, func(kubernetes, program, flag string) string {
		if kubernetes == "1.36.3" && program == "kube-apiserver" && flag == "old-flag" {
			return "it does nothing"
		}
		return ""
	})
}

// told are the details of the one change, one a line.
func told(t *testing.T, d diff.Diff) string {
	t.Helper()
	if len(d.Changes) != 1 {
		t.Fatalf("%d changes: %+v", len(d.Changes), d.Changes)
	}
	var b strings.Builder
	for _, x := range d.Changes[0].Details {
		fmt.Fprintf(&b, "%s %s: %q -> %q %s%s\n", x.Action, x.What, x.Old, x.New, x.Note, x.Unified)
	}
	return b.String() + d.Changes[0].Unified
}

func TestContent(t *testing.T) {
	for _, c := range []struct{ name, path, old, now, want string }{
		{
			"flags", apiserver, manifest("i:1", "--a=1", "--gone=x", "--twice=1", "--twice=2"), manifest("i:1", "--a=2", "--old-flag", "--twice=2", "--twice=1"),
			"changed kube-apiserver --a: \"1\" -> \"2\" \nremoved kube-apiserver --gone: \"x\" -> \"\" \n" +
				"added kube-apiserver --old-flag: \"\" -> \"\" deprecated: it does nothing\nchanged kube-apiserver --twice: \"1 2\" -> \"2 1\" \n",
		},
		{
			"the order of flags", apiserver, manifest("i:1", "--a=1", "--b=1"), manifest("i:1", "--b=1", "--a=1"),
			"changed spec.containers.kube-apiserver.command: \"\" -> \"\" @@ -1,3 +1,3 @@\n kube-apiserver\n---a=1\n --b=1\n+--a=1\n\n",
		},
		{"image", apiserver, manifest("i:1", "--a"), manifest("i:2", "--a"), "changed spec.containers.kube-apiserver.image: \"i:1\" -> \"i:2\" \n"},
		{
			"probe", apiserver, manifest("i:1", "--a"), strings.Replace(manifest("i:1", "--a"), "periodSeconds: 10", "periodSeconds: 3\n      failureThreshold: 8", 1),
			"added spec.containers.kube-apiserver.livenessProbe.failureThreshold: \"\" -> \"8\" \nchanged spec.containers.kube-apiserver.livenessProbe.periodSeconds: \"10\" -> \"3\" \n",
		},
		{
			"mount", apiserver, manifest("i:1", "--a"), manifest("i:1", "--a") + "    - mountPath: /etc/x\n      name: x\n",
			"added spec.containers.kube-apiserver.volumeMounts: \"\" -> \"{mountPath: /etc/x, name: x}\" \n",
		},
		{"json", "a.json", `{"a": {"b": [1, 2]}}`, `{"a": {"b": [1, 3], "c": true}}`, "removed a.b: \"2\" -> \"\" \nadded a.b: \"\" -> \"3\" \nadded a.c: \"\" -> \"true\" \n"},
		{"comments alone", "a.yaml", "# x\na: 1\n", "# y\na: 1\n", "@@ -1,2 +1,2 @@\n-# x\n+# y\n a: 1\n"},
		{"text", "haproxy.cfg", "a\nb\n", "a\nc\n", "@@ -1,2 +1,2 @@\n a\n-b\n+c\n"},
		{"a text in a document", "a.yaml", "a: |\n  x\n  y\n", "a: |\n  x\n  z\n", "changed a: \"\" -> \"\" @@ -1,2 +1,2 @@\n x\n-y\n+z\n\n"},
		{"variables", "kubelet.env", "A=1\nB=2\n", "A=1\nB=3=4\nC=\n", "changed B: \"2\" -> \"3=4\" \nadded C: \"\" -> \"\" \n"},
		{"aliases", "a.yaml", "a: &x [1]\nb: *x\n", "a: &x [2]\nb: *x\n", "@@ -1,2 +1,2 @@\n-a: &x [1]\n+a: &x [2]\n b: *x\n"},
		{"no pod", apiserver, "a: 1\n", "a: 2\n", "changed a: \"1\" -> \"2\" \n"},
		{"a private key", "a.yaml", "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n", "a: 1\n", "@@ -1,1 +1,1 @@\n-REDACTED sha256:1bb7c8b981b9\n+a: 1\n"},
		{
			"unit", "etc/systemd/system/etcd.service", "[Service]\nExecStart=\nExecStart=/usr/bin/etcd --a=1 \\\n --b\nRestart=no\n", "[Service]\nExecStart=\nExecStart=/usr/bin/etcd --a=2\nRestart=always\n",
			"changed etcd --a: \"1\" -> \"2\" \nremoved etcd --b: \"\" -> \"\" \n@@ -1,4 +1,4 @@\n [Service]\n ExecStart=\n ExecStart=/usr/bin/etcd\n-Restart=no\n+Restart=always\n",
		},
		{"a unit that starts nothing", "etc/systemd/system/x.mount", "What=a\n", "What=b\n", "@@ -1,1 +1,1 @@\n-What=a\n+What=b\n"},
		{
			"no text", "a", "\xff\x00", "\xfe", "changed content: \"2 bytes, SHA-256 ea5dbf9596d187e9500f23e9a680109475341cf4e81f7e043f7d97152c10772f\" -> " +
				"\"1 bytes, SHA-256 aa687b58b0e73e2e383f8c500d75b591e188efe0168b3ffbcd3771caaa6dd4c7\" it is no text; after a build, git diff --binary shows it\n",
		},
		{"a text that looks like a number", "a.yaml", "a: 1\n", "a: '1'\n", "changed a: \"1\" -> \"\\\"1\\\"\" \n"},
		{"a text that was a truth once", "a.yaml", "a: 'yes'\nb: 1\n", "a: yes\nb: 2\n", "changed a: \"\\\"yes\\\"\" -> \"yes\" \nchanged b: \"1\" -> \"2\" \n"},
		{"nothing and empty", "a.yaml", "a: ''\nb: 1\n", "a:\nb: 2\n", "changed a: \"\\\"\\\"\" -> \"null\" \nchanged b: \"1\" -> \"2\" \n"},
		{"a key twice", "a.yaml", "a: 1\nb: 1\n", "a: 1\nb: 2\na: 2\n", "@@ -1,2 +1,3 @@\n a: 1\n-b: 1\n+b: 2\n+a: 2\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := compare(side(c.path, c.old, "m1"), side(c.path, c.now, "m1"))
			if got := told(t, d); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestLarge has a list that would take minutes by keys.
func TestLarge(t *testing.T) {
	list := func(name string) string { return strings.Repeat("- {name: "+name+", v: 1}\n", 20000) }
	d := compare(side("a.yaml", list("a"), "m1"), side("a.yaml", list("b"), "m1"))
	if d.Changes[0].Kind != diff.Text || d.Changes[0].Unified == "" {
		t.Errorf("%s", d.Changes[0].Kind)
	}
}

func TestSame(t *testing.T) {
	s := side(apiserver, manifest("i:1", "--a"), "m1", "m2")
	if d := compare(s, s); !d.Same() || d.Changes == nil || d.Recipients == nil {
		t.Errorf("%+v", d)
	}
}

// TestAttributes has what git does not keep, and restarts nothing.
func TestAttributes(t *testing.T) {
	old, now := side("f", "x", "m1"), side("f", "x", "m1")
	f := now.Directories["m1"].Files["f"]
	f.Mode, f.Group, f.Restarts = 0o644, "etcd", []string{"other"}
	now.Directories["m1"].Files["f"] = f
	d := compare(old, now)
	want := "changed mode: \"0600\" -> \"0644\" \nchanged owner: \"root:root\" -> \"root:etcd\" \nadded a change restarts: \"\" -> \"other\" \nremoved a change restarts: \"reader\" -> \"\" \n"
	if got := told(t, d); got != want || len(d.Changes[0].Restarts) > 0 {
		t.Errorf("got\n%s restarts %v", got, d.Changes[0].Restarts)
	}
}

// TestContext has lines around an equal change only where they are the same on all nodes.
func TestContext(t *testing.T) {
	text := func(own, value string) string { return "a\n" + own + "\nb\n" + value + "\n" }
	old, now := side("f", text("1", "x"), "m1"), side("f", text("1", "y"), "m1")
	old.Directories["m2"], now.Directories["m2"] = side("f", text("2", "x"), "m2").Directories["m2"], side("f", text("2", "y"), "m2").Directories["m2"]
	old.Directories["m3"], now.Directories["m3"] = side("f", text("1", "x"), "m3").Directories["m3"], side("f", text("1", "y"), "m3").Directories["m3"]
	d := compare(old, now)
	if len(d.Changes) != 1 || d.Changes[0].Unified != "@@ -1,4 +1,4 @@\n a\n ...\n b\n-x\n+y\n" {
		t.Errorf("%+v", d.Changes)
	}
}

// TestSealed tells a key that others can open from another key.
func TestSealed(t *testing.T) {
	for name, c := range map[string]struct {
		was, is  string
		planned  *diff.Planned
		want     string
		restarts int
	}{
		"the same key":              {"cert", "cert", nil, "changed sealed: \"\" -> \"again, with the same content\" \nadded recipient: \"\" -> \"anna\" \n", 0},
		"the same key, by a build":  {"cert", "cert", &diff.Planned{Why: []string{"why"}}, "changed sealed: \"\" -> \"again, with the same content, by the next build\" why\nadded recipient: \"\" -> \"anna\" \n", 0},
		"another key":               {"cert", "other", nil, "changed sealed: \"\" -> \"again\" \nadded recipient: \"\" -> \"anna\" \n", 1},
		"of which nothing is known": {"", "", nil, "changed sealed: \"\" -> \"again\" \nadded recipient: \"\" -> \"anna\" \n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			old, now := side("k", "one", "m1"), side("k", "two", "m1")
			for _, s := range []struct {
				side       diff.Side
				public     string
				planned    *diff.Planned
				recipients []string
			}{{old, c.was, nil, nil}, {now, c.is, c.planned, []string{"anna"}}} {
				f := s.side.Directories["m1"].Files["k"]
				f.Sealed, f.Public, f.Planned, f.Recipients = true, s.public, s.planned, s.recipients
				s.side.Directories["m1"].Files["k"] = f
			}
			d := compare(old, now)
			if got := told(t, d); got != c.want || len(d.Changes[0].Restarts) != c.restarts {
				t.Errorf("got\n%s restarts %v", got, d.Changes[0].Restarts)
			}
		})
	}
}

// TestOwn has a change once that differs from node to node in what is each node's own, and nothing else. The list of addresses is
// not as harender writes it.
func TestOwn(t *testing.T) {
	old, now := diff.Side{Directories: map[string]diff.Directory{}}, diff.Side{Directories: map[string]diff.Directory{}}
	for i, n := range []string{"m1", "m2", "m11"} {
		address := fmt.Sprintf("10.0.0.%d", i*10+1)
		for s, text := range map[*diff.Side]string{&old: "server: https://127.0.0.1:6443\n", &now: "server: https://" + address + ":6443\nnode: [" + n + ", m1]\n"} {
			d := side("a.yaml", text, n).Directories[n]
			d.Files["etc/kubernetes/kubelet.env"] = side("etc/kubernetes/kubelet.env", "NODE_NAME="+n+"\nNODE_IP="+address+",\n", n).Directories[n].Files["etc/kubernetes/kubelet.env"]
			s.Directories[n] = d
		}
	}
	d := compare(old, now)
	const want = "changed server: \"https://127.0.0.1:6443\" -> \"https://ADDRESS:6443\" \n"
	if len(d.Changes) != 2 || !slices.Equal(d.Changes[1].Nodes, []string{"m11", "m2"}) {
		t.Fatalf("%+v", d.Changes)
	}
	d.Changes = d.Changes[1:]
	if got := told(t, d); !strings.Contains(got, want) || !strings.Contains(got, "\"[NODE, m1]\"") {
		t.Error(got)
	}
}

// TestRegistration says that a node which is there keeps its labels and taints, and looks at a kubeconfig by its keys.
func TestRegistration(t *testing.T) {
	for path, c := range map[string][3]string{
		"etc/kubernetes/kubelet.env":           {"NODE_LABELS=a=b\n", "NODE_LABELS=a=c\n", "changed NODE_LABELS: \"a=b\" -> \"a=c\" of nodes that are new; those that are there: kubectl label node\n"},
		"var/lib/kubelet/config.yaml":          {"a: 1\n", "a: 1\nregisterWithTaints: [x]\n", "added registerWithTaints: \"\" -> \"[x]\" of nodes that are new; those that are there: kubectl taint node\n"},
		"etc/kubernetes/kube-proxy/kubeconfig": {"a: 1\n", "a: 2\n", "changed a: \"1\" -> \"2\" \n"},
	} {
		if got := told(t, compare(side(path, c[0], "w1"), side(path, c[1], "w1"))); got != c[2] {
			t.Errorf("%s: got %s", path, got)
		}
	}
}

// TestFolding has equal changes once, though the files differ from node to node.
func TestFolding(t *testing.T) {
	nodes := []string{"m1", "w1", "w2", "w3", "w4"}
	old, now := diff.Side{Directories: map[string]diff.Directory{}}, diff.Side{Directories: map[string]diff.Directory{}}
	for _, n := range nodes {
		old.Directories[n] = side("a.yaml", "name: "+n+"\nv: 1\n", n).Directories[n]
		now.Directories[n] = side("a.yaml", "name: "+n+"\nv: 2\n", n).Directories[n]
	}
	d := compare(old, now)
	fleet := diff.Fleet{Nodes: nodes, Pools: map[string]string{"w1": "web", "w2": "web", "w3": "web", "w4": "web"}}
	if len(d.Changes) != 1 || fleet.Name(d.Changes[0].Nodes) != "all 5 nodes" {
		t.Fatalf("%+v", d.Changes)
	}
	for want, some := range map[string][]string{
		"m1; pool web, 4 nodes": nodes[1:], "w1-w3": nodes[1:4], "m1, w1": nodes[:2], "w1, w3": {"w1", "w3"}, "m09-m11": {"m09", "m10", "m11"},
	} {
		if want == "m1; pool web, 4 nodes" {
			some, want = nodes[1:], "pool web, 4 nodes"
		}
		if got := fleet.Name(some); got != want {
			t.Errorf("%v are %q, not %q", some, got, want)
		}
	}
}

func TestNodesAndVersions(t *testing.T) {
	old, now := side("f", "x", "m1", "m2", "gone"), side("f", "x", "m1", "m2", "new")
	for _, n := range []string{"m1", "m2"} {
		d := old.Directories[n]
		d.Kubernetes = "1.35.4"
		old.Directories[n] = d
	}
	d := compare(old, now)
	if got := fmt.Sprint(d.Nodes, d.Versions, d.Changes); got != "[{gone removed [load-balancer] 1} {new added [load-balancer] 1}] [{[m1 m2] 1.35.4 1.36.3}] []" {
		t.Error(got)
	}
}

func TestPool(t *testing.T) {
	old, now := side("f", "x", "w1", "w2"), side("f", "x", "w1", "w2")
	for _, n := range []string{"w1", "w2"} {
		d := now.Directories[n]
		d.Pool = "web"
		now.Directories[n] = d
	}
	d := compare(old, now)
	if got := told(t, d); got != "changed pool: \"\" -> \"web\" \n" || len(d.Changes[0].Nodes) != 2 {
		t.Error(got)
	}
}

func TestRecipients(t *testing.T) {
	old := diff.Side{Recipients: map[string][]string{"a": {"anna", "bob"}, "b": {"anna"}, "gone": {"zoe"}}}
	now := diff.Side{Recipients: map[string][]string{"a": {"anna", "eve"}, "b": {"anna", "bob"}, "c": {"anna", "eve", "m9"}}}
	got := fmt.Sprint(compare(old, now).Recipients)
	want := "[{bob added [b] []} {eve added [a] [c]} {m9 added [] [c]} {bob removed [a] []}]"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRestarts(t *testing.T) {
	old, now := side(apiserver, manifest("i:1", "--a"), "m1"), side(apiserver, manifest("i:2", "--a"), "m1")
	if got := fmt.Sprint(compare(old, now).Changes[0].Restarts); got != "[kube-apiserver reader]" {
		t.Error(got)
	}
	delete(now.Directories["m1"].Files, apiserver)
	if c := compare(old, now).Changes[0]; c.Action != diff.Removed || len(c.Restarts) != 2 {
		t.Errorf("%+v", c)
	}
}

// TestCommands shows what runs where more changes than the value of a flag.
func TestCommands(t *testing.T) {
	pod := func(command, args, inits string) string {
		return "kind: Pod\nspec:\n  containers:\n  - name: a\n    image: i\n    command: " + command + "\n    args: " + args + "\n  initContainers:\n  - name: a\n    command: " + inits + "\nx: 1\n"
	}
	old := pod("[run, --a=1, word, --b]", "[--c=1]", "[run, --a=1]")
	for name, c := range map[string]struct{ now, want string }{
		"another program":         {pod("[/var/lib/x/run, --a=1, word, --b]", "[--c=1]", "[run, --a=1]"), "+/var/lib/x/run"},
		"from command to args":    {pod("[run, --a=1, word]", "[--b, --c=1]", "[run, --a=1]"), "+--b"},
		"a flag behind a word":    {pod("[run, word, --a=1, --b]", "[--c=1]", "[run, --a=1]"), "+--a=1"},
		"a new flag at a word":    {pod("[run, --new, --a=1, word, --b]", "[--c=1]", "[run, --a=1]"), "+--new"},
		"of the init container":   {pod("[run, --a=1, word, --b]", "[--c=1]", "[run, --a=2]"), "initContainers.a: run --a"},
		"its program":             {pod("[run, --a=1, word, --b]", "[--c=1]", "[/x/run, --a=1]"), "spec.initContainers.a.command"},
		"an equals sign":          {pod("[run, --a=1, word, --b=]", "[--c=1]", "[run, --a=1]"), "run --b"},
		"the words of a list":     {pod("[run, --a=1, 'word, --b']", "[--c=1]", "[run, --a=1]"), "+\"word, --b\""},
		"a container of no words": {pod("[]", "[--c=1]", "[run, --a=1]"), "spec.containers.a.command"},
	} {
		now := strings.Replace(c.now, "x: 1", "x: 2", 1)
		got := told(t, compare(side(apiserver, old, "m1"), side(apiserver, now, "m1")))
		if !strings.Contains(got, c.want) || !strings.Contains(got, "changed x") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestUnits has lines where words are not all that changes.
func TestUnits(t *testing.T) {
	const name = "etc/systemd/system/x.service"
	for was, is := range map[string]string{
		"ExecStart=/bin/x --a=1 w\n": "ExecStart=/usr/local/bin/x --a=2 w\n", "ExecStart=/bin/x --a=1 w --b\n": "ExecStart=/bin/x --a=2 --b w\n",
		"ExecStart=/bin/sh -c 'a  b' --a=1\n": "ExecStart=/bin/sh -c 'a b' --a=2\n",
	} {
		if got := told(t, compare(side(name, was, "m1"), side(name, is, "m1"))); !strings.Contains(got, "-"+was) || !strings.Contains(got, "+"+is) {
			t.Errorf("%s: %s", was, got)
		}
	}
}

// TestOwnAddresses has an address that changes as it is, on every node: it is no longer the node's own.
func TestOwnAddresses(t *testing.T) {
	const name = "etc/kubernetes/kubelet.env"
	old, now := diff.Side{Directories: map[string]diff.Directory{}}, diff.Side{Directories: map[string]diff.Directory{}}
	for i, n := range []string{"m1", "m2"} {
		old.Directories[n] = side(name, fmt.Sprintf("NODE_IP=10.0.0.%d\n", i), n).Directories[n]
		now.Directories[n] = side(name, fmt.Sprintf("NODE_IP=6.6.6.%d\n", i), n).Directories[n]
	}
	if d := compare(old, now); len(d.Changes) != 2 || d.Changes[0].Details[0].New != "6.6.6.0" {
		t.Errorf("%+v", d.Changes)
	}
}

// TestResealed has what was sealed again, and neither what is new nor what is gone.
func TestResealed(t *testing.T) {
	d := compare(diff.Side{Sealed: map[string]string{"a": "1", "b": "1", "gone": "1"}}, diff.Side{Sealed: map[string]string{"a": "1", "b": "2", "new": "1"}})
	if !slices.Equal(d.Resealed, []string{"b"}) || d.Same() {
		t.Errorf("%+v", d)
	}
}

// TestPins has what other pins say of, and not what had none before.
func TestPins(t *testing.T) {
	d := compare(
		diff.Side{Pins: map[string][]string{"same": {"1"}, "other": {"1"}, "more": {"1"}, "gone": {"1"}}},
		diff.Side{Pins: map[string][]string{"same": {"1"}, "other": {"2"}, "more": {"1", "2"}, "new": {"1"}}},
	)
	var ids []string
	for _, p := range d.Pins {
		ids = append(ids, p.ID)
	}
	if !slices.Equal(ids, []string{"gone", "more", "other"}) || d.Same() {
		t.Errorf("%+v", d.Pins)
	}
}
