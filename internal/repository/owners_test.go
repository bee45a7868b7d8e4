package repository_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/render"
)

// ownedValues are a wrong value for each flag that a field of the spec, or the library, owns.
func ownedValues() map[string]map[string]string {
	return map[string]map[string]string{
		"kube-apiserver": {
			"secure-port": "7443", "bind-address": "10.0.0.11", "advertise-address": "10.0.0.99", "service-cluster-ip-range": "10.97.0.0/16",
			"etcd-servers": "https://10.0.0.99:2379",
		},
		"kube-controller-manager": {
			"service-cluster-ip-range": "10.97.0.0/16", "cluster-cidr": "10.245.0.0/16", "kubeconfig": "/root/a", "authentication-kubeconfig": "/root/a",
			"authorization-kubeconfig": "/root/a",
		},
		"kube-scheduler": {"kubeconfig": "/root/a", "authentication-kubeconfig": "/root/a", "authorization-kubeconfig": "/root/a"},
		"kube-proxy": {
			"hostname-override": "other", "cluster-cidr": "10.245.0.0/16", "proxy-mode": "iptables", "healthz-bind-address": "0.0.0.0:1",
			"metrics-bind-address": "0.0.0.0:2", "kubeconfig": "/root/a",
		},
		"kubelet": {
			"hostname-override": "other", "node-ip": "10.0.0.99", "node-labels": "a=b", "register-with-taints": "a=b:NoSchedule", "cluster-dns": "10.96.0.99",
			"cluster-domain": "other.local", "port": "10251", "address": "10.0.0.99", "pod-manifest-path": "/tmp/pods", "kubeconfig": "/root/a", "config": "/root/a",
		},
		"etcd": {
			"name": "other", "listen-client-urls": "https://10.0.0.11:2379", "listen-peer-urls": "https://10.0.0.11:2480",
			"advertise-client-urls": "https://10.0.0.99:2379", "initial-advertise-peer-urls": "https://10.0.0.99:2380",
			"initial-cluster": "other=https://10.0.0.99:2380", "initial-cluster-state": "existing", "listen-metrics-urls": "https://127.0.0.1:2381",
		},
	}
}

const ownedCluster = `apiVersion: harender.io/v1alpha1
kind: Cluster
metadata: {name: prod}
spec:
  kubernetesVersion: "1.37.2"
  endpoint: {host: 10.0.0.10}
  loadBalancer: {kind: keepalived, interface: eth0}
  networks: {nodes: [10.0.0.0/24]}
  overlays: [%s]
  nodes:
    - {name: m1, address: 10.0.0.11, roles: [etcd, control-plane], labels: {example.org/rack: a}%s}
%s`

func compileOwned(files map[string]string) (compile.Compiled, string) {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	c, list := compile.Compile(fsys, harender.Assets, render.Here)
	var out []string
	for _, d := range list {
		out = append(out, d.Severity.String()+": "+d.Summary+" | "+d.Field+" "+d.Pos.File+" | "+d.Hint)
	}
	return c, strings.Join(out, "\n")
}

// ownedArgs are the values as extraArgs of a level.
func ownedArgs(indent string, values map[string]map[string]string) string {
	var b strings.Builder
	for _, program := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintf(&b, "%s%s:\n", indent, program)
		for _, flag := range slices.Sorted(maps.Keys(values[program])) {
			fmt.Fprintf(&b, "%s  %s: %q\n", indent, flag, values[program][flag])
		}
	}
	return b.String()
}

