package repository_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"k8s.io/apiserver/pkg/apis/audit/v1"
	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/cluster"
)

// The machine that a check of the benchmark looks at.
const (
	onMaster = "kube-apiserver"
	onMember = "etcd"
	onAll    = "kube-proxy"
)

// judgement is one check of the CIS Kubernetes benchmark, in the numbering of kube-bench's cis-1.12, sections 1 to 4.
type judgement struct {
	id string
	// pod that runs on the machines that the check is about.
	pod string
	// unit that the check is about too, where it runs in the pod's place.
	unit  string
	holds func(t *testing.T, m machine) bool
	// hardened: the overlay of that name is needed, since not every cluster can live with it.
	hardened bool
	// since is the minor from which on there is what the check asks for.
	since int
	// against reports whether a cluster asks for what the check forbids.
	against func(c cluster.Cluster) bool
	// waived says why the check does not hold, and is not meant to.
	waived string
}

// checkBenchmark judges the masters, members and workers. A check that is waived, or left to the overlay, must not hold:
// what has become true is no exception any more.
func checkBenchmark(t *testing.T, c compile.Compiled) {
	hardened := slices.Contains(c.Plan.Cluster.Overlays, "hardened")
	held, excepted := 0, 0
	for _, j := range slices.Concat(fileChecks(), apiserverChecks(), controllerChecks(), etcdChecks(), auditChecks(), kubeletChecks()) {
		want := j.waived == "" && (hardened || !j.hardened) && !c.Plan.Cluster.Version.Before(j.since) &&
			(j.against == nil || !j.against(c.Plan.Cluster))
		for _, m := range machines(t, c) {
			if !slices.Contains(m.Pods, j.pod) && !slices.Contains(m.Units, j.unit) {
				continue
			}
			if got := j.holds(t, m); got != want {
				t.Errorf("%s: CIS %s holds: %v, want %v", m.Cluster.Name, j.id, got, want)
			}
		}
		if want {
			held++
		} else {
			excepted++
		}
	}
	t.Logf("CIS: %d of %d checks hold, %d are excepted", held, held+excepted, excepted)
}

type predicate = func(t *testing.T, m machine) bool

// mode: there are files of that pattern, and none has a bit outside the mode.
func mode(pattern string, bits uint32) predicate {
	return every(pattern, func(e entry) bool { return e.mode&^bits == 0 })
}

// owned: there are files of that pattern, and all are root's.
func owned(pattern string) predicate {
	return every(pattern, func(e entry) bool { return e.owner == "root" && e.group == "root" })
}

func every(pattern string, holds func(entry) bool) predicate {
	return func(t *testing.T, m machine) bool {
		found := m.matching(t, pattern)
		for _, e := range found {
			if !holds(e) {
				return false
			}
		}
		return len(found) > 0
	}
}

func all(of ...predicate) predicate {
	return func(t *testing.T, m machine) bool {
		return !slices.ContainsFunc(of, func(p predicate) bool { return !p(t, m) })
	}
}

func either(a, b predicate) predicate {
	return func(t *testing.T, m machine) bool { return a(t, m) || b(t, m) }
}

// admits: the plugin is on, by the flag of today or that of before 1.10.
func admits(plugin string) predicate {
	return either(has("kube-apiserver", "enable-admission-plugins", plugin), has("kube-apiserver", "admission-control", plugin))
}

func not(p predicate) predicate { return func(t *testing.T, m machine) bool { return !p(t, m) } }

// given looks at the value of a flag, and at whether it is there.
func given(component, name string, holds func(value string, there bool) bool) predicate {
	return func(_ *testing.T, m machine) bool {
		value, there := m.flags(component)[name]
		return holds(value, there)
	}
}

func set(component string, names ...string) predicate {
	var of []predicate
	for _, name := range names {
		of = append(of, given(component, name, func(v string, there bool) bool { return there && v != "" }))
	}
	return all(of...)
}

