package repository_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	clientcmdv1 "k8s.io/client-go/tools/clientcmd/api/v1"
	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/deliver/tree"
)

// family is the addresses of one cluster: %s is the last part of an address.
type family struct {
	name, networks, address, secondary, any string
}

func families() []family {
	return []family{
		{"IPv4", "nodes: [10.0.0.0/24]", "10.0.0.%s", "", "*:"},
		{"IPv6", `nodes: ["fd00:10::/64"]`, "fd00:10::%s", "", "[::]:"},
		{"dual", `nodes: [10.0.0.0/24, "fd00:10::/64"], pods: [10.244.0.0/16, "fd00:10:244::/56"]`, "10.0.0.%s", "fd00:10::%s", "[::]:"},
	}
}

// at is an address of the primary family.
func (f family) at(last string) string { return fmt.Sprintf(f.address, last) }

// balanced is a kind of load balancer, with what must follow from it everywhere.
type balanced struct {
	kind, settings, host string
	dedicated            bool
	// port of the endpoint, and who listens there.
	port    int
	haproxy string
	// vip: the address moves, and is a subject alternative name.
	vip bool
}

func balancers() []balanced {
	return []balanced{
		{kind: "haproxy", host: "api.example.org", port: 8443, haproxy: "m1 m2 m3"},
		{kind: "haproxy", host: "api.example.org", dedicated: true, port: 6443, haproxy: "lb1 lb2"},
		{kind: "haproxy", settings: ", runAs: systemd", host: "api.example.org", dedicated: true, port: 6443, haproxy: "lb1 lb2"},
		{kind: "keepalived", port: 8443, haproxy: "m1 m2 m3", vip: true},
		{kind: "keepalived", settings: ", runAs: systemd", port: 8443, haproxy: "m1 m2 m3", vip: true},
		{kind: "keepalived", settings: ", runAs: systemd", dedicated: true, port: 6443, haproxy: "lb1 lb2", vip: true},
		{kind: "lvs", dedicated: true, port: 6443, vip: true},
		{kind: "lvs", settings: ", runAs: systemd", dedicated: true, port: 6443, vip: true},
		{kind: "kube-vip", port: 6443, vip: true},
		{kind: "nodeLocal", host: "api.example.org", port: 8443, haproxy: "m1 m2 m3 w1"},
		{kind: "nodeLocal", settings: ", runAs: systemd", host: "api.example.org", port: 8443, haproxy: "m1 m2 m3 w1"},
		{kind: "cloud", host: "api.example.org", port: 6443},
		{kind: "external", host: "api.example.org", port: 6443},
	}
}

func (b balanced) cluster(f family) string {
	host := b.host
	if b.vip {
		host = f.at("10")
	}
	var s strings.Builder
	fmt.Fprintf(&s, "apiVersion: harender.io/v1alpha1\nkind: Cluster\nmetadata: {name: prod}\nspec:\n  endpoint: {host: %q}\n", host)
	fmt.Fprintf(&s, "  loadBalancer: {kind: %s%s}\n  networks: {%s}\n  nodes:\n", b.kind, b.settings, f.networks)
	node := func(name, last, roles string) {
		fmt.Fprintf(&s, "    - {name: %s, address: %q, roles: [%s]", name, f.at(last), roles)
		if f.secondary != "" {
			fmt.Fprintf(&s, ", secondaryAddress: %q", fmt.Sprintf(f.secondary, last))
		}
		s.WriteString("}\n")
	}
	for _, n := range []string{"1", "2", "3"} {
		node("m"+n, "1"+n, "etcd, control-plane")
	}
	node("w1", "21", "worker")
	if b.dedicated {
		node("lb1", "31", "load-balancer")
		node("lb2", "32", "load-balancer")
	}
	return s.String()
}

