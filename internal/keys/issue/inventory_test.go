package issue

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/plan"
)

// located is a built world whose plan says where two of the certificates lie on their nodes.
func located(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.plan.Nodes = []plan.Node{
		{Cluster: cluster.Node{Name: "w1"}, Material: []plan.SecretFile{
			{Path: "k/client.crt", Source: "nodes/w1/kubelet-client.crt"},
			{Path: "k/client.key", Source: "nodes/w1/kubelet-client.key.sops", Sealed: true},
		}},
		{Cluster: cluster.Node{Name: "m1"}, Material: []plan.SecretFile{
			{Path: "srv/server.cert", Source: "nodes/m1/apiserver.crt"},
			{Path: "k/client.crt", Source: "nodes/m1/kubelet-client.crt"},
			{Path: "e/peer.pem", Source: "nodes/m1/etcd-peer.crt"},
			{Path: "e/server.pem", Source: "nodes/m1/etcd-server.crt"},
			{Path: "k/ca.crt", Source: kubernetesCA + ".crt"},
		}},
	}
	w.build(t)
	return w
}

func TestInventory(t *testing.T) {
	w := located(t)
	delete(w.files, "nodes/m1/etcd-peer.crt")
	w.files["nodes/m1/etcd-server.crt"] = &fstest.MapFile{Data: []byte("-----BEGIN PRIVATE KEY-----\n")}
	all, found := Inventory(w.plan, w.files, w.now)
	var got []string
	for _, h := range all {
		got = append(got, strings.Join([]string{h.Node, h.Path, h.File, strings.Join(h.Names, ","), string(h.Status)}, " "))
	}
	want := []string{
		"  secrets/cluster/etcd-ca.crt  ok",
		"  secrets/cluster/kubernetes-ca.crt  ok",
		"m1 e/peer.pem secrets/nodes/m1/etcd-peer.crt  missing",
		"m1 e/server.pem secrets/nodes/m1/etcd-server.crt  damaged",
		"m1 k/client.crt secrets/nodes/m1/kubelet-client.crt  ok",
		"m1 srv/server.cert secrets/nodes/m1/apiserver.crt kubernetes.default,m1,10.0.0.1,2001:db8::1 ok",
		"w1 k/client.crt secrets/nodes/w1/kubelet-client.crt  ok",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the inventory is\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(found) != 1 || found[0].Summary != "secrets/nodes/m1/etcd-server.crt is damaged" {
		t.Errorf("found %s", describe(found))
	}
}

// TestInventoryStatus walks over the edges of the window and of the certificate's life.
func TestInventoryStatus(t *testing.T) {
	w := located(t)
	all, _ := Inventory(w.plan, w.files, w.now)
	end, window := all[len(all)-1].Cert.NotAfter, 720*time.Hour
	for _, c := range []struct {
		left, within time.Duration
		status       Status
		ending       string
		hint         string
	}{
		{window + time.Second, window, OK, "", ""},
		{window + time.Second, window + time.Hour, OK, "expires at " + stamp(end) + ", within 721h", "reissues it from " + stamp(end.Add(-window))},
		{window, window, Renew, "expires at " + stamp(end) + ", within 720h", "run harender build"},
		{window, window - time.Second, Renew, "", ""},
		{time.Second, 0, Renew, "", ""},
		{0, 0, Expired, "expired at " + stamp(end), "run harender build"},
		{-time.Hour, 0, Expired, "expired at " + stamp(end), "run harender build"},
	} {
		now := end.Add(-c.left)
		all, found := Inventory(w.plan, w.files, now)
		h := all[len(all)-1]
		if len(found) > 0 || h.Status != c.status {
			t.Errorf("%s before its end: %s, not %s; %s", c.left, h.Status, c.status, describe(found))
		}
		d, ending := h.Ending(now, c.within)
		if ending != (c.ending != "") || ending && d.Summary != h.ID+" "+c.ending || !strings.Contains(d.Hint, c.hint) {
			t.Errorf("%s before its end, within %s: %v %q, hint %q", c.left, c.within, ending, d.Summary, d.Hint)
		}
	}
}