func is(component, name, want string) predicate {
	return given(component, name, func(v string, there bool) bool { return there && v == want })
}

func absentOr(component, name, want string) predicate {
	return given(component, name, func(v string, there bool) bool { return !there || v == want })
}

func atLeast(component, name string, least int) predicate {
	return given(component, name, func(v string, _ bool) bool {
		n, err := strconv.Atoi(v)
		return err == nil && n >= least
	})
}

// has: the comma-separated value holds the item.
func has(component, name, item string) predicate {
	return given(component, name, func(v string, _ bool) bool { return slices.Contains(strings.Split(v, ","), item) })
}

// loopbackOnly: the component binds to nothing else. The benchmark knows 127.0.0.1 alone; ::1 is its equal.
func loopbackOnly(component string) predicate {
	loopback := func(v string, _ bool) bool { return v == "127.0.0.1" || v == "::1" }
	return either(given(component, "bind-address", loopback), given(component, "address", loopback))
}

func fileChecks() []judgement {
	out := []judgement{
		{id: "1.1.9", pod: onMaster, holds: mode("etc/cni/net.d/*", 0o600), waived: "the network plugin brings its own files"},
		{id: "1.1.10", pod: onMaster, holds: owned("etc/cni/net.d/*"), waived: "the network plugin brings its own files"},
		{id: "1.1.11", pod: onMember, holds: dataDirectory("0700 ")},
		{id: "1.1.12", pod: onMember, holds: dataDirectory(" etcd etcd "), waived: "etcd runs as root, less all capabilities: the image's account has no fixed id, and the PKI below it must be root's (1.1.19)"},
		{id: "1.1.13", pod: onMaster, holds: mode("etc/kubernetes/admin.conf", 0o600)},
		{id: "1.1.14", pod: onMaster, holds: owned("etc/kubernetes/admin.conf")},
		{id: "1.1.15", pod: onMaster, holds: mode("etc/kubernetes/scheduler.conf", 0o600)},
		{id: "1.1.16", pod: onMaster, holds: owned("etc/kubernetes/scheduler.conf")},
		{id: "1.1.17", pod: onMaster, holds: mode("etc/kubernetes/controller-manager.conf", 0o600)},
		{id: "1.1.18", pod: onMaster, holds: owned("etc/kubernetes/controller-manager.conf")},
		{id: "1.1.19", pod: onMaster, holds: all(owned("etc/kubernetes/pki/*"), owned("etc/kubernetes/pki/*/*"))},
		// The benchmark looks at *.crt and *.key alone; etcd's files and the apiserver's have other names.
		{id: "1.1.20", pod: onMaster, holds: all(mode("etc/kubernetes/pki/*/*.crt", 0o644), mode("etc/kubernetes/pki/etcd/*.pem", 0o644), mode("srv/kubernetes/*.c*rt", 0o644))},
		{id: "1.1.21", pod: onMaster, holds: all(mode("etc/kubernetes/pki/*/*.key", 0o600), mode("etc/kubernetes/pki/etcd/*-key.pem", 0o600), mode("srv/kubernetes/*.key", 0o600))},
		{id: "4.1.1", pod: onAll, holds: mode("etc/systemd/system/kubelet.service.d/*", 0o600)},
		{id: "4.1.2", pod: onAll, holds: owned("etc/systemd/system/kubelet.service.d/*")},
		{id: "4.1.3", pod: onAll, holds: mode("etc/kubernetes/kube-proxy/kubeconfig", 0o600)},
		{id: "4.1.4", pod: onAll, holds: owned("etc/kubernetes/kube-proxy/kubeconfig")},
		{id: "4.1.5", pod: onAll, holds: mode("etc/kubernetes/kubelet.conf", 0o600)},
		{id: "4.1.6", pod: onAll, holds: owned("etc/kubernetes/kubelet.conf")},
		{id: "4.1.7", pod: onAll, holds: mode("etc/kubernetes/pki/ca.crt", 0o644)},
		{id: "4.1.8", pod: onAll, holds: owned("etc/kubernetes/pki/ca.crt")},
		{id: "4.1.9", pod: onAll, holds: mode("var/lib/kubelet/config.yaml", 0o600), since: 10},
		{id: "4.1.10", pod: onAll, holds: owned("var/lib/kubelet/config.yaml"), since: 10},
	}
	for i, pod := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"} {
		file := manifests + pod + ".yaml"
		out = append(out,
			judgement{id: "1.1." + strconv.Itoa(2*i+1), pod: pod, holds: mode(file, 0o600)},
			judgement{id: "1.1." + strconv.Itoa(2*i+2), pod: pod, holds: owned(file)})
	}
	return out
}