// TestOwners sets every owned flag at every place, and wants each refused, with the place.
func TestOwners(t *testing.T) {
	const overlay = "overlays/site/"
	component := map[string]string{
		"kube-apiserver": "kubeApiserver", "kube-controller-manager": "kubeControllerManager", "kube-scheduler": "kubeScheduler", "kube-proxy": "kubeProxy",
		"kubelet": "kubelet", "etcd": "etcd",
	}
	var mixin, component2, patch strings.Builder
	mixin.WriteString("{\n")
	for program, flags := range ownedValues() {
		fmt.Fprintf(&mixin, "%s+: { flags+:: {", component[program])
		fmt.Fprintf(&patch, "- target: {kind: Pod, name: %s}\n  patch: |\n", program)
		for flag, value := range flags {
			fmt.Fprintf(&mixin, "'%s': '%s',", flag, value)
			fmt.Fprintf(&patch, "    - {op: add, path: /spec/containers/0/command/-, value: --%s=%s}\n", flag, value)
		}
		mixin.WriteString("} },\n")
	}
	mixin.WriteString("}\n")
	component2.WriteString("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n" + patch.String())
	for _, place := range []struct {
		name  string
		files map[string]string
		// where a finding says that it comes from.
		where   string
		without string
	}{
		{"extraArgs", map[string]string{"cluster.yaml": fmt.Sprintf(ownedCluster, "", "", "  extraArgs:\n"+ownedArgs("    ", ownedValues()))}, "spec.extraArgs.", ""},
		{"node", map[string]string{"cluster.yaml": strings.Replace(fmt.Sprintf(ownedCluster, "", "", ""), "a}}", "a}, extraArgs: {"+flow(ownedValues())+"}}", 1)}, "spec.nodes[0].extraArgs.", ""},
		{"mixin", map[string]string{"cluster.yaml": fmt.Sprintf(ownedCluster, "site", "", ""), overlay + "overlay.libsonnet": mixin.String()}, "overlays/site/overlay.libsonnet", ""},
		{"patch", map[string]string{"cluster.yaml": fmt.Sprintf(ownedCluster, "site", "", ""), overlay + "kustomization.yaml": component2.String()}, "overlays/site/kustomization.yaml", "kubelet"},
	} {
		t.Run(place.name, func(t *testing.T) {
			_, found := compileOwned(place.files)
			for program, flags := range ownedValues() {
				for flag := range flags {
					if program != place.without && !slices.ContainsFunc(strings.Split(found, "\n"), func(line string) bool {
						return strings.HasPrefix(line, "error: ") && strings.Contains(line, place.where) && strings.Contains(line, flag) ||
							flag == "listen-metrics-urls" && strings.Contains(line, "Probe of etcd asks")
					}) {
						t.Errorf("--%s of %s is not refused", flag, program)
					}
				}
			}
			if t.Failed() {
				t.Log(found)
			}
		})
	}
}

// flow is the same in one line.
func flow(values map[string]map[string]string) string {
	var programs []string
	for _, program := range slices.Sorted(maps.Keys(values)) {
		var flags []string
		for _, flag := range slices.Sorted(maps.Keys(values[program])) {
			flags = append(flags, fmt.Sprintf("%s: %q", flag, values[program][flag]))
		}
		programs = append(programs, program+": {"+strings.Join(flags, ", ")+"}")
	}
	return strings.Join(programs, ", ")
}

// TestConfigurationOwners does so with fields of the configuration files.
func TestConfigurationOwners(t *testing.T) {
	const mixin = `{
  kubelet+: { config+:: { clusterDNS: ['10.96.0.99'], clusterDomain: 'other.local', port: 10251, address: '10.0.0.99', staticPodPath: '/tmp/pods' } },
  kubeProxy+: { config+:: { clusterCIDR: '10.245.0.0/16', mode: 'ipvs', hostnameOverride: 'other' } },
}`
	_, found := compileOwned(map[string]string{"cluster.yaml": fmt.Sprintf(ownedCluster, "site", "", ""), "overlays/site/overlay.libsonnet": mixin})
	for _, field := range []string{"clusterDNS", "clusterDomain", "port", "address", "staticPodPath", "clusterCIDR", "mode", "hostnameOverride"} {
		if !strings.Contains(found, "error: "+field+" of ") {
			t.Errorf("%s is not refused", field)
		}
	}
	if t.Failed() {
		t.Log(found)
	}
}

// TestFollowers sets where programs listen, and wants the probes to ask there.
func TestFollowers(t *testing.T) {
	const mixin = `{
  kubeProxy+: { config+:: { healthzBindAddress: '0.0.0.0:20256' } },
  kubeScheduler+: { flags+:: { 'secure-port': 10359 } },
}`
	spec := fmt.Sprintf(ownedCluster, "site", "", "  extraArgs:\n"+ownedArgs("    ", map[string]map[string]string{
		"etcd":                    {"listen-metrics-urls": "https://127.0.0.1:2391,http://$(HOST_IP):2383", "listen-client-urls": "https://0.0.0.0:2379"},
		"kube-controller-manager": {"bind-address": "10.0.0.11", "node-cidr-mask-size": "25"},
		"kube-apiserver":          {"bind-address": "0.0.0.0", "authorization-config": "/srv/kubernetes/authorization.yaml", "etcd-servers": "https://10.0.0.11:2379"},
	}))
	c, found := compileOwned(map[string]string{"cluster.yaml": spec, "overlays/site/overlay.libsonnet": mixin})
	if strings.Contains(found, " of etcd") || strings.Contains(found, "kube-scheduler") || strings.Contains(found, "kube-controller-manager") {
		t.Errorf("refused:\n%s", found)
	}
	for _, want := range []struct{ pod, has, hasNot string }{
		{"etcd", "port: 2383", "127.0.0.1\n"},
		{"kube-controller-manager", "host: 10.0.0.11", "host: 127.0.0.1"},
		{"kube-scheduler", "port: 10359", "port: 10259"},
		{"kube-proxy", "port: 20256", "port: 10256"},
		{"kube-apiserver", "--authorization-config=", "--authorization-mode="},
	} {
		for _, f := range c.Rendered.Nodes["m1"] {
			text := string(f.Content.Bytes())
			if f.Path == manifests+want.pod+".yaml" && (!strings.Contains(text, want.has) || strings.Contains(text, want.hasNot)) {
				t.Errorf("%s has no %s, or has %s:\n%s", want.pod, want.has, want.hasNot, text)
			}
		}
	}
}

