package rollout_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"testing"

	"github.com/harender/harender/internal/change/diff"
)

func put(s diff.Side, path, content string, nodes ...string) {
	for _, n := range nodes {
		f := s.Directories[n].Files[path]
		f.Content = []byte(content)
		s.Directories[n].Files[path] = f
	}
}

var (
	masters = []string{"m1", "m2", "m3"}
	both    = []string{"m1", "m2", "m3", "w1", "w2"}
)

// asks has the kubelets of nodes find the apiservers at an address.
func asks(s diff.Side, address string, nodes ...string) {
	put(s, "etc/kubernetes/kubelet.conf", "clusters:\n- cluster:\n    server: https://"+address+"\n  name: c\n", nodes...)
}

func keepalived(s diff.Side, address string, nodes ...string) {
	put(s, "etc/keepalived/keepalived.conf", "vrrp_instance x {\n    virtual_ipaddress {\n        "+address+"/32\n    }\n}\n", nodes...)
	haproxy(s, "*:8443", nodes...)
}

func haproxy(s diff.Side, bind string, nodes ...string) {
	put(s, "etc/haproxy/haproxy.cfg", "frontend x\n    bind "+bind+"\n", nodes...)
}

// TestEndpoint changes the endpoint and what balances it: nodes have to find an apiserver at every step.
func TestEndpoint(t *testing.T) {
	const moves, gone, unnamed = "m1-m3: ", "https://10.0.0.100:8443 would be gone while nodes still ask there", "the apiservers are not "
	for name, c := range map[string]struct {
		change func(w *world)
		want   string // Refusals, or else the title of the second step.
	}{
		"another virtual IP": {func(w *world) { keepalived(w.now, "10.0.0.200", masters...); asks(w.now, "10.0.0.200:8443", both...) }, gone + "|" + unnamed + "10.0.0.200 yet"},
		"another port":       {func(w *world) { keepalived(w.now, "10.0.0.100", masters...); asks(w.now, "10.0.0.100:9443", both...) }, gone},
		"two that hold one address": {
			func(w *world) {
				put(w.now, manifest+"kube-vip.yaml", "env:\n- name: address\n  value: 10.0.0.100\n", masters...)
				asks(w.now, "10.0.0.100:8443", both...)
			}, gone,
		},
		"somebody else balances, who cannot have the address yet": {func(w *world) { asks(w.now, "10.0.0.100:8443", both...) }, gone},
		"other machines balance": {
			func(w *world) {
				w.add(w.now, "b1")
				w.place("b1")
				keepalived(w.now, "10.0.0.100", "b1")
				asks(w.now, "10.0.0.100:8443", both...)
			}, gone,
		},
		"one machine more balances": {
			func(w *world) {
				w.add(w.now, "b1")
				w.place("b1")
				keepalived(w.now, "10.0.0.100", "m1", "b1")
				asks(w.now, "10.0.0.100:8443", both...)
			}, "m1-m3: files alone, nothing restarts",
		},
		"a balancer on each node, first where the old one is not": {
			func(w *world) { haproxy(w.now, "127.0.0.1:8443", both...); asks(w.now, "127.0.0.1:8443", both...) }, "w1, w2: files alone, nothing restarts",
		},
		"a balancer on each node and a version at once": {
			func(w *world) {
				haproxy(w.now, "127.0.0.1:8443", both...)
				asks(w.now, "127.0.0.1:8443", both...)
				w.version(w.old, "1.36.1", both...)
			}, "the balancer and the version of Kubernetes would change at once",
		},
		"from a balancer on each node": {
			func(w *world) {
				for _, n := range masters {
					delete(w.old.Directories[n].Files, "etc/keepalived/keepalived.conf")
				}
				haproxy(w.old, "127.0.0.1:8443", both...)
				asks(w.old, "127.0.0.1:8443", both...)
				keepalived(w.now, "10.0.0.100", masters...)
				asks(w.now, "10.0.0.100:8443", both...)
			}, moves,
		},
		"a name that is in every certificate": {
			func(w *world) {
				keepalived(w.now, "10.0.0.100", masters...)
				asks(w.now, "api.example.org:8443", both...)
			}, moves,
		},
		"a name that is in none": {
			func(w *world) {
				keepalived(w.now, "10.0.0.100", masters...)
				asks(w.now, "k8s.example.com:8443", both...)
			}, unnamed + "k8s.example.com yet",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			keepalived(w.old, "10.0.0.100", masters...)
			asks(w.old, "10.0.0.100:8443", both...)
			for _, n := range masters {
				put(w.old, "srv/kubernetes/server.cert", served(t, "*.example.org", "10.0.0.100"), n)
			}
			c.change(w)
			_, plan := w.make()
			var got []string
			for _, r := range plan.Refused {
				got = append(got, r.Summary)
			}
			if len(plan.Steps) > 1 {
				got = append(got, plan.Steps[1].Title)
			}
			text := strings.Join(got, "|")
			if c.want != text && (c.want != moves || !strings.HasPrefix(text, moves)) {
				t.Errorf("got %q, want %q", text, c.want)
			}
		})
	}
}

// served is a certificate for names, and their addresses.
func served(t *testing.T, name, address string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, IPAddresses: []net.IP{net.ParseIP(address)}}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