// dataDirectory looks at the line that makes etcd's.
func dataDirectory(part string) predicate {
	return every("etc/tmpfiles.d/harender-etcd.conf", func(e entry) bool {
		return strings.HasPrefix(string(e.content), "d /var/lib/etcd ") && strings.Contains(string(e.content), part)
	})
}

// strong are the cipher suites that the benchmark takes.
func strong(suites []string) bool {
	return len(suites) > 0 && !slices.ContainsFunc(suites, func(s string) bool {
		key, cipher, ok := strings.Cut(s, "_WITH_")
		return !ok || key != "TLS_ECDHE_ECDSA" && key != "TLS_ECDHE_RSA" ||
			!slices.Contains([]string{"AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256"}, cipher)
	})
}

func apiserverChecks() []judgement {
	const api, admission = "kube-apiserver", "enable-admission-plugins"
	out := []judgement{
		{id: "1.2.1", holds: is(api, "anonymous-auth", "false"), waived: "the balancer and the kubelet ask for /readyz and /livez without a certificate; authentication.yaml narrows anonymous access to these paths"},
		{
			id: "1.2.2", holds: not(set(api, "token-auth-file")),
			against: func(c cluster.Cluster) bool { return len(c.APIServer.Tokens) > 0 },
		},
		{id: "1.2.3", holds: has(api, admission, "DenyServiceExternalIPs"), hardened: true, since: 21},
		{id: "1.2.4", holds: set(api, "kubelet-client-certificate", "kubelet-client-key")},
		{id: "1.2.5", holds: set(api, "kubelet-certificate-authority")},
		{id: "1.2.6", holds: all(set(api, "authorization-mode"), not(has(api, "authorization-mode", "AlwaysAllow")))},
		{id: "1.2.7", holds: has(api, "authorization-mode", "Node")},
		{id: "1.2.8", holds: has(api, "authorization-mode", "RBAC")},
		{id: "1.2.9", holds: all(admits("EventRateLimit"), set(api, "admission-control-config-file")), hardened: true},
		{id: "1.2.10", holds: not(admits("AlwaysAdmit"))},
		{id: "1.2.11", holds: admits("AlwaysPullImages"), hardened: true},
		{id: "1.2.12", holds: not(has(api, "disable-admission-plugins", "ServiceAccount"))},
		{id: "1.2.13", holds: not(has(api, "disable-admission-plugins", "NamespaceLifecycle"))},
		{id: "1.2.14", holds: admits("NodeRestriction")},
		{id: "1.2.15", holds: is(api, "profiling", "false")},
		{id: "1.2.16", holds: set(api, "audit-log-path")},
		{id: "1.2.17", holds: atLeast(api, "audit-log-maxage", 30)},
		{id: "1.2.18", holds: atLeast(api, "audit-log-maxbackup", 10)},
		{id: "1.2.19", holds: atLeast(api, "audit-log-maxsize", 100)},
		{id: "1.2.21", holds: absentOr(api, "service-account-lookup", "true")},
		{id: "1.2.22", holds: set(api, "service-account-key-file")},
		{id: "1.2.23", holds: set(api, "etcd-certfile", "etcd-keyfile")},
		{id: "1.2.24", holds: set(api, "tls-cert-file", "tls-private-key-file")},
		{id: "1.2.25", holds: set(api, "client-ca-file")},
		{id: "1.2.26", holds: set(api, "etcd-cafile")},
		{id: "1.2.27", holds: either(set(api, "encryption-provider-config"), set(api, "experimental-encryption-provider-config"))},
		// What the file holds, TestEncryption sees: it is made at issue, and sealed.
		{id: "1.2.28", holds: every("srv/kubernetes/encryption.yaml", func(e entry) bool { return strings.HasSuffix(e.source, "/encryption.yaml.sops") })},
		{id: "1.2.29", holds: given(api, "tls-cipher-suites", func(v string, _ bool) bool { return strong(strings.Split(v, ",")) }), since: 10},
		{id: "1.2.30", holds: is(api, "service-account-extend-token-expiration", "false"), since: 20},
	}
	return on(onMaster, out)
}