// TestPorts finds what listens where Services have their ports, or where somebody else listens.
func TestPorts(t *testing.T) {
	plain := fmt.Sprintf(ownedCluster, "", "", "")
	for _, c := range []struct{ name, spec, want string }{
		{"endpoint", strings.Replace(plain, "host: 10.0.0.10}", "host: 10.0.0.10, port: 31443}", 1), "haproxy would listen on port 31443, and the ports from 30000 to 32767 belong to Services | spec.endpoint.port"},
		{"server", plain + "  apiServer: {port: 30443}\n", "kube-apiserver would listen on port 30443, and the ports from 30000 to 32767 belong to Services | spec.apiServer.port"},
		{"range", plain + "  extraArgs: {kube-apiserver: {service-node-port-range: 2000-11000}}\n", "10248 (kubelet)"},
		{"small range", plain + "  extraArgs: {kube-apiserver: {service-node-port-range: 30000-32000}}\n", ""},
		{"moved range", plain + "  apiServer: {port: 30443}\n  extraArgs: {kube-apiserver: {service-node-port-range: 31000-32000}}\n", ""},
		{"kubeadm", plain + "  bootstrap: kubeadm\n  apiServer: {port: 30443}\n", "| spec.apiServer.port"},
		{"twice", plain + "  extraArgs: {kube-scheduler: {secure-port: 10257}}\n", "port 10257 of a node belongs to kube-controller-manager, and kube-scheduler would listen there too | spec.extraArgs.kube-scheduler.secure-port"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, found := compileOwned(map[string]string{"cluster.yaml": c.spec})
			if c.want == "" && strings.Contains(found, "error: ") || !strings.Contains(found, c.want) {
				t.Errorf("want %q, have\n%s", c.want, found)
			}
		})
	}
}

// TestApart wants what is wrong in parts of a spec that depend on no other, however far the rest comes.
func TestApart(t *testing.T) {
	wrong := strings.Replace(fmt.Sprintf(ownedCluster, "hardend", "", "  extraArgs: {kube-apiserver: {evnt-ttl: 2h}, kubelet: {v: x}}\n"), "kind: keepalived", "kind: keepalive", 1)
	for _, spec := range []string{wrong, strings.Replace(wrong, "host:", "hos:", 1), strings.Replace(wrong, "keepalive,", "keepalived,", 1)} {
		_, found := compileOwned(map[string]string{"cluster.yaml": spec})
		for _, want := range []string{"did you mean hardened?", "did you mean --event-ttl?", "--v of kubelet takes a level"} {
			if strings.Count(found, want) != 1 {
				t.Errorf("want %q once, have\n%s", want, found)
			}
		}
	}
}

// TestCorefile wants the probes of CoreDNS to ask where its Corefile has it answer.
func TestCorefile(t *testing.T) {
	for corefile, want := range map[string]string{
		"std.strReplace(super.corefile, 'health {', 'health :8081 {')": "the livenessProbe of CoreDNS asks port 8080, where its Corefile has nothing listen",
		"std.strReplace(super.corefile, 'ready', 'ready :8182')":       "the readinessProbe of CoreDNS asks port 8181, where its Corefile has nothing listen",
		"std.strReplace(super.corefile, 'ready', '')":                  "add the plugin ready to the Corefile",
		"super.corefile": "",
	} {
		_, found := compileOwned(map[string]string{
			"cluster.yaml": fmt.Sprintf(ownedCluster, "site", "", ""), "overlays/site/overlay.libsonnet": "{ coredns+: { corefile:: " + corefile + " } }",
		})
		if !strings.Contains(found, want) || want == "" && strings.Contains(found, "CoreDNS") {
			t.Errorf("%s: want %q, have\n%s", corefile, want, found)
		}
	}
}