// TestBalancers: from the one field follow, in every family, where the balancer runs and listens, what clients ask, and what the
// certificates name. haproxy and keepalived take what was written for them.
func TestBalancers(t *testing.T) {
	for _, b := range balancers() {
		for _, f := range families() {
			name := strings.ReplaceAll(b.kind+b.settings, ", runAs: ", "-")
			if b.dedicated {
				name += "-dedicated"
			}
			t.Run(name+"/"+f.name, func(t *testing.T) {
				c := compileRepository(t, fstest.MapFS{"cluster.yaml": {Data: []byte(b.cluster(f))}})
				checkHAProxy(t, c)
				checkKeepalived(t, c)
				checkServers(t, c, b, f)
				checkSANs(t, c)
				checkListeners(t, c, b, f)
			})
		}
	}
}

// checkServers: kubelets and kube-proxies ask the endpoint, which is loopback where each node has a balancer; what runs beside an
// apiserver asks that.
func checkServers(t *testing.T, c compile.Compiled, b balanced, f family) {
	loopback := "127.0.0.1"
	if f.name == "IPv6" {
		loopback = "::1"
	}
	host := c.Plan.Cluster.Endpoint.Host
	if b.kind == "nodeLocal" {
		host = loopback
	}
	balancer := "https://" + net.JoinHostPort(host, strconv.Itoa(b.port))
	local := "https://" + net.JoinHostPort(loopback, "6443")
	want := map[string]string{
		"etc/kubernetes/kubelet.conf": balancer, "etc/kubernetes/kube-proxy/kubeconfig": balancer,
		"etc/kubernetes/controller-manager.conf": local, "etc/kubernetes/scheduler.conf": local, "etc/kubernetes/kube-vip.conf": local,
	}
	seen := map[string]bool{}
	for _, m := range machines(t, c) {
		for name, server := range want {
			file, ok := m.files[name]
			if !ok {
				continue
			}
			seen[name] = true
			var config clientcmdv1.Config
			if err := yaml.UnmarshalStrict(file.content, &config); err != nil {
				t.Fatal(err)
			}
			if got := config.Clusters[0].Cluster.Server; got != server {
				t.Errorf("%s of %s asks %s, not %s", name, m.Cluster.Name, got, server)
			}
		}
	}
	if seen["etc/kubernetes/kube-vip.conf"] != (b.kind == "kube-vip") || len(seen) < 4 {
		t.Errorf("kubeconfigs: %v", seen)
	}
}

// checkSANs: the apiservers are known by the endpoint and by the address that moves.
func checkSANs(t *testing.T, c compile.Compiled) {
	found := 0
	for _, cert := range c.Plan.Certificates {
		if !strings.HasSuffix(cert.ID, "/apiserver") {
			continue
		}
		found++
		want := []string{c.Plan.Cluster.Endpoint.Host}
		if vip := c.Plan.Cluster.LoadBalancer.VirtualIP; vip.IsValid() {
			want = append(want, vip.String())
		}
		for _, name := range want {
			if !slices.Contains(cert.Hosts, name) {
				t.Errorf("%s does not name %s: %v", cert.ID, name, cert.Hosts)
			}
		}
	}
	if found != 3 {
		t.Errorf("%d certificates of apiservers", found)
	}
}