func on(pod string, list []judgement) []judgement {
	for i := range list {
		list[i].pod = pod
	}
	return list
}

func controllerChecks() []judgement {
	const manager, scheduler = "kube-controller-manager", "kube-scheduler"
	return on(onMaster, []judgement{
		{id: "1.3.1", holds: set(manager, "terminated-pod-gc-threshold")},
		{id: "1.3.2", holds: is(manager, "profiling", "false")},
		{id: "1.3.3", holds: is(manager, "use-service-account-credentials", "true")},
		{id: "1.3.4", holds: set(manager, "service-account-private-key-file")},
		{id: "1.3.5", holds: set(manager, "root-ca-file")},
		{id: "1.3.6", holds: not(has(manager, "feature-gates", "RotateKubeletServerCertificate=false"))},
		{id: "1.3.7", holds: loopbackOnly(manager)},
		{id: "1.4.1", holds: is(scheduler, "profiling", "false")},
		{id: "1.4.2", holds: loopbackOnly(scheduler)},
	})
}

func etcdChecks() []judgement {
	out := on(onMember, []judgement{
		{id: "2.1", holds: set("etcd", "cert-file", "key-file")},
		{id: "2.2", holds: is("etcd", "client-cert-auth", "true")},
		{id: "2.3", holds: absentOr("etcd", "auto-tls", "false")},
		{id: "2.4", holds: set("etcd", "peer-cert-file", "peer-key-file")},
		{id: "2.5", holds: is("etcd", "peer-client-cert-auth", "true")},
		{id: "2.6", holds: absentOr("etcd", "peer-auto-tls", "false")},
		{id: "2.7", holds: all(set("etcd", "trusted-ca-file", "peer-trusted-ca-file"), ownAuthority)},
	})
	for i := range out {
		out[i].unit = "etcd.service"
	}
	return out
}

// ownAuthority: etcd trusts another CA than the one that the kubelet trusts.
func ownAuthority(_ *testing.T, m machine) bool {
	source := func(file string) string { return m.files[strings.TrimPrefix(file, "/")].source }
	etcd := source(m.flags("etcd")["trusted-ca-file"])
	return etcd != "" && etcd != source(m.kubelet.Authentication.X509.ClientCAFile)
}

func auditChecks() []judgement {
	return on(onMaster, []judgement{
		{id: "3.2.1", holds: set("kube-apiserver", "audit-policy-file")},
		{id: "3.2.2", holds: audited},
	})
}

// audited: what is confidential at Metadata and no deeper; ways into a pod, and changes of pods and deployments, at all.
func audited(t *testing.T, m machine) bool {
	t.Helper()
	var p v1.Policy
	if err := yaml.UnmarshalStrict(m.files["srv/kubernetes/audit-policy.yaml"].content, &p); err != nil {
		t.Fatal(err)
	}
	level := func(group, resource, verb string) v1.Level { return auditLevel(p, group, resource, verb) }
	for _, r := range [][2]string{{"", "secrets"}, {"", "configmaps"}, {"authentication.k8s.io", "tokenreviews"}} {
		if level(r[0], r[1], "get") != v1.LevelMetadata || level(r[0], r[1], "create") != v1.LevelMetadata {
			return false
		}
	}
	for _, r := range []string{"pods/exec", "pods/portforward", "pods/proxy", "services/proxy"} {
		if level("", r, "create") != v1.LevelMetadata {
			return false
		}
	}
	return level("", "pods", "create") == v1.LevelRequest && level("apps", "deployments", "patch") == v1.LevelRequest
}

// auditLevel is that of the first rule that fits a request of somebody who is no part of the system.
func auditLevel(p v1.Policy, group, resource, verb string) v1.Level {
	for _, r := range p.Rules {
		if len(r.Users) > 0 || len(r.UserGroups) > 0 || len(r.NonResourceURLs) > 0 || len(r.Verbs) > 0 && !slices.Contains(r.Verbs, verb) {
			continue
		}
		fits := slices.ContainsFunc(r.Resources, func(g v1.GroupResources) bool { return g.Group == group && slices.Contains(g.Resources, resource) })
		if fits || len(r.Resources) == 0 {
			return r.Level
		}
	}
	return v1.LevelNone
}

func kubeletChecks() []judgement {
	config := func(holds func(m machine) bool) predicate {
		return func(_ *testing.T, m machine) bool { return holds(m) }
	}
	return on(onAll, []judgement{
		{id: "4.2.1", holds: config(func(m machine) bool { a := m.kubelet.Authentication.Anonymous.Enabled; return a != nil && !*a })},
		{id: "4.2.2", holds: config(func(m machine) bool { return m.kubelet.Authorization.Mode == "Webhook" })},
		{id: "4.2.3", holds: config(func(m machine) bool { return m.kubelet.Authentication.X509.ClientCAFile != "" })},
		{id: "4.2.4", holds: config(func(m machine) bool { return m.kubelet.ReadOnlyPort == 0 })},
		// Absent is four hours.
		{id: "4.2.5", holds: all(not(is("kubelet", "streaming-connection-idle-timeout", "0")), config(func(m machine) bool {
			return !strings.Contains(string(m.files["var/lib/kubelet/config.yaml"].content), "streamingConnectionIdleTimeout")
		}))},
		{id: "4.2.6", holds: config(func(m machine) bool { c := m.kubelet.MakeIPTablesUtilChains; return c == nil || *c })},
		{id: "4.2.7", holds: not(set("kubelet", "hostname-override"))},
		{id: "4.2.8", holds: config(func(m machine) bool { q := m.kubelet.EventRecordQPS; return q == nil || *q >= 0 })},
		{id: "4.2.9", holds: config(func(m machine) bool { return m.kubelet.TLSCertFile != "" && m.kubelet.TLSPrivateKeyFile != "" })},
		// Absent passes: harender issues the certificates, and the kubelet rotates nothing.
		{id: "4.2.10", holds: config(func(m machine) bool {
			return !strings.Contains(string(m.files["var/lib/kubelet/config.yaml"].content), "rotateCertificates: false")
		})},
		{id: "4.2.11", holds: config(func(m machine) bool {
			on, given := m.kubelet.FeatureGates["RotateKubeletServerCertificate"]
			return on || !given
		})},
		{id: "4.2.12", holds: config(func(m machine) bool { return strong(m.kubelet.TLSCipherSuites) }), since: 10},
		{id: "4.2.13", holds: config(func(m machine) bool { p := m.kubelet.PodPidsLimit; return p != nil && *p > 0 }), since: 10},
		{id: "4.2.14", holds: config(func(m machine) bool { s := m.kubelet.SeccompDefault; return s != nil && *s }), since: 22},
		{id: "4.3.1", holds: every("etc/kubernetes/kube-proxy/config.yaml", func(e entry) bool {
			text := string(e.content)
			return strings.Contains(text, "metricsBindAddress: 127.0.0.1:") || strings.Contains(text, "metricsBindAddress: '[::1]:")
		})},
	})
}