// checkListeners: the endpoint's port is where the balancer listens, on the nodes that are to run it, and the apiservers' port is
// where it sends.
func checkListeners(t *testing.T, c compile.Compiled, b balanced, f family) {
	var haproxy []string
	for _, m := range machines(t, c) {
		if file, ok := m.files["etc/haproxy/haproxy.cfg"]; ok {
			haproxy = append(haproxy, m.Cluster.Name)
			bind := f.any
			if b.kind == "nodeLocal" {
				bind = map[bool]string{true: "[::1]:", false: "127.0.0.1:"}[f.name == "IPv6"]
			}
			holds(t, file, "    bind "+bind+strconv.Itoa(b.port))
			for i := range 3 {
				holds(t, file, fmt.Sprintf("    server m%d %s\n", i+1, net.JoinHostPort(f.at(fmt.Sprintf("1%d", i+1)), "6443")))
			}
		}
		if file, ok := m.files["etc/keepalived/keepalived.conf"]; ok {
			holds(t, file, "        "+netip.PrefixFrom(netip.MustParseAddr(f.at("10")), netip.MustParseAddr(f.at("10")).BitLen()).String()+"\n")
			if b.kind == "lvs" {
				holds(t, file, "virtual_server "+f.at("10")+" 6443 {")
				holds(t, file, "    real_server "+f.at("13")+" 6443 {")
			}
		}
	}
	if got := strings.Join(haproxy, " "); got != b.haproxy {
		t.Errorf("haproxy is on %q, not on %q", got, b.haproxy)
	}
	if got := c.Plan.Cluster.Endpoint.Port; got != b.port {
		t.Errorf("the endpoint's port is %d, not %d", got, b.port)
	}
}

func holds(t *testing.T, file entry, text string) {
	t.Helper()
	if !strings.Contains(string(file.content), text) {
		t.Errorf("nothing says %q in\n%s", text, file.content)
	}
}

// checkBalancerUnits lets systemd judge the drop-ins over the packages' own units, and the unit of an apiserver's host.
func checkBalancerUnits(t *testing.T, c compile.Compiled) {
	for _, name := range []string{"haproxy", "keepalived"} {
		distinct(t, c, "etc/systemd/system/"+name+".service.d/*", func(t *testing.T, _ plan.Node, f tree.File) {
			packaged := filepath.Join("/lib/systemd/system", name+".service")
			text, err := os.ReadFile(packaged)
			if err != nil {
				t.Fatalf("this test needs %s: apt-get install %s", packaged, name)
			}
			unit := written(t, name+".service", text)
			dropIn := filepath.Join(unit+".d", filepath.Base(f.Path))
			if err := os.Mkdir(filepath.Dir(dropIn), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(dropIn, f.Content.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			verify(t, unit)
		})
	}
	distinct(t, c, "etc/systemd/system/apiserver-vip.service", func(t *testing.T, _ plan.Node, f tree.File) {
		verify(t, written(t, "apiserver-vip.service", replaced(t, f.Content.Bytes(), "=ip ", "=/bin/true ")))
	})
}

func verify(t *testing.T, unit string) {
	t.Helper()
	if out := run(t, "systemd", "systemd-analyze", "verify", "--man=no", unit); out != "" {
		t.Error(out)
	}
}

// TestCheckScript runs the script that keepalived asks against a health page that has an apiserver, has none, and is gone.
func TestCheckScript(t *testing.T) {
	for _, f := range families()[:2] {
		b := balanced{kind: "keepalived", settings: ", runAs: systemd", vip: true}
		c := compileRepository(t, fstest.MapFS{"cluster.yaml": {Data: []byte(b.cluster(f))}})
		script := newMachine(t, c, c.Plan.Nodes[0]).files["etc/keepalived/check-apiservers"].content
		status := http.StatusOK
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/healthz" {
				t.Errorf("it asks for %s", r.URL.Path)
			}
			w.WriteHeader(status)
		}))
		if f.name == "IPv6" {
			listener, err := net.Listen("tcp", "[::1]:0")
			if err != nil {
				t.Fatal(err)
			}
			server.Listener = listener
		}
		server.Start()
		_, port, err := net.SplitHostPort(server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		file := executable(t, replaced(t, script, "/8404", "/"+port))
		ask := func() bool { return exec.Command(file).Run() == nil } // #nosec G204 -- the test wrote it
		if !ask() {
			t.Errorf("%s: no, though there is an apiserver", f.name)
		}
		if status = http.StatusServiceUnavailable; ask() {
			t.Errorf("%s: yes, though there is no apiserver", f.name)
		}
		if server.Close(); ask() {
			t.Errorf("%s: yes, though there is no haproxy", f.name)
		}
	}
}
